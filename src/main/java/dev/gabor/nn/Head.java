package dev.gabor.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The last layer with parameters, which makes the classes: found, and replaced. */
final class Head {
  /** What the setting is called that says how many outputs a layer has. */
  private static final Map<String, String> SIZES = Map.of("dense", "units", "conv2d", "filters");

  private Head() {}

  /**
   * The dense layer or convolution that the output comes from through layers without parameters.
   */
  static Node of(Network network) {
    Node node = network.output();
    while (node.parameters().isEmpty() && node.inputs().size() == 1) {
      node = node.inputs().get(0);
    }
    if (!SIZES.containsKey(node.operator())) {
      throw new IllegalArgumentException(
          "network: its head is %s: expected a dense layer or a convolution".formatted(node));
    }
    return node;
  }

  /** The network with a head of so many outputs, and the layers behind it made again. */
  static Network replaced(Network network, int classes) {
    if (classes < 1) {
      throw new IllegalArgumentException(
          "network: %d classes, expected at least 1".formatted(classes));
    }
    Node head = of(network);
    Map<Node, Node> changed = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : network.nodes()) {
      Map<String, Object> settings = new LinkedHashMap<>(node.settings());
      if (node == head) {
        settings.put(SIZES.get(node.operator()), classes);
      }
      if (node == head || node.inputs().stream().anyMatch(changed::containsKey)) {
        changed.put(node, again(node, changed, settings));
      }
      nodes.add(changed.getOrDefault(node, node));
    }
    return new Network(nodes);
  }

  private static Node again(Node node, Map<Node, Node> changed, Map<String, Object> settings) {
    List<Node> inputs =
        node.inputs().stream().map(input -> changed.getOrDefault(input, input)).toList();
    return Operators.read(
        node.operator(), node.name(), inputs, new Settings(node.name(), settings));
  }
}
