package dev.gabor.train;

import dev.gabor.backend.Loss;
import dev.gabor.data.Normalization;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Models whose weights are written by hand. */
public final class HandMade {
  private HandMade() {}

  /** A model without normalisation; the values of its parameters one after the other. */
  public static Model model(Network network, Loss loss, float[]... values) {
    Map<String, Tensor> parameters = new HashMap<>();
    for (int i = 0; i < values.length; i++) {
      Parameter parameter = network.parameters().get(i);
      parameters.put(parameter.name(), new Tensor(parameter.shape(), values[i]));
    }
    List<String> names =
        IntStream.range(0, network.output().shape().arrayLength()).mapToObj(i -> "c" + i).toList();
    return new Model(
        network,
        parameters,
        Normalization.none(network.input().shape().length(0)),
        names,
        loss,
        new Provenance("test", "none", 1, Map.of(), "none"));
  }

  /**
   * For red, green and blue images: one map where red outweighs the rest, one where blue does; two
   * classes, one for each.
   */
  public static Model redOrBlue(int height, int width) {
    Network network =
        Network.input(3, height, width)
            .conv2d(2, 1, c -> c.bias(false))
            .relu()
            .globalAveragePool()
            .flatten()
            .dense(2)
            .build();
    return model(
        network,
        Loss.crossEntropy(),
        new float[] {1, -0.5f, -0.5f, -0.5f, -0.5f, 1},
        new float[] {10, -10, -10, 10},
        new float[] {0, 0});
  }
}
