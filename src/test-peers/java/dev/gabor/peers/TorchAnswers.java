package dev.gabor.peers;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.golden.GoldenCase;
import dev.gabor.golden.LayerCase;
import dev.gabor.golden.LossCase;
import dev.gabor.golden.TrainingCase;
import dev.gabor.nn.Parameter;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What PyTorch answers to a case. */
final class TorchAnswers {
  private TorchAnswers() {}

  /** The numbers by the names that Gabor gives them. */
  static Map<String, Tensor> of(GoldenCase question) {
    try (NDManager manager = TorchArrays.manager()) {
      if (question instanceof LayerCase layer) {
        return layer.training() ? train(manager, layer) : infer(manager, layer);
      }
      JniUtils.setGradMode(true);
      if (question instanceof LossCase loss) {
        return loss(manager, loss);
      }
      return train(manager, (TrainingCase) question);
    }
  }

  private static Map<String, Tensor> infer(NDManager manager, LayerCase layer) {
    JniUtils.setGradMode(false);
    Map<String, PtNDArray> parameters = TorchArrays.of(manager, layer.parameters());
    PtNDArray x = TorchArrays.of(manager, layer.x());
    PtNDArray y = new TorchNetwork(layer.network()).forward(parameters, x, false);
    return Map.of("y", TorchArrays.read(y));
  }

  private static Map<String, Tensor> train(NDManager manager, LayerCase layer) {
    JniUtils.setGradMode(true);
    Map<String, PtNDArray> parameters = leaves(manager, layer);
    PtNDArray x = TorchArrays.leaf(manager, TorchArrays.of(manager, layer.x()));
    PtNDArray y = new TorchNetwork(layer.network()).forward(parameters, x, true);
    TorchArrays.backward(y, TorchArrays.of(manager, layer.dy()));
    Map<String, Tensor> answer = new LinkedHashMap<>();
    answer.put("y", TorchArrays.read(y));
    answer.put("dx", TorchArrays.gradient(x));
    for (Parameter parameter : layer.network().parameters()) {
      String name = parameter.name();
      if (parameter.trains()) {
        answer.put("d" + name, TorchArrays.gradient(parameters.get(name)));
      } else {
        answer.put(name, TorchArrays.read(parameters.get(name)));
      }
    }
    return answer;
  }

  private static Map<String, PtNDArray> leaves(NDManager manager, LayerCase layer) {
    Map<String, PtNDArray> parameters = TorchArrays.of(manager, layer.parameters());
    layer.network().parameters().stream()
        .filter(Parameter::trains)
        .map(Parameter::name)
        .forEach(name -> parameters.compute(name, (key, w) -> TorchArrays.leaf(manager, w)));
    return parameters;
  }

  private static Map<String, Tensor> loss(NDManager manager, LossCase loss) {
    Shape shape = loss.prediction().shape();
    PtNDArray x = TorchArrays.leaf(manager, TorchArrays.of(manager, loss.prediction()));
    PtNDArray given = TorchArrays.of(manager, loss.target());
    boolean classes = loss.target().shape().rank() == 1;
    PtNDArray target = classes ? TorchLoss.oneHot(given, shape.length(1)) : given;
    PtNDArray losses = TorchLoss.perSample(loss.loss(), x, target);
    Tensor share = Tensor.zeros(shape.length(0));
    Arrays.fill(share.data(), 1f / shape.length(0));
    TorchArrays.backward(losses, TorchArrays.of(manager, share));
    return Map.of("losses", TorchArrays.read(losses), "dprediction", TorchArrays.gradient(x));
  }

  private static Map<String, Tensor> train(NDManager manager, TrainingCase training) {
    Map<String, PtNDArray> parameters = TorchArrays.of(manager, training.parameters());
    TorchTraining run =
        new TorchTraining(
            training.network(),
            parameters,
            new TorchOptimizer(
                training.optimizer(), training.learningRate(), training.weightDecay()),
            1);
    Tensor losses = Tensor.zeros(training.steps());
    int sampleLength = training.x().shape().sample().arrayLength();
    for (int step = 0; step < training.steps(); step++) {
      int first = training.firstSample(step);
      long[] labels = new long[training.batch()];
      Arrays.setAll(labels, i -> training.label(first + i));
      float[] samples =
          Arrays.copyOfRange(
              training.x().data(), first * sampleLength, (first + training.batch()) * sampleLength);
      Shape shape = training.x().shape().sample().batched(training.batch());
      try (PtNDArray x = TorchArrays.of(manager, new Tensor(shape, samples))) {
        losses.data()[step] = run.step(x, labels);
      }
    }
    Map<String, Tensor> answer = new LinkedHashMap<>(Map.of("losses", losses));
    parameters.forEach((name, array) -> answer.put(name, TorchArrays.read(array)));
    return answer;
  }
}
