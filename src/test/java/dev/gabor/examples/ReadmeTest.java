package dev.gabor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.train.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java in the README compiles and runs: a program that saves a model, and a test. */
class ReadmeTest {
  private static final Path FOLDER = Path.of("src", "test", "java", "dev", "gabor", "examples");

  @Test
  void theReadmeShowsTheProgram() throws IOException {
    String program = method("TrainDigits.java", "  public static void main(String[] args) {");
    assertThat(program.lines()).hasSizeBetween(20, 30);
    assertThat(Files.readString(Path.of("README.md"))).contains(program);
  }

  @Test
  void theReadmeShowsTheTestOfANetwork() throws IOException {
    String test = method("MyNetworkTest.java", "  @Test");
    assertThat(test).contains("CrossCheck.of(network)");
    assertThat(Files.readString(Path.of("README.md"))).contains(test);
  }

  private static String method(String file, String firstLine) throws IOException {
    List<String> lines = Files.readAllLines(FOLDER.resolve(file));
    int first = lines.indexOf(firstLine);
    return String.join("\n", lines.subList(first, lines.size() - 1)).replaceAll("(?m)^  ", "");
  }

  @Test
  void theProgramRuns(@TempDir Path folder) {
    TrainDigits.main(new String[] {folder.toString()});
    assertThat(Model.load(folder.resolve("digits.safetensors")).classNames()).hasSize(10);
  }
}
