package dev.gabor.bench.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.bench.Report;
import dev.gabor.bench.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The devices that were measured, and the page about them. */
class DevicePageTest {
  private static final Path FOLDER = Path.of("src", "site", "devices");

  @Test
  void thePageIsInStep() throws IOException {
    List<Report> reports = new ArrayList<>();
    for (Path file : reports()) {
      reports.add(ReportJson.read(file.toString(), Files.readString(file)));
    }
    assertThat(FOLDER.resolve("index.html"))
        .content()
        .as("make it again by ci/device-page")
        .isEqualTo(Page.of(reports) + "\n");
  }

  /** The files, in the order of their names. */
  static List<Path> reports() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }
}
