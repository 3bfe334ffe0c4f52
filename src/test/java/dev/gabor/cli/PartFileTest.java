package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not complete leaves nothing behind. */
class PartFileTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"INT,2", "TERM,15"})
  void aSignalLeavesNothingButWhatWasThere(String signal, int number)
      throws IOException, InterruptedException {
    Path json = Files.writeString(folder.resolve("bench.json"), "of an earlier run");
    Path page = folder.resolve("bench.html");
    Process process = bench(json, page);
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      assertThat(err.readLine()).startsWith("device: CPU reference");
      assertThat(folder).isDirectoryContaining("glob:**/bench.json.part");
      assertThat(folder).isDirectoryContaining("glob:**/bench.html.part");
      assertThat(new ProcessBuilder("kill", "-s", signal, "" + process.pid()).start().waitFor())
          .isZero();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(128 + number);
    assertThat(json).hasContent("of an earlier run");
    assertThat(folder.toFile().list()).containsExactly("bench.json");
  }

  @Test
  void takesThePlaceOfWhatAKilledRunLeft() throws IOException {
    Path file = folder.resolve("a.txt");
    Files.writeString(folder.resolve("a.txt.part"), "half a l");
    try (AtomicFile whole = new AtomicFile(file)) {
      whole.line("a line");
      whole.commit();
    }
    assertThat(file).hasContent("a line\n");
    assertThat(folder.toFile().list()).containsExactly("a.txt");
  }

  /** A benchmark that takes minutes; the signals do what they do at a terminal. */
  private static Process bench(Path json, Path page) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "env",
                "--default-signal=INT,TERM",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "bench",
                "--device",
                "cpu",
                "--json",
                json.toString(),
                "--html",
                page.toString()));
    builder.environment().put(SecondProcess.VARIABLE, "off");
    return builder.start();
  }
}
