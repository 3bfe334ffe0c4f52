package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Loss;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Operation;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * Runs a network over a data set and compares its answers with the labels. Class weights are a
 * matter of training: every sample counts the same here.
 */
public final class Evaluator implements AutoCloseable {
  /** The ends of a recorded evaluation. */
  record Graph(Value images, Value output, Value target, Value losses) {}

  private final ParameterStore parameters;
  private final Optional<Normalization> normalization;
  private final Backend backend;
  private final Loss loss;
  private final int batch;
  private final int classes;
  private final Graph graph;
  private final Plan plan;

  /** Evaluates parameters as they are when {@link #evaluate} is called; does not own them. */
  Evaluator(ParameterStore parameters, Loss loss, int batch) {
    this(parameters, Optional.empty(), loss, batch);
  }

  /** With a normalisation the parameters are those of a model, placed for this evaluator. */
  private Evaluator(
      ParameterStore parameters, Optional<Normalization> normalization, Loss loss, int batch) {
    this.normalization = normalization;
    this.parameters = parameters;
    this.backend = parameters.backend();
    this.loss = loss.forEvaluation();
    this.batch = batch;
    this.classes = parameters.network().output().shape().length(0);
    Recording recording = new Recording();
    graph = record(recording, parameters, this.loss, batch);
    plan = new Plan(recording, new Arena(recording, backend), backend);
  }

  /**
   * An evaluator of a model.
   *
   * @param batch samples at a time, at least 1; has no influence on the result
   */
  public static Evaluator of(Model model, Backend backend, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException("batch size: expected at least 1, found " + batch);
    }
    ParameterStore parameters = model.place(backend);
    try {
      return new Evaluator(parameters, Optional.of(model.normalization()), model.loss(), batch);
    } catch (RuntimeException | Error failure) {
      parameters.close();
      throw failure;
    }
  }

  static Graph record(Recording recording, ParameterStore parameters, Loss trained, int batch) {
    Loss loss = trained.forEvaluation();
    Backend backend = parameters.backend();
    int classes = parameters.network().output().shape().length(0);
    Compiler.Ends ends = Compiler.inference(recording, parameters, batch);
    Value target = recording.input("target", Targets.shape(loss, batch, classes), Layout.PLAIN);
    Value losses = recording.value("losses", Shape.of(batch), Layout.PLAIN);
    recording.add(
        new Operation(
            "loss",
            "loss",
            List.of(ends.output(), target),
            List.of(losses),
            false,
            slots ->
                backend
                    .loss()
                    .forward(loss, slots.of(ends.output()), slots.of(target), slots.of(losses))));
    recording.output(losses);
    return new Graph(ends.input(), ends.output(), target, losses);
  }

  /**
   * Evaluates every sample once, normalised as the model was trained.
   *
   * @throws IllegalArgumentException if the samples or the classes do not fit the network
   */
  public Evaluation evaluate(Dataset dataset) {
    return evaluate(
        dataset,
        normalization.orElseThrow(
            () ->
                new IllegalArgumentException("evaluator: of no model, expected a normalization")));
  }

  /**
   * Evaluates every sample once.
   *
   * @param with the normalisation in training
   * @throws IllegalArgumentException if the samples or the classes do not fit the network
   */
  public Evaluation evaluate(Dataset dataset, Normalization with) {
    return tally(dataset, with, dataset.size());
  }

  /** The same without what needs every probability: the area under the ROC curve. */
  Evaluation count(Dataset dataset, Normalization with) {
    return tally(dataset, with, 0);
  }

  private Evaluation tally(Dataset dataset, Normalization with, int kept) {
    Fitting.check(parameters.network(), dataset);
    plan.prepare();
    Targets targets = new Targets(loss, batch, classes);
    float[] outputs = new float[batch * classes];
    float[] losses = new float[batch];
    Tally tally = new Tally(loss, classes, kept);
    Batches batches = Batches.evaluation(dataset, batch).normalized(with);
    try (BatchLoader loader = batches.open()) {
      for (Batch samples : loader.epoch(0)) {
        backend.write(samples.images().data(), plan.tensor(graph.images()));
        backend.write(targets.of(samples), plan.tensor(graph.target()));
        plan.run();
        backend.read(plan.tensor(graph.output()), outputs);
        backend.read(plan.tensor(graph.losses()), losses);
        for (int n = 0; n < samples.count(); n++) {
          tally.add(outputs, n * classes, samples.labels()[n], losses[n]);
        }
      }
    }
    return tally.done();
  }

  /** The bytes allocated beside the parameters. */
  long allocatedBytes() {
    return plan.arenaBytes();
  }

  @Override
  public void close() {
    plan.close();
    if (normalization.isPresent()) {
      parameters.close();
    }
  }
}
