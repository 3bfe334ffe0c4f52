package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.SignalChaining;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small program that starts as Gabor does, in processes without preloaded libraries. */
class SecondProcessTest {
  @TempDir private Path folder;

  /** Says how it runs, echoes its input, and ends with the code that its last argument says. */
  static final class Program {
    public static void main(String[] args) throws IOException {
      OptionalInt code = SecondProcess.run(Program.class, args);
      if (code.isPresent()) {
        System.exit(code.getAsInt());
      }
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("goodbye")));
      boolean shares =
          Files.readString(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1)
              .contains("libjsig");
      System.out.printf("%d %s %s%n", ProcessHandle.current().pid(), shares, options());
      System.out.println(String.join("|", args));
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      System.out.println(in.readLine());
      System.exit(Integer.parseInt(args[args.length - 1]));
    }

    private static String options() {
      return System.getProperty("some.option") + " " + System.getProperty("gabor.some");
    }
  }

  @Test
  void isTheSameProgramButSharesItsSignals() throws IOException, InterruptedException {
    Process process = start(List.of("-Dsome.option=x y", "-Dgabor.some=z"), "a b", "\"c\"", "7");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      say(process, "hello\n");
      assertThat(out.readLine()).doesNotStartWith(process.pid() + " ").endsWith(" true x y z");
      assertThat(out.readLine()).isEqualTo("a b|\"c\"|7");
      assertThat(out.readLine()).isEqualTo("hello");
      assertThat(end(process)).isEqualTo(7);
    }
  }

  @Test
  void endsWithTheFirstProcess() throws IOException, InterruptedException {
    Process process = start(List.of(), "0");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      ProcessHandle second = second(out);
      process.toHandle().destroy();
      assertThat(end(process)).isEqualTo(128 + 15);
      assertThat(second.isAlive()).isFalse();
      out.readLine();
      assertThat(out.readLine()).isEqualTo("goodbye");
    }
  }

  @Test
  void endsSoonWhereTheFirstProcessIsKilled() throws IOException {
    Process process = start(List.of(), "0");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      ProcessHandle second = second(out);
      process.toHandle().destroyForcibly();
      assertThat(second.onExit().orTimeout(1, TimeUnit.MINUTES))
          .succeedsWithin(1, TimeUnit.MINUTES);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "devices"})
  void isNotStartedForWhatAsksNoDriver(String word) throws IOException, InterruptedException {
    assertOneProcess(builder(List.of(), word, "0"));
  }

  @Test
  void isNotStartedWithoutDriversOrAgainstOrders() throws IOException, InterruptedException {
    ProcessBuilder none = builder(List.of(), "0");
    none.environment().put("OCL_ICD_VENDORS", Files.createDirectory(folder.resolve("none")) + "/");
    assertOneProcess(none);
    ProcessBuilder off = builder(List.of(), "0");
    off.environment().put(SecondProcess.VARIABLE, "off");
    assertOneProcess(off);
    assertOneProcess(
        builder(
            List.of(
                "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:0"),
            "0"));
  }

  private static void assertOneProcess(ProcessBuilder builder)
      throws IOException, InterruptedException {
    Process process = builder.start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      say(process, "\n");
      assertThat(out.readLine()).startsWith(process.pid() + " false");
      assertThat(end(process)).isZero();
    }
  }

  private static ProcessHandle second(BufferedReader out) throws IOException {
    return ProcessHandle.of(Long.parseLong(out.readLine().split(" ", -1)[0])).orElseThrow();
  }

  private static void say(Process process, String text) throws IOException {
    try (Writer in = process.outputWriter(StandardCharsets.UTF_8)) {
      in.write(text);
    }
  }

  private static int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }

  private Process start(List<String> options, String... args) throws IOException {
    return builder(options, args).start();
  }

  private ProcessBuilder builder(List<String> options, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err.txt").toFile());
    builder.environment().remove(SignalChaining.VARIABLE);
    builder.environment().put("OCL_ICD_VENDORS", "/etc/OpenCL/vendors/pocl.icd");
    return builder;
  }
}
