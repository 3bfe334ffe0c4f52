package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.SignalChaining;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small program in a jar that starts as Gabor does: what its second process is made of. */
class ClassArchiveTest {
  @TempDir private Path folder;
  private Path jar;
  private Path cache;

  /** Says hello, and ends with the code that its last argument says, or waits for a signal. */
  static final class Program {
    public static void main(String[] args) throws IOException {
      OptionalInt code = SecondProcess.run(Program.class, args);
      if (code.isPresent()) {
        System.exit(code.getAsInt());
      }
      System.out.println("hello");
      int wanted = Integer.parseInt(args[args.length - 1]);
      while (wanted < 0) {
        if (System.in.read() < 0) {
          return;
        }
      }
      System.exit(wanted);
    }
  }

  @BeforeEach
  void packs() throws IOException {
    jar = folder.resolve("program.jar");
    cache = folder.resolve("cache");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      for (Class<?> root : List.of(Program.class, SecondProcess.class)) {
        Path top = top(root);
        try (Stream<Path> all = Files.walk(top)) {
          for (Path path : all.filter(p -> isNeeded(top.relativize(p).toString())).toList()) {
            out.putNextEntry(new JarEntry(top.relativize(path).toString()));
            Files.copy(path, out);
          }
        }
      }
    }
  }

  @Test
  void isMadeByTheFirstRunAndUsedByTheSecond() throws IOException, InterruptedException {
    run(0, "train", "0");
    Path archive = onlyArchive();
    assertThat(archive.getFileName().toString()).contains("-train-");
    byte[] first = Files.readAllBytes(archive);
    Path log = folder.resolve("classes.txt");
    run(0, List.of("-Xlog:class+load:file=" + log), "train", "0");
    String line = "ClassArchiveTest$Program source: shared objects file (top)";
    assertThat(Files.readString(log)).contains(line);
    assertThat(Files.readAllBytes(onlyArchive())).isEqualTo(first);
  }

  @Test
  void isMadeWhereTheProgramFailsToo() throws IOException, InterruptedException {
    run(3, "train", "3");
    assertThat(archives()).hasSize(1);
    run(3, "train", "3");
  }

  @Test
  void isMadeWhereASignalEndsTheProgram() throws IOException, InterruptedException {
    Process process = builder(List.of(), "train", "-1").start();
    assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("hello");
    process.toHandle().destroy();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 15);
    onlyArchive();
    run(0, "train", "0");
  }

  @Test
  void eachCommandHasItsOwn() throws IOException, InterruptedException {
    run(0, "train", "0");
    run(0, "check", "0");
    run(0, "Ab/../c", "0");
    assertThat(archives().map(path -> path.getFileName().toString().split("-", -1)[1]))
        .containsExactlyInAnyOrder("train", "check", "ClassArchiveTest$Program");
  }

  @Test
  void anotherJarGetsAnotherAndTheFormerGoes() throws IOException, InterruptedException {
    run(0, "train", "0");
    Path former = onlyArchive();
    Path abandoned = Files.writeString(former.resolveSibling("x.jsa.999999999.tmp"), "");
    Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000_000_000L));
    run(0, "train", "0");
    assertThat(onlyArchive()).isNotEqualTo(former);
    assertThat(abandoned).doesNotExist();
  }

  @Test
  void oneThatDoesNotFitIsHarmless() throws IOException, InterruptedException {
    run(0, "train", "0");
    Path archive = onlyArchive();
    Path length = archive.resolveSibling(archive.getFileName() + ".length");
    byte[] good = Files.readAllBytes(archive);
    byte[] otherJvm = good.clone();
    Arrays.fill(otherJvm, 0, 512, (byte) 0);
    byte[] half = Arrays.copyOf(good, good.length / 2);
    for (byte[] bad : List.of(new byte[0], half, otherJvm)) {
      Files.delete(archive);
      Files.write(archive, bad);
      Files.writeString(length, Integer.toString(good.length));
      run(0, "train", "0");
    }
    assertThat(Files.size(archive)).isGreaterThan(good.length / 2);
    // Of other classes under the same name, as the JVM finds out.
    FileTime time = Files.getLastModifiedTime(jar);
    Path longer = Files.copy(jar, folder.resolve("longer.jar"));
    Files.move(longer, jar, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(jar, FileTime.fromMillis(time.toMillis() - 5000));
    Files.setLastModifiedTime(jar, time);
    run(0, "train", "0");
  }

  @Test
  void damageInsideIsSeen() throws IOException, InterruptedException {
    run(0, "train", "0");
    Path archive = onlyArchive();
    byte[] bytes = Files.readAllBytes(archive);
    bytes[bytes.length / 2] ^= 1;
    Files.delete(archive);
    Files.write(archive, bytes);
    Path log = folder.resolve("classes.txt");
    run(0, List.of("-Xlog:class+load:file=" + log), "train", "0");
    assertThat(Files.readString(log))
        .contains("ClassArchiveTest$Program")
        .doesNotContain("shared objects file (top)");
  }

  @Test
  void isForgottenWhereItMayHaveCrashedTheRun() throws IOException, InterruptedException {
    run(0, "train", "0");
    Path archive = onlyArchive();
    Process process = builder(List.of(), "train", "134").start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(archive).doesNotExist();
    run(0, "train", "0");
    assertThat(archive).exists();
  }

  @Test
  void theRunGoesOnWhereNoneCanBe() throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("file"), "");
    for (String place : List.of("off", file.resolve("cache").toString())) {
      ProcessBuilder builder = builder(List.of(), "train", "0");
      builder.environment().put("GABOR_CACHE", place);
      assertRuns(0, builder);
    }
    // A JVM that patches modules refuses to make one.
    run(0, List.of("--add-opens=java.base/java.lang=ALL-UNNAMED"), "train", "0");
    assertThat(cache).doesNotExist();
  }

  private Stream<Path> archives() throws IOException {
    try (Stream<Path> all = Files.list(cache.resolve("classes"))) {
      return all.filter(path -> !path.toString().endsWith(".length")).toList().stream();
    }
  }

  private Path onlyArchive() throws IOException {
    List<Path> all = archives().toList();
    assertThat(all).hasSize(1);
    assertThat(all.get(0).toString()).endsWith(".jsa");
    return all.get(0);
  }

  private void run(int code, String... args) throws IOException, InterruptedException {
    run(code, List.of(), args);
  }

  private void run(int code, List<String> options, String... args)
      throws IOException, InterruptedException {
    assertRuns(code, builder(options, args));
  }

  private void assertRuns(int code, ProcessBuilder builder)
      throws IOException, InterruptedException {
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(folder.resolve("err.txt")).isEmptyFile();
    assertThat(said).isEqualTo("hello\n");
    assertThat(process.exitValue()).isEqualTo(code);
  }

  private ProcessBuilder builder(List<String> options, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", jar.toString(), Program.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err.txt").toFile());
    builder.environment().remove(SignalChaining.VARIABLE);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("OCL_ICD_VENDORS", "/etc/OpenCL/vendors/pocl.icd");
    builder.environment().put("GABOR_CACHE", cache.toString());
    return builder;
  }

  private static Path top(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isNeeded(String name) {
    return name.matches(
        "dev/gabor/(SignalChaining|doctor/.*|opencl/CacheFolder"
            + "|cli/(ClassArchiveTest.Program|ClassArchive|SecondProcess|JvmOptions))\\.class");
  }
}
