package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in a JVM of its own that finds no OpenCL driver. */
class NoDriverTest {
  private record Ended(int code, String out, String err) {}

  @TempDir private Path folder;
  private Path data;
  private Path network;

  @BeforeEach
  void write() throws IOException {
    data = SmallData.in(folder);
    network = SmallData.network(folder);
  }

  @Test
  void autoGoesOnWithTheReferenceAndSaysWhy() throws IOException, InterruptedException {
    Ended train = start("train", "--data", data, "--model", network, "--epochs", 1);
    assertThat(train.code).as(train.err).isZero();
    assertThat(train.out).startsWith("test accuracy ").contains("on CPU reference");
    assertThat(train.err.lines())
        .filteredOn(line -> line.contains("training goes on with the CPU reference"))
        .singleElement()
        .asString()
        .contains("no OpenCL device", "install");
  }

  @Test
  void openclFailsWithCodeThree() throws IOException, InterruptedException {
    for (String device : List.of("opencl", "opencl:0:0")) {
      Ended train = start("train", "--data", data, "--model", network, "--device", device);
      assertThat(train.code).isEqualTo(3);
      assertThat(train.out).isEmpty();
      assertThat(train.err).hasLineCount(1).contains("no OpenCL device", "install");
    }
  }

  @Test
  void devicesSaysWhatToInstall() throws IOException, InterruptedException {
    Ended devices = start("devices");
    assertThat(devices.code).isZero();
    assertThat(devices.out).contains("auto takes cpu", "install");
    assertThat(start("devices", "--json").out).contains("\"chosen\":\"cpu\"");
  }

  @Test
  void wrongUseEndsTheJvmWithCodeTwo() throws IOException, InterruptedException {
    Ended wrong = start("train", "--epochs", "x");
    assertThat(wrong.code).isEqualTo(2);
    assertThat(wrong.err).hasLineCount(1);
  }

  private Ended start(Object... args) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    for (Object arg : args) {
      command.add(String.valueOf(arg));
    }
    Path none = Files.createTempDirectory(folder, "none");
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("OCL_ICD_VENDORS", none.toString());
    builder.environment().remove("OCL_ICD_FILENAMES");
    Process process = builder.start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
