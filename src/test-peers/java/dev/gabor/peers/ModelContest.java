package dev.gabor.peers;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Scratch;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.golden.TensorDataset;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.models.Models;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Tensor;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingSession;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One of the named models on both sides: a training step (SGD with momentum 0.9) and an inference.
 * Each begins with samples on the Java heap; an inference ends with its logits there.
 */
final class ModelContest {
  private static final int CLASSES = 10;
  // So small that weights stay as they are: no activation dies and nothing becomes denormal.
  private static final double RATE = 1e-6;
  private static final double MOMENTUM = 0.9;

  private final Network network;
  private final int batch;
  private final Backend backend;
  private final Tensor x;
  private final Map<String, Tensor> values = new LinkedHashMap<>();

  ModelContest(String model, int batch, Backend backend) {
    this.network = Models.byName(model, Models.usualShape(model), CLASSES);
    this.batch = batch;
    this.backend = backend;
    this.x = Scratch.random(network.input().shape().batched(batch), 1);
    for (Parameter parameter : network.parameters()) {
      values.put(
          parameter.name(), parameter.initializer().create(parameter.shape(), 1, values.size()));
    }
  }

  Contest.Result training(Contest contest) {
    Trainer trainer =
        Trainer.of(network).on(backend).batch(batch).optimizer(Optimizer.momentum(RATE, MOMENTUM));
    try (TrainingSession session = trainer.open();
        BatchLoader loader = Batches.evaluation(new TensorDataset(x, CLASSES), batch).open();
        NDManager manager = TorchArrays.manager()) {
      Batch samples = loader.epoch(0).iterator().next();
      long[] labels = new long[batch];
      for (int i = 0; i < batch; i++) {
        labels[i] = samples.labels()[i];
      }
      TorchTraining torch =
          new TorchTraining(
              network, TorchArrays.of(manager, values), new TorchOptimizer("momentum", 1, 0), RATE);
      return contest.time(
          () -> {
            session.step(samples);
            backend.finish();
          },
          () -> {
            try (PtNDArray images = TorchArrays.of(manager, x)) {
              torch.step(images, labels);
            }
          });
    }
  }

  Contest.Result inference(Contest contest) {
    Recording recording = new Recording();
    float[] logits = new float[batch * CLASSES];
    try (ParameterStore store = new ParameterStore(network, backend, false);
        NDManager manager = TorchArrays.manager()) {
      network.parameters().forEach(each -> store.set(each, values.get(each.name())));
      Compiler.Ends ends = Compiler.inference(recording, store, batch);
      Map<String, PtNDArray> arrays = TorchArrays.of(manager, values);
      TorchNetwork torch = new TorchNetwork(network);
      JniUtils.setGradMode(false);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        return contest.time(
            () -> {
              backend.write(x.data(), plan.tensor(ends.input()));
              plan.run();
              backend.read(plan.tensor(ends.output()), logits);
            },
            () -> {
              try (NDManager step = manager.newSubManager()) {
                TorchArrays.read(torch.forward(arrays, TorchArrays.of(step, x), false));
              }
            });
      }
    }
  }
}
