package dev.gabor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.train.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java program in the README is one that compiles, runs and saves a model. */
class ReadmeTest {
  private static final Path SOURCE =
      Path.of("src", "test", "java", "dev", "gabor", "examples", "TrainDigits.java");

  @Test
  void theReadmeShowsTheProgram() throws IOException {
    List<String> lines = Files.readAllLines(SOURCE);
    int first = lines.indexOf("  public static void main(String[] args) {");
    String program =
        String.join("\n", lines.subList(first, lines.size() - 1)).replaceAll("(?m)^  ", "");
    assertThat(program.lines()).hasSizeBetween(20, 30);
    assertThat(Files.readString(Path.of("README.md"))).contains(program);
  }

  @Test
  void theProgramRuns(@TempDir Path folder) {
    TrainDigits.main(new String[] {folder.toString()});
    assertThat(Model.load(folder.resolve("digits.safetensors")).classNames()).hasSize(10);
  }
}
