package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.RandomState;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Recording;
import dev.gabor.optim.OptimizerRun;

/**
 * The device memory that a training run will take, known before any of it is allocated. All in
 * bytes.
 *
 * @param parameters weights, biases and running statistics
 * @param gradients of the trained parameters
 * @param optimizerState what the optimizer remembers, with sums of gradients and the average of
 *     weights
 * @param arena activations, their gradients and workspaces of a training step, sharing bytes
 * @param uploads samples and targets, two batches of them
 * @param evaluation the same for the forward pass on the validation set; 0 without one
 * @param history losses not yet read
 * @param kept what the arena would take if no activation were computed again
 * @param unshared what the values of that arena would take without sharing
 */
public record MemoryForecast(
    long parameters,
    long gradients,
    long optimizerState,
    long arena,
    long uploads,
    long evaluation,
    long history,
    long kept,
    long unshared) {
  /** All that is allocated. */
  public long total() {
    return parameters + gradients + optimizerState + arena + uploads + evaluation + history;
  }

  /** Records the run on paper. */
  static MemoryForecast of(TrainingSetup setup, boolean evaluates) {
    Backend backend = setup.backend();
    RandomState random = new RandomState(setup.seed());
    try (ParameterStore parameters =
            ParameterStore.onPaper(setup.network(), backend, setup.frozen());
        OptimizerRun optimizer = setup.optimizer().start(parameters, setup.accumulated());
        LossHistory history = new LossHistory(parameters)) {
      TrainingGraph graph = new TrainingGraph(setup, parameters, random);
      graph.summarize(random, history.tensor());
      optimizer.record(graph.recording());
      long averageBytes = setup.averageDecay().isPresent() ? parameters.allocatedBytes() : 0;
      long uploadBytes = Feed.sketch(setup, parameters, graph);
      Arena kept = new Arena(graph.recording(), backend);
      Arena arena =
          setup.recomputes() ? new Arena(setup.arranged(graph.recording()), backend) : kept;
      return new MemoryForecast(
          parameters.allocatedBytes(),
          parameters.allocatedGradientBytes(),
          optimizer.stateBytes() + averageBytes,
          arena.sizeBytes(),
          uploadBytes,
          evaluates ? evaluationBytes(setup, parameters) : 0,
          history.sizeBytes(),
          kept.sizeBytes(),
          kept.unsharedBytes());
    }
  }

  private static long evaluationBytes(TrainingSetup setup, ParameterStore parameters) {
    Recording recording = new Recording();
    Evaluator.record(recording, parameters, setup.loss(), setup.batch());
    return new Arena(recording, setup.backend()).sizeBytes();
  }

  /**
   * The forecast of a run that fits the device.
   *
   * @throws IllegalArgumentException if it does not, naming the bytes, the device and the largest
   *     batch that would fit
   */
  static MemoryForecast fitting(TrainingSetup setup, boolean evaluates) {
    Backend backend = setup.backend();
    String needs;
    try {
      MemoryForecast forecast = of(setup, evaluates);
      if (forecast.total() <= backend.memoryBytes()) {
        return forecast;
      }
      needs = "needs " + forecast.total() + " bytes";
    } catch (IllegalArgumentException | ArithmeticException e) {
      if (!fits(setup.withBatch(1), evaluates)) {
        throw e;
      }
      needs = "does not fit (" + e.getMessage() + ")";
    }
    int largest = largestBatch(setup, evaluates);
    throw new IllegalArgumentException(
        "training with batch size %d %s, %s has %d bytes: %s"
            .formatted(
                setup.batch(),
                needs,
                backend.description(),
                backend.memoryBytes(),
                largest == 0 ? "not even 1 fits" : "batch size " + largest + " fits"));
  }

  /** By bisection: memory grows with the batch. */
  private static int largestBatch(TrainingSetup setup, boolean evaluates) {
    int fits = 0;
    int fails = setup.batch();
    while (fails - fits > 1) {
      int middle = fits + (fails - fits) / 2;
      if (fits(setup.withBatch(middle), evaluates)) {
        fits = middle;
      } else {
        fails = middle;
      }
    }
    return fits;
  }

  private static boolean fits(TrainingSetup setup, boolean evaluates) {
    try {
      return of(setup, evaluates).total() <= setup.backend().memoryBytes();
    } catch (IllegalArgumentException | ArithmeticException e) {
      // A tensor larger than one allocation or one launch: too large as well.
      return false;
    }
  }
}
