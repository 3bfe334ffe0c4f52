package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The devices of this machine, and machines without any, played by JVMs of their own. */
class OpenClTest {
  @TempDir private Path folder;

  @Test
  void describesPocl() {
    Device device = Pocl.device();
    assertThat(OpenCl.problem()).isEmpty();
    assertThat(device.isCpu()).isTrue();
    assertThat(device.id()).matches("opencl:\\d+:\\d+");
    assertThat(device.computeUnits()).isPositive();
    assertThat(device.maxAllocationBytes()).isBetween(1L << 20, device.globalMemoryBytes());
    assertThat(device.localMemoryBytes()).isPositive();
    assertThat(device.maxWorkGroupSize()).isPositive();
    assertThat(device.preferredVectorWidthFloat()).isPositive();
    assertThat(Integer.bitCount(device.alignmentBytes())).isEqualTo(1);
    assertThat(device.version()).startsWith("OpenCL ");
    assertThat(device.fingerprint()).contains(device.name(), device.driverVersion());
    assertThat(device.has("cl_khr_byte_addressable_store")).isTrue();
  }

  @Test
  void listsItUnderItsPlatform() {
    Device device = Pocl.device();
    Platform platform = OpenCl.platforms().get(device.platformIndex());
    assertThat(platform.index()).isEqualTo(device.platformIndex());
    assertThat(platform.name()).isEqualTo("Portable Computing Language");
    assertThat(platform.devices()).contains(device);
    assertThat(OpenCl.devices()).isSameAs(OpenCl.devices());
  }

  @Test
  void aMachineWithoutLibOpenClSaysSoAndStdoutStaysClean() throws Exception {
    // The dynamic linker finds these first and refuses them, as if there were no library.
    for (String name : List.of("libOpenCL.so.1", "libOpenCL.so")) {
      Files.writeString(folder.resolve(name), "not a library");
    }
    String problem = childProblem(Map.of("LD_LIBRARY_PATH", folder.toString()));
    assertThat(problem)
        .startsWith("no OpenCL device: libOpenCL is not installed;")
        .contains("apt-get install pocl-opencl-icd");
  }

  @Test
  void aMachineWithoutDriversSaysSo() throws Exception {
    String problem = childProblem(Map.of("OCL_ICD_VENDORS", folder.toString()));
    assertThat(problem).startsWith("no OpenCL device: libOpenCL finds no driver;");
  }

  /** The one line that a JVM with the given environment prints. */
  private String childProblem(Map<String, String> environment)
      throws IOException, InterruptedException {
    Path output = folder.resolve("stdout");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName());
    builder.environment().putAll(environment);
    builder.redirectOutput(output.toFile());
    builder.redirectError(new File(folder.toFile(), "stderr"));
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String errors = Files.readString(folder.resolve("stderr"), StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(errors).isZero();
    List<String> lines = Files.readAllLines(output);
    assertThat(lines).hasSize(1);
    return lines.get(0);
  }

  /** Prints the problem, having asked twice, and nothing else. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      if (!OpenCl.devices().isEmpty() || !OpenCl.platforms().isEmpty()) {
        throw new AssertionError("there are devices: " + OpenCl.devices());
      }
      if (OpenCl.skipped().isEmpty()) {
        throw new AssertionError("no reason is given");
      }
      System.out.println(OpenCl.problem().orElseThrow());
    }
  }
}
