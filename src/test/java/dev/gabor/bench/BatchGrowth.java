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

/**
 * Prints what an image costs in training at batches of 16 to 256, and how far that is from the
 * same. All batches of a model take turns, so that a machine which changes its pace changes it for
 * all: what counts is the median over the turns of a batch's share of its turn. How far apart the
 * cores are is printed, too ({@link CoreDistance}). Started by {@code ci/growth [MODEL…]}.
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
      double[][] micros = new double[BATCHES.length][TURNS];
      double[][] shares = new double[BATCHES.length][TURNS];
      double[] distances = new double[TURNS];
      for (int turn = 0; turn < TURNS; turn++) {
        distances[turn] = CoreDistance.roundTripNanos();
        double sum = 0;
        for (int i = 0; i < BATCHES.length; i++) {
          micros[i][turn] = runners.get(i).microsAnImage(images);
          sum += micros[i][turn];
        }
        for (int i = 0; i < BATCHES.length; i++) {
          shares[i][turn] = micros[i][turn] * BATCHES.length / sum;
        }
      }
      print(model, micros, shares);
      print(model, distances);
    } finally {
      runners.forEach(Runner::close);
    }
  }

  private static void print(String model, double[][] micros, double[][] shares) {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (int i = 0; i < BATCHES.length; i++) {
      double share = median(shares[i]);
      least = Math.min(least, share);
      most = Math.max(most, share);
      System.out.printf(
          Locale.ROOT,
          "%-10s %5d %10.1f %10.1f %9.3f%n",
          model,
          BATCHES[i],
          median(micros[i]),
          Arrays.stream(micros[i]).min().orElseThrow(),
          share);
    }
    System.out.printf(
        Locale.ROOT, "%-10s the dearest costs %.1f %% more%n", model, 100 * (most / least - 1));
  }

  private static void print(String model, double[] distances) {
    System.out.printf(
        Locale.ROOT,
        "%-10s from core to core and back in %.0f ns (%.0f to %.0f)%n",
        model,
        median(distances),
        Arrays.stream(distances).min().orElseThrow(),
        Arrays.stream(distances).max().orElseThrow());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
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
