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

/** Command lines in a JVM of their own, which logs whether a driver was asked. */
class EarlyRefusalTest {
  private static final String DRIVER = "org.jocl.";

  @TempDir private Path folder;
  private Path data;

  /** Runs command lines, each in a file of words, and prints code and words of each. */
  static final class Program {
    public static void main(String[] files) throws IOException {
      for (String file : files) {
        CommandLineRun run = CommandLineRun.of(Files.readAllLines(Path.of(file)).toArray());
        System.out.println(run.code() + " " + run.err().strip().replace("\n", " / "));
      }
    }
  }

  @BeforeEach
  void write() throws IOException {
    data = SmallData.in(folder);
  }

  @Test
  void noDriverIsAskedWhereTheDataAreWrong() throws IOException, InterruptedException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path text = Files.writeString(folder.resolve("text.txt"), "text");
    Path noImages = SmallData.in(Files.createDirectory(folder.resolve("no-images")));
    Files.writeString(noImages.resolve("train-images-idx3-ubyte"), "GIF89a no images at all");
    List<String> answers =
        refuse(
            List.of("--data", "no-such"),
            List.of("--data", empty),
            List.of("--data", text),
            List.of("--data", noImages));
    assertThat(answers.get(0)).contains("no-such: no such file or folder");
    assertThat(answers.get(1)).contains("no data found: looked for IDX files");
    assertThat(answers.get(2)).contains("expected a folder, or a CSV file");
    assertThat(answers.get(3)).contains("not an IDX file: expected magic 00 00, found 47 49");
  }

  @Test
  void noDriverIsAskedWhereAnOptionIsWrong() throws IOException, InterruptedException {
    List<List<Object>> wrong =
        List.of(
            List.of("--model", "no-such"),
            List.of("--optimizer", "no-such"),
            List.of("--schedule", "no-such"),
            List.of("--normalize", "no-such"),
            List.of("--augment", "no-such"),
            List.of("--class-weights", "no-such"),
            List.of("--monitor", "no-such"),
            List.of("--weights", "no-such"),
            List.of("--resume"),
            List.of("--epochs", 0),
            List.of("--batch", 0),
            List.of("--lr", "NaN"),
            List.of("--accumulate", 0),
            List.of("--ema", 1),
            List.of("--clip-norm", 0),
            List.of("--tune", 0));
    List<String> answers = refuse(wrong.toArray(List<?>[]::new));
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i)).as(wrong.get(i).toString()).contains("gabor train: ");
    }
  }

  @Test
  void theLogShowsADriverThatIsAsked() throws IOException, InterruptedException {
    Path log = folder.resolve("classes.txt");
    // Known when the data are read.
    assertThat(run(log, List.of("--batch", 100_000)).get(0)).startsWith("2 ");
    assertThat(log).content().contains(DRIVER);
  }

  private List<String> refuse(List<?>... lines) throws IOException, InterruptedException {
    Path log = folder.resolve("classes.txt");
    List<String> answers = run(log, lines);
    assertThat(answers).hasSize(lines.length).allMatch(answer -> answer.startsWith("2 "));
    assertThat(log).content().contains(Main.class.getName()).doesNotContain(DRIVER);
    return answers;
  }

  private List<String> run(Path log, List<?>... lines) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:file=" + log,
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName()));
    for (int i = 0; i < lines.length; i++) {
      List<String> words = new ArrayList<>(List.of("train"));
      if (!lines[i].contains("--data")) {
        words.addAll(List.of("--data", data.toString()));
      }
      lines[i].forEach(word -> words.add(String.valueOf(word)));
      command.add(Files.write(folder.resolve("line" + i), words).toString());
    }
    Path out = folder.resolve("out.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return Files.readAllLines(out);
  }
}
