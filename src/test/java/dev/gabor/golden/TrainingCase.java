package dev.gabor.golden;

import com.grack.nanojson.JsonObject;
import dev.gabor.backend.Backend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkJson;
import dev.gabor.nn.Parameter;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Tensor;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingSession;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Some steps of training with cross-entropy, epoch after epoch in the order of the samples.
 *
 * @param optimizer as on the command line
 * @param weightDecay L2, of weights only
 * @param parameters the first values, by name
 * @param x the samples, a multiple of the batch; the class of sample i is i modulo the classes
 */
public record TrainingCase(
    String name,
    Network network,
    String optimizer,
    double learningRate,
    double weightDecay,
    int batch,
    int steps,
    Map<String, Tensor> parameters,
    Tensor x)
    implements GoldenCase {
  /** A case with random samples and the network's own first values. */
  public static TrainingCase random(
      String name,
      Network network,
      String optimizer,
      double learningRate,
      double weightDecay,
      int batch,
      int steps,
      int samples) {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters()) {
      parameters.put(
          parameter.name(),
          parameter.initializer().create(parameter.shape(), 3, parameters.size()));
    }
    Tensor x = LayerCase.random(network.input().shape().batched(samples), 5);
    return new TrainingCase(
        name, network, optimizer, learningRate, weightDecay, batch, steps, parameters, x);
  }

  /** The number of classes. */
  public int classes() {
    return network.output().shape().length(0);
  }

  /** The class of a sample. */
  public int label(int sample) {
    return sample % classes();
  }

  /** The first sample of a step, counted from 0. */
  public int firstSample(int step) {
    return step * batch % x.shape().length(0);
  }

  /** The losses of all steps as {@code losses}, and every parameter after them by its name. */
  @Override
  public Map<String, Tensor> answer(Backend backend) {
    Trainer trainer =
        Trainer.of(network)
            .on(backend)
            .batch(batch)
            .optimizer(Optimizer.byName(optimizer, learningRate).weightDecay(weightDecay));
    Tensor losses = Tensor.zeros(steps);
    Map<String, Tensor> answer = new LinkedHashMap<>(Map.of("losses", losses));
    try (TrainingSession session = trainer.open();
        BatchLoader loader = Batches.evaluation(new TensorDataset(x, classes()), batch).open()) {
      for (Parameter parameter : network.parameters()) {
        session.parameters().set(parameter, parameters.get(parameter.name()));
      }
      for (int epoch = 0; session.stepsDone() < steps; epoch++) {
        for (Batch samples : loader.epoch(epoch)) {
          if (session.stepsDone() < steps) {
            session.step(samples);
            losses.data()[session.stepsDone() - 1] = (float) session.lastLoss();
          }
        }
      }
      for (Parameter parameter : network.parameters()) {
        answer.put(parameter.name(), session.parameters().get(parameter));
      }
    }
    return answer;
  }

  @Override
  public float bound() {
    return 1e-4f;
  }

  @Override
  public JsonObject write() {
    JsonObject json = new JsonObject();
    json.put("type", "training");
    json.put("name", name);
    json.put("network", NetworkJson.write(network));
    json.put("optimizer", optimizer);
    json.put("learning_rate", learningRate);
    json.put("weight_decay", weightDecay);
    json.put("batch", batch);
    json.put("steps", steps);
    json.put("parameters", TensorJson.writeAll(parameters));
    json.put("x", TensorJson.write(x));
    return json;
  }

  static TrainingCase read(JsonObject json) {
    return new TrainingCase(
        json.getString("name"),
        NetworkJson.read(json.getObject("network")),
        json.getString("optimizer"),
        json.getDouble("learning_rate"),
        json.getDouble("weight_decay"),
        json.getInt("batch"),
        json.getInt("steps"),
        TensorJson.readAll(json.getObject("parameters")),
        TensorJson.read(json.getObject("x")));
  }
}
