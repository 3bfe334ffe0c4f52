package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Network;
import dev.gabor.nn.Node;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What layers of a model make of an image, computed on a device as the model infers.
 *
 * <pre>{@code
 * List<String> layers = FeatureMaps.ofConvolutions(model.network());
 * try (FeatureMaps maps = new FeatureMaps(model, backend, layers)) {
 *   Tensor first = maps.of(pixels).get(layers.get(0)); // (C,H,W)
 * }
 * }</pre>
 */
public final class FeatureMaps implements AutoCloseable {
  private final Model model;
  private final Backend backend;
  private final List<Node> layers;
  private final ParameterStore parameters;
  private final Compiler.Inspection pass;
  private final Plan plan;

  /**
   * Places a model on a device.
   *
   * @param layers names of layers whose answers are images
   * @throws IllegalArgumentException if there is no such layer
   */
  public FeatureMaps(Model model, Backend backend, List<String> layers) {
    this.model = model;
    this.backend = backend;
    this.layers = layers.stream().map(name -> ImageLayers.named(model.network(), name)).toList();
    parameters = model.place(backend);
    try {
      Recording recording = new Recording();
      pass = Compiler.inspection(recording, parameters, 1);
      for (Node layer : this.layers) {
        if (!pass.values().containsKey(layer)) {
          throw new IllegalArgumentException(
              "layer %s: the network's output does not depend on it".formatted(layer.name()));
        }
        recording.output(pass.values().get(layer));
      }
      plan = new Plan(recording, new Arena(recording, backend), backend);
    } catch (RuntimeException | Error failure) {
      parameters.close();
      throw failure;
    }
  }

  /**
   * The names of all convolutions; the weight (K,C/groups,R,S) of one is the parameter {@code
   * NAME.weight}.
   *
   * @throws IllegalArgumentException if the network has none
   */
  public static List<String> convolutions(Network network) {
    return ImageLayers.convolutions(network).stream().map(Node::name).toList();
  }

  /**
   * For each convolution the layer where its answer is complete: the norm and the activation that
   * follow it alone, or itself.
   *
   * @throws IllegalArgumentException if the network has no convolution
   */
  public static List<String> ofConvolutions(Network network) {
    return ImageLayers.convolutions(network).stream()
        .map(convolution -> ImageLayers.followed(network, convolution).name())
        .distinct()
        .toList();
  }

  /**
   * The maps of an image.
   *
   * @param pixels values in [0,1], planar (C,H,W); normalised here as in training
   * @return by layer, in the order given: its channels, rows and columns (C,H,W)
   */
  public Map<String, Tensor> of(float[] pixels) {
    backend.write(model.normalized(pixels), plan.tensor(pass.input()));
    plan.run();
    Map<String, Tensor> maps = new LinkedHashMap<>();
    for (Node layer : layers) {
      Tensor map = Tensor.zeros(layer.shape());
      backend.read(plan.tensor(pass.values().get(layer)), map.data());
      maps.put(layer.name(), map);
    }
    return maps;
  }

  @Override
  public void close() {
    plan.close();
    parameters.close();
  }
}
