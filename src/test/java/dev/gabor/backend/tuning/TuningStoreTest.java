package dev.gabor.backend.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionChooser.Choice;
import dev.gabor.backend.ConvolutionChooser.Origin;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.DeviceClass;
import dev.gabor.backend.TuningKey;
import dev.gabor.backend.tuning.Found.Timed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The databases on disk: kept, merged, of others, damaged. */
class TuningStoreTest {
  private static final TuningKey KEY = new TuningKey(DeviceClass.OTHER, "device \"1\"", "abc");
  private static final ConvolutionProblem PROBLEM =
      new ConvolutionProblem(
          new Convolution(2, 4, 9, 7, 8, 3, 1, 1, 2, 0, 1, 1, 1, 2), Pass.BACKWARD_DATA);
  private static final Found FOUND =
      new Found(List.of(new Timed("tiled:64x64x8/8x4", 0.25), new Timed("direct", 1.5)), true);

  @TempDir private Path folder;

  @Test
  void findsWhatItKept() {
    assertThat(store().read(KEY)).isEmpty();
    store().keep(KEY, PROBLEM, FOUND);
    assertThat(store().read(KEY))
        .isEqualTo(Map.of("backward_data 2,4,9,7,8,3,1,1x2,0x1,1,2", FOUND));
    assertThat(store().chooser(KEY).choices(PROBLEM))
        .containsExactly(
            new Choice("tiled:64x64x8/8x4", Origin.TUNED), new Choice("direct", Origin.TUNED));
    assertThat(files())
        .containsExactlyInAnyOrder(
            "find-db.json", "perf-db.json", "find-db.json.lock", "perf-db.json.lock");
  }

  @Test
  void splitsRankingAndParameters() {
    store().keep(KEY, PROBLEM, FOUND);
    assertThat(folder.resolve("find-db.json"))
        .content()
        .startsWith("{\"format\":\"gabor-find-db\",\"version\":1,\"entries\":[")
        .contains("{\"algorithm\":\"tiled\",\"ms\":0.25}")
        .doesNotContain("64x64");
    assertThat(folder.resolve("perf-db.json"))
        .content()
        .contains("\"algorithm\":\"tiled\",\"parameters\":\"64x64x8/8x4\"");
    // Measured again, the algorithm's own tile was the best.
    Found newer = new Found(List.of(new Timed("tiled", 0.2)), false);
    store().keep(KEY, PROBLEM, newer);
    assertThat(store().read(KEY).values()).containsExactly(newer);
  }

  @Test
  void otherDevicesDriversAndKernelsSayNothing() {
    store().keep(KEY, PROBLEM, FOUND);
    TuningKey other = new TuningKey(DeviceClass.OTHER, "device 2", "abc");
    TuningKey newer = new TuningKey(DeviceClass.OTHER, "device \"1\"", "abd");
    assertThat(store().read(other)).isEmpty();
    assertThat(store().chooser(newer).choices(PROBLEM)).isEmpty();
    Convolution other2 = PROBLEM.convolution().withBatch(3);
    assertThat(store().chooser(KEY).choices(new ConvolutionProblem(other2, Pass.BACKWARD_DATA)))
        .isEmpty();
    assertThat(
            store()
                .chooser(KEY)
                .choices(new ConvolutionProblem(PROBLEM.convolution(), Pass.FORWARD)))
        .isEmpty();
    // Theirs are not lost when ours are written.
    store().keep(other, PROBLEM, FOUND);
    assertThat(store().read(KEY)).hasSize(1);
    assertThat(store().read(other)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{\"format\":\"gabor-find-db\",\"version\":1,\"entries\":[",
        "[1,2]",
        "{\"format\":\"gabor-perf-db\",\"version\":1,\"entries\":[]}",
        "{\"format\":\"gabor-find-db\",\"version\":0,\"entries\":[]}",
        "{\"format\":\"gabor-find-db\",\"version\":\"1\",\"entries\":[]}",
        "{\"format\":\"gabor-find-db\",\"version\":1}",
        "{\"format\":\"gabor-find-db\",\"version\":1,\"entries\":[7]}",
        "{\"format\":\"gabor-find-db\",\"version\":1,\"entries\":[{\"device\":\"d\",\"kernels\":"
            + "\"k\",\"pass\":\"p\",\"problem\":\"q\",\"complete\":true,\"ranking\":[{"
            + "\"algorithm\":\"direct\",\"ms\":-1}]}]}"
      })
  void setsAsideWhatIsNoDatabase(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("find-db.json"), text);
    try (Warnings warnings = new Warnings()) {
      assertThat(store().chooser(KEY).choices(PROBLEM)).isEmpty();
      assertThat(store().chooser(KEY).choices(PROBLEM)).isEmpty();
      assertThat(warnings.all())
          .singleElement()
          .asString()
          .startsWith(file.toString())
          .endsWith("set aside as find-db.json.bad1");
    }
    assertThat(folder.resolve("find-db.json.bad1")).hasContent(text);
    assertThat(file).doesNotExist();
    store().keep(KEY, PROBLEM, FOUND);
    assertThat(store().read(KEY)).hasSize(1);
  }

