package dev.gabor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.train.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "dev", "gabor", "examples");

  @Test
  void mnistTakesTwentyFiveLinesAtMost() throws IOException {
    List<String> lines = Files.readAllLines(SOURCES.resolve("Mnist.java"));
    int first = lines.indexOf("  public static void main(String[] args) {");
    assertThat(lines.subList(first, lines.size() - 1)).hasSizeLessThanOrEqualTo(25);
    assertThat(Files.readString(Path.of("README.md"))).contains("examples/Mnist.java");
  }

  @Test
  void theLoopSavesItsModel(@TempDir Path folder) {
    Path file = folder.resolve("digits.safetensors");
    OwnLoop.main(new String[] {file.toString()});
    assertThat(Model.load(file).provenance().settings()).containsEntry("optimizer.name", "adam");
  }

  @Test
  void theCustomOperatorTrains() {
    CustomOperator.main(new String[0]);
  }
}
