package dev.gabor.bench;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.nn.Network;
import dev.gabor.nn.models.Models;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Prints what an image costs in training at batches of 16 to 256, and how far that is from the
 * same. All batches of a model take turns, so that a machine which changes its pace changes it for
 * all: what counts is the median over the turns of a batch's share of its turn. Turns with the
 * cores near each other and apart ({@link CoreDistance}) are also counted by themselves. Started by
 * {@code ci/growth [MODEL…]}.
 */
final class BatchGrowth {
  private static final String[] MODELS = {"lenet", "vgg", "resnet18", "mobilenet"};
  private static final int[] BATCHES = {16, 32, 64, 128, 256};
  private static final int CLASSES = 10;
  private static final int TURNS = 15;
  private static final double RATE = 1e-6;

  /** Each turn of a batch trains so many images at least: a turn of lenet is short. */
  private static final int IMAGES = 256;

  private static final int LENET_IMAGES = 4096;

  private BatchGrowth() {}

  /** Runs it. */
  public static void main(String[] models) {
    try (Backend backend = Gabor.open("opencl")) {
      System.out.printf("%s, median of %d turns%n", backend.description(), TURNS);
      System.out.printf(
          "%-10s %5s %10s %10s %9s%n", "model", "batch", "µs/image", "fastest", "share");
      for (String model : models.length > 0 ? models : MODELS) {
        measure(model, backend);
      }
    }
  }

  private static void measure(String model, Backend backend) {
    List<Runner> runners = new ArrayList<>();
    try {
      for (int batch : BATCHES) {
        runners.add(new Runner(model, batch, backend));
      }
      int images = model.equals("lenet") ? LENET_IMAGES : IMAGES;
      runners.forEach(runner -> runner.microsAnImage(images));
      List<Turn> turns = new ArrayList<>();
      for (int turn = 0; turn < TURNS; turn++) {
        double before = CoreDistance.roundTripNanos();
        List<Double> micros = runners.stream().map(runner -> runner.microsAnImage(images)).toList();
        turns.add(new Turn(micros, before, CoreDistance.roundTripNanos()));
      }
      print(model, turns);
    } finally {
      runners.forEach(Runner::close);
    }
  }

  private static void print(String model, List<Turn> turns) {
    for (int i = 0; i < BATCHES.length; i++) {
      int batch = i;
      System.out.printf(
          Locale.ROOT,
          "%-10s %5d %10.1f %10.1f %9.3f%n",
          model,
          BATCHES[i],
          median(turns.stream().mapToDouble(turn -> turn.micros.get(batch))),
          turns.stream().mapToDouble(turn -> turn.micros.get(batch)).min().orElseThrow(),
          median(turns.stream().mapToDouble(turn -> turn.share(batch))));
    }
    printGrowth(model, "in all turns", turns);
    printGrowth(model, "with the cores near", turns.stream().filter(Turn::isNear).toList());
    printGrowth(model, "with the cores apart", turns.stream().filter(Turn::isApart).toList());
  }

  private static void printGrowth(String model, String which, List<Turn> turns) {
    if (!turns.isEmpty()) {
      double[] shares =
          IntStream.range(0, BATCHES.length)
              .mapToDouble(i -> median(turns.stream().mapToDouble(turn -> turn.share(i))))
              .toArray();
      double least = Arrays.stream(shares).min().orElseThrow();
      double most = Arrays.stream(shares).max().orElseThrow();
      System.out.printf(
          Locale.ROOT,
          "%-10s the dearest costs %.1f %% more %s (%d)%n",
          model,
          100 * (most / least - 1),
          which,
          turns.size());
    }
  }

  private static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /**
   * What an image cost at each batch, between two looks at how far apart the cores were.
   *
   * @param micros an image, for each batch
   */
  private record Turn(List<Double> micros, double nanosBefore, double nanosAfter) {
    double share(int batch) {
      return micros.get(batch)
          / micros.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    boolean isNear() {
      return Math.max(nanosBefore, nanosAfter) < CoreDistance.NEAR_NANOS;
    }

    boolean isApart() {
      return Math.min(nanosBefore, nanosAfter) >= CoreDistance.NEAR_NANOS;
    }
  }

  /** A model that trains on the same batch again and again. */
  private static final class Runner implements AutoCloseable {
    private final int batch;
    private final Backend backend;
    private final TrainingSession session;
    private final BatchLoader loader;
    private final Batch first;

    Runner(String model, int batch, Backend backend) {
      this.batch = batch;
      this.backend = backend;
      Shape shape = Models.usualShape(model);
      Network network = Models.byName(model, shape, CLASSES);
      this.session =
          Trainer.of(network)
              .on(backend)
              .batch(batch)
              .optimizer(Optimizer.momentum(RATE, 0.9))
              .open();
      this.loader = Batches.training(new NoiseImages(batch, shape, CLASSES), batch, 1).open();
      this.first = loader.epoch(1).iterator().next();
    }

    double microsAnImage(int images) {
      int steps = (images + batch - 1) / batch;
      long begin = System.nanoTime();
      for (int i = 0; i < steps; i++) {
        session.step(first);
      }
      backend.finish();
      return (System.nanoTime() - begin) / 1e3 / steps / batch;
    }

    @Override
    public void close() {
      loader.close();
      session.close();
    }
  }
}
