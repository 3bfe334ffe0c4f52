package dev.gabor.golden;

import com.grack.nanojson.JsonObject;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Scratch;
import dev.gabor.nn.GraphRun;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkJson;
import dev.gabor.nn.Parameter;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One pass through a network of one or a few layers.
 *
 * @param training forward and backward; else inference
 * @param parameters by name
 * @param x the samples
 * @param dy the gradient of the output
 */
public record LayerCase(
    String name,
    Network network,
    boolean training,
    Map<String, Tensor> parameters,
    Tensor x,
    Tensor dy)
    implements GoldenCase {
  /** A case with random numbers in [-1, 1]; running variances are in [1/2, 3/2]. */
  public static LayerCase random(String name, Network network, int batch, boolean training) {
    return new LayerCase(
        name,
        network,
        training,
        randomParameters(network),
        random(network.input().shape().batched(batch), 1),
        random(network.output().shape().batched(batch), 2));
  }

  /** Random values for every parameter, each with a seed of its own. */
  static Map<String, Tensor> randomParameters(Network network) {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters()) {
      Shape shape = parameter.shape();
      Tensor value = random(shape, 10 + parameters.size());
      if (parameter.name().endsWith("running_var")) {
        for (int i = 0; i < value.data().length; i++) {
          value.data()[i] = 1 + value.data()[i] / 2;
        }
      }
      parameters.put(parameter.name(), value);
    }
    return parameters;
  }

  /** Random numbers in [-1, 1] of two decimals, which keeps the files small. */
  public static Tensor random(Shape shape, long seed) {
    Tensor tensor = Scratch.random(shape, seed);
    for (int i = 0; i < tensor.data().length; i++) {
      tensor.data()[i] = Math.round(100 * tensor.data()[i]) / 100f;
    }
    return tensor;
  }

  @Override
  public Map<String, Tensor> answer(Backend backend) {
    return training
        ? GraphRun.train(network, parameters, x, dy, backend)
        : GraphRun.infer(network, parameters, x, backend);
  }

  @Override
  public float bound() {
    return 1e-5f;
  }

  @Override
  public JsonObject write() {
    JsonObject json = new JsonObject();
    json.put("type", "layer");
    json.put("name", name);
    json.put("training", training);
    json.put("network", NetworkJson.write(network));
    json.put("parameters", TensorJson.writeAll(parameters));
    json.put("x", TensorJson.write(x));
    json.put("dy", TensorJson.write(dy));
    return json;
  }

  static LayerCase read(JsonObject json) {
    return new LayerCase(
        json.getString("name"),
        NetworkJson.read(json.getObject("network")),
        json.getBoolean("training"),
        TensorJson.readAll(json.getObject("parameters")),
        TensorJson.read(json.getObject("x")),
        TensorJson.read(json.getObject("dy")));
  }
}
