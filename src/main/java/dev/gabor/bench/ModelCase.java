package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.Dataset;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Network;
import dev.gabor.nn.Node;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.models.Models;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingSession;
import java.util.List;

/**
 * A named model in training or at inference. Each run copies its images to the device; a training
 * step is forward, loss, backward and an update by plain gradient descent, inference ends with the
 * logits on the device.
 *
 * @param model one of {@link Models#names()}
 * @param batch images in a run
 */
record ModelCase(String model, int batch, boolean trains) implements Case {
  private static final int CLASSES = 10;

  /** So small that the weights, and with them the work, stay what they are. */
  private static final double RATE = 1e-6;

  /** Checks the name and the batch. */
  ModelCase {
    Models.usualShape(model);
    if (batch < 1) {
      throw new IllegalArgumentException(
          "model " + model + ": batch is " + batch + ", expected at least 1");
    }
  }

  /** The batch at which a model is measured when nobody names one. */
  static int usualBatch(String model) {
    return switch (model) {
      case "lenet" -> 64;
      case "resnet18" -> 16;
      default -> 32;
    };
  }

  @Override
  public String title() {
    return model + " " + pass() + " batch " + batch;
  }

  @Override
  public List<Result> measure(Bench bench) {
    Network network = Models.byName(model, Models.usualShape(model), CLASSES);
    return List.of(trains ? train(bench, network) : infer(bench, network));
  }

  /**
   * The multiply-adds of convolutions and dense layers, twice; backward counts both gradients, but
   * nobody asks for that of the images.
   */
  double flops(Network network) {
    double first = 0;
    double forward = 0;
    for (Node node : network.nodes()) {
      for (Parameter weight : node.parameters()) {
        if (weight.layout() == Layout.FILTER) {
          // Each output sums as many products as a filter has weights.
          double sums = (double) node.shape().size();
          double flops = 2 * sums * weight.shape().size() / weight.shape().length(0);
          first = first == 0 ? flops : first;
          forward += flops;
        }
      }
    }
    return batch * (trains ? 3 * forward - first : forward);
  }

  private Result train(Bench bench, Network network) {
    Trainer trainer =
        Trainer.of(network).on(bench.backend()).batch(batch).optimizer(Optimizer.sgd(RATE));
    Dataset images = new NoiseImages(batch, network.input().shape(), CLASSES);
    try (TrainingSession session = trainer.open();
        BatchLoader loader = Batches.training(images, batch, 1).open()) {
      Batch first = loader.epoch(1).iterator().next();
      Result result = measure(bench, network, () -> session.step(first));
      bench.profile(title(), profile -> session.profiledStep(first, profile));
      return result;
    }
  }

  private Result infer(Bench bench, Network network) {
    Backend backend = bench.backend();
    try (ParameterStore parameters = new ParameterStore(network, backend, false)) {
      parameters.initialize(1);
      Recording recording = new Recording();
      Compiler.Ends ends = Compiler.inference(recording, parameters, batch);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        DeviceTensor images = plan.tensor(ends.input());
        Shape shape = images.shape();
        float[] host = Inputs.randomArray(shape.arrayLength());
        Result result =
            measure(
                bench,
                network,
                () -> {
                  backend.write(host, images);
                  plan.run();
                });
        bench.profile(title(), plan::run);
        return result;
      }
    }
  }

  private Result measure(Bench bench, Network network, Runnable run) {
    Subject subject = new Subject(Subject.MODEL, pass(), model, batch, "");
    return bench.model(subject, run, new Work(flops(network), 0));
  }

  private String pass() {
    return trains ? "train" : "infer";
  }
}
