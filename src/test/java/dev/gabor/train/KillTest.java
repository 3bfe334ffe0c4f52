package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Backend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is killed again and again ends with the bits of one that was left alone. */
class KillTest {
  private static final int KILLS = 20;
  private static final int KILLED = 128 + 9;

  @Test
  void killedAtTwentyRandomMoments(@TempDir Path whole, @TempDir Path killed)
      throws IOException, InterruptedException {
    try (Backend backend = new ReferenceBackend()) {
      KilledRun.run(KilledRun.trainer(backend), whole);
      Philox random = new Philox(1, 1);
      for (int kill = 1; kill <= KILLS; kill++) {
        int steps = (int) (random.nextFloat() * 8);
        int millis = (int) (random.nextFloat() * 40);
        assertThat(runAndKill(killed, steps, millis)).as("kill %d", kill).isEqualTo(KILLED);
      }
      assertThat(newest(killed).run().step())
          .as("the kills hit a run that was under way")
          .isBetween(20, newest(whole).run().step() - 1);
      KilledRun.run(KilledRun.trainer(backend), killed);
    }
    assertThat(killed.resolve(KilledRun.MODEL))
        .hasSameBinaryContentAs(whole.resolve(KilledRun.MODEL));
    same(newest(killed), newest(whole));
    same(Checkpoint.read(killed.resolve("best.safetensors")), newestBest(whole));
  }

  private static Checkpoint newestBest(Path folder) {
    return Checkpoint.read(folder.resolve("best.safetensors"));
  }

  private static void same(Checkpoint actual, Checkpoint expected) {
    bits(actual.model().parameters(), expected.model().parameters());
    bits(actual.memory(), expected.memory());
    assertThat(actual.run().step()).isEqualTo(expected.run().step());
    assertThat(losses(actual)).isEqualTo(losses(expected));
  }

  private static void bits(Map<String, Tensor> actual, Map<String, Tensor> expected) {
    assertThat(actual).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (name, tensor) -> assertThat(actual.get(name).data()).as(name).isEqualTo(tensor.data()));
  }

  private static List<List<Double>> losses(Checkpoint checkpoint) {
    return checkpoint.run().reports().stream()
        .map(r -> List.of(r.trainLoss(), r.trainAccuracy(), r.valLoss().getAsDouble()))
        .toList();
  }

  private static Checkpoint newest(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return Checkpoint.read(
          files
              .filter(file -> file.getFileName().toString().matches("checkpoint-.*safetensors"))
              .sorted()
              .reduce((first, second) -> second)
              .orElseThrow());
    }
  }

  /** Kills a process so many milliseconds after it has done so many steps. */
  private static int runAndKill(Path folder, int steps, int millis)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            KilledRun.class.getName(),
            folder.toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    try (InputStream dots = process.getInputStream()) {
      for (int step = 0; step < steps; step++) {
        assertThat(dots.read()).isEqualTo('.');
      }
      // Not a moment that the run would choose itself: in a step, or while a file is written.
      assertThat(process.waitFor(millis, TimeUnit.MILLISECONDS)).isFalse();
    } finally {
      process.destroyForcibly();
    }
    return process.waitFor();
  }
}
