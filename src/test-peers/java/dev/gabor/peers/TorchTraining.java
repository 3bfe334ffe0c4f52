package dev.gabor.peers;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import java.util.HashMap;
import java.util.Map;

/** Training steps of a network by PyTorch; what a step leaves behind is released at its end. */
final class TorchTraining {
  private final Network network;
  private final TorchNetwork graph;
  private final Map<String, PtNDArray> parameters;
  private final TorchOptimizer optimizer;
  private final double gradientScale;

  /**
   * Training from given values on.
   *
   * @param parameters by name, changed by every step
   * @param gradientScale a factor of all gradients
   */
  TorchTraining(
      Network network,
      Map<String, PtNDArray> parameters,
      TorchOptimizer optimizer,
      double gradientScale) {
    this.network = network;
    this.graph = new TorchNetwork(network);
    this.parameters = parameters;
    this.optimizer = optimizer;
    this.gradientScale = gradientScale;
  }

  /** Forward, cross-entropy, backward, update; the loss. */
  float step(PtNDArray x, long[] labels) {
    try (NDManager manager = x.getManager().newSubManager()) {
      PtNDArray samples = TorchArrays.view(manager, x);
      Map<String, PtNDArray> leaves = new HashMap<>(parameters);
      for (Parameter parameter : network.parameters()) {
        if (parameter.trains()) {
          leaves.computeIfPresent(
              parameter.name(), (name, array) -> TorchArrays.leaf(manager, array));
        }
      }
      JniUtils.setGradMode(true);
      PtNDArray logits = graph.forward(leaves, samples, true);
      PtNDArray classes = (PtNDArray) manager.create(labels, new Shape(labels.length, 1));
      PtNDArray loss = TorchLoss.crossEntropy(logits, classes);
      PtNDArray scale = (PtNDArray) manager.create((float) gradientScale);
      TorchArrays.backward(loss, scale.reshape(loss.getShape()));
      JniUtils.setGradMode(false);
      for (Parameter parameter : network.parameters()) {
        if (parameter.trains()) {
          PtNDArray gradient = JniUtils.getGradient(leaves.get(parameter.name()));
          gradient.attach(manager);
          boolean decays = parameter.kind() == Parameter.Kind.WEIGHT;
          optimizer.update(manager, parameters.get(parameter.name()), gradient, decays);
        }
      }
      return loss.getFloat();
    }
  }
}