  @Test
  void setsAsideWhatIsNoText() throws IOException {
    Files.write(folder.resolve("perf-db.json"), new byte[] {(byte) 0xFF, 0, 1});
    try (Warnings warnings = new Warnings()) {
      assertThat(store().read(KEY)).isEmpty();
      assertThat(warnings.all()).singleElement().asString().contains("perf-db.json cannot be read");
    }
    assertThat(folder.resolve("perf-db.json.bad1")).hasSize(3);
  }

  @Test
  void setsAsideEveryTimeUnderANewName() throws IOException {
    for (int time = 1; time <= 3; time++) {
      Files.writeString(folder.resolve("perf-db.json"), "rubbish " + time);
      store().keep(KEY, PROBLEM, FOUND);
    }
    for (int time = 1; time <= 3; time++) {
      assertThat(folder.resolve("perf-db.json.bad" + time)).hasContent("rubbish " + time);
    }
    assertThat(store().read(KEY).values()).containsExactly(FOUND);
  }

  @Test
  void aMissingPerfDatabaseLeavesTheAlgorithmsTheirOwnParameters() throws IOException {
    store().keep(KEY, PROBLEM, FOUND);
    Files.delete(folder.resolve("perf-db.json"));
    assertThat(store().read(KEY).values())
        .containsExactly(
            new Found(List.of(new Timed("tiled", 0.25), new Timed("direct", 1.5)), true));
  }

  @Test
  void processesThatWriteAtOnceKeepEachOthersEntries() throws IOException, InterruptedException {
    List<Process> processes = new ArrayList<>();
    for (int number = 1; number <= 2; number++) {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              KeepingProcess.class.getName(),
              folder.toString(),
              Integer.toString(number));
      processes.add(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }
    for (Process process : processes) {
      assertThat(process.getInputStream().read()).isEqualTo('.');
    }
    for (Process process : processes) {
      process.getOutputStream().write('!');
      process.getOutputStream().flush();
    }
    for (Process process : processes) {
      assertThat(process.waitFor()).isZero();
    }
    Map<String, Found> all = store().read(KeepingProcess.KEY);
    assertThat(all).hasSize(2 * KeepingProcess.PROBLEMS);
    for (int number = 1; number <= 2; number++) {
      for (int i = 0; i < KeepingProcess.PROBLEMS; i++) {
        assertThat(all.get(KeepingProcess.problem(number, i).toString()).ranking())
            .containsExactly(new Timed("tiled:" + number, i + 1));
      }
    }
    assertThat(files()).noneMatch(name -> name.endsWith(".tmp") || name.contains("bad"));
  }

  @Test
  void threadsOfAProcessKeepEachOthersEntries() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int number = 1; number <= 4; number++) {
      int process = number;
      threads.add(
          new Thread(
              () -> {
                for (int i = 0; i < 10; i++) {
                  store().keep(KEY, KeepingProcess.problem(process, i), FOUND);
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(store().read(KEY)).hasSize(40);
  }

  @Test
  void worksWhereNothingCanBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("a file"), "");
    TuningStore blocked = new TuningStore(Optional.of(file.resolve("tuning")));
    try (Warnings warnings = new Warnings()) {
      blocked.keep(KEY, PROBLEM, FOUND);
      assertThat(warnings.all()).allMatch(line -> line.startsWith("tuning results are not kept"));
      assertThat(warnings.all()).isNotEmpty();
    }
    assertThat(file).isEmptyFile();
    TuningStore off = new TuningStore(Optional.empty());
    off.keep(KEY, PROBLEM, FOUND);
    assertThat(off.read(KEY)).isEmpty();
    assertThat(off.keepsResults()).isFalse();
  }

  private TuningStore store() {
    return new TuningStore(Optional.of(folder));
  }

  private List<String> files() {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(path -> path.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
