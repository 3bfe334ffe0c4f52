package dev.gabor.nn;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A network as JSON, without weights: its layers in topological order.
 *
 * <pre>{@code
 * {"layers":[{"name":"input","operator":"input","shape":[1,28,28]},
 *            {"name":"conv1","operator":"conv2d","inputs":["input"],"settings":{"filters":32,…}}]}
 * }</pre>
 *
 * <p>{@code src/site/networks.md} lists every operator with its settings.
 */
public final class NetworkJson {
  private static final String INPUT = "input";
  private static final Set<String> INPUT_KEYS = Set.of("name", "operator", "shape");
  private static final Set<String> LAYER_KEYS = Set.of("name", "operator", "inputs", "settings");

  private NetworkJson() {}

  /** The layers with what makes each of them again; settings in alphabetical order. */
  public static JsonObject write(Network network) {
    JsonArray layers = new JsonArray();
    for (Node node : network.nodes()) {
      JsonObject layer = new JsonObject();
      layer.put("name", node.name());
      layer.put("operator", node.operator());
      if (node == network.input()) {
        layer.put("shape", new JsonArray(Arrays.stream(node.shape().toArray()).boxed().toList()));
      } else {
        layer.put("inputs", new JsonArray(node.inputs().stream().map(Node::name).toList()));
        layer.put("settings", new JsonObject(new TreeMap<>(node.settings())));
      }
      layers.add(layer);
    }
    JsonObject json = new JsonObject();
    json.put("layers", layers);
    return json;
  }

  /**
   * Reads what {@link #write} wrote, or a person.
   *
   * @throws IllegalArgumentException naming the layer and what is wrong with it
   */
  public static Network read(JsonObject json) {
    if (!(json.get("layers") instanceof JsonArray layers) || layers.isEmpty()) {
      throw new IllegalArgumentException(
          "network: expected a list of layers under \"layers\", found " + json.get("layers"));
    }
    LayerOrder order = new LayerOrder(layers);
    Map<String, Node> nodes = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      if (!(layers.get(i) instanceof JsonObject layer)) {
        throw new IllegalArgumentException(
            "network: layer %d: expected an object, found %s".formatted(i, layers.get(i)));
      }
      Node node = i == 0 ? input(layer) : layer(i, layer, nodes, order);
      if (nodes.put(node.name(), node) != null) {
        throw new IllegalArgumentException("network: two layers have the name " + node.name());
      }
    }
    return new Network(List.copyOf(nodes.values()));
  }

  private static Node input(JsonObject layer) {
    String name = text(0, layer, "name");
    refuseUnknown(name, layer, INPUT_KEYS);
    if (!INPUT.equals(layer.get("operator"))) {
      throw new IllegalArgumentException(
          "layer %s: the first layer: expected operator input, found %s"
              .formatted(name, layer.get("operator")));
    }
    JsonArray lengths = layer.get("shape") instanceof JsonArray array ? array : new JsonArray();
    if (lengths.size() != 1 && lengths.size() != 3) {
      throw new IllegalArgumentException(
          "layer %s: shape: expected [channels,rows,columns] or [features], found %s"
              .formatted(name, layer.get("shape")));
    }
    Map<String, Object> axes = new LinkedHashMap<>();
    for (int axis = 0; axis < lengths.size(); axis++) {
      axes.put("shape[" + axis + "]", lengths.get(axis));
    }
    Settings settings = new Settings(name, axes);
    int[] shape = axes.keySet().stream().mapToInt(settings::integer).toArray();
    if (Arrays.stream(shape).anyMatch(length -> length < 1)) {
      throw new IllegalArgumentException(
          "layer %s: shape: every length must be at least 1, found %s"
              .formatted(name, Arrays.toString(shape)));
    }
    return new InputNode(name, Shape.of(shape));
  }

  private static Node layer(
      int index, JsonObject layer, Map<String, Node> before, LayerOrder order) {
    String name = text(index, layer, "name");
    String operator = text(index, layer, "operator");
    if (Operators.names().contains(operator)) {
      refuseUnknown(name, layer, LAYER_KEYS);
    }
    List<Node> inputs = new ArrayList<>();
    if (layer.get("inputs") instanceof JsonArray names) {
      for (Object input : names) {
        Node node = input instanceof String text ? before.get(text) : null;
        if (node == null) {
          throw order.refusal(name, input, before.keySet());
        }
        inputs.add(node);
      }
    }
    Object settings = layer.getOrDefault("settings", new JsonObject());
    if (!(settings instanceof JsonObject values)) {
      throw new IllegalArgumentException(
          "layer %s: settings: expected an object, found %s".formatted(name, settings));
    }
    return Operators.read(operator, name, inputs, new Settings(name, values));
  }

  /** A misspelt key must not pass for an absent one. */
  private static void refuseUnknown(String name, JsonObject layer, Set<String> known) {
    for (String key : layer.keySet()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "layer %s: unknown key %s, expected one of %s"
                .formatted(name, key, new TreeSet<>(known)));
      }
    }
  }

  private static String text(int index, JsonObject layer, String key) {
    if (layer.get(key) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new IllegalArgumentException(
        "network: layer %d: %s: expected text, found %s".formatted(index, key, layer.get(key)));
  }
}
