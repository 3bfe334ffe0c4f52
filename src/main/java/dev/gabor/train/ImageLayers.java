package dev.gabor.train;

import dev.gabor.nn.Network;
import dev.gabor.nn.Node;
import java.util.List;
import java.util.stream.Collectors;

/** Finds the layers of a network whose answers are images. */
final class ImageLayers {
  private static final String CONVOLUTION = "conv2d";

  private ImageLayers() {}

  /**
   * The layer of a name.
   *
   * @throws IllegalArgumentException if there is none, or its answer has no rows and columns
   */
  static Node named(Network network, String name) {
    Node found =
        network.nodes().stream()
            .filter(node -> node.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no layer %s, expected one of %s".formatted(name, names(network))));
    if (found.shape().rank() != 3) {
      throw new IllegalArgumentException(
          "layer %s gives features %s, expected a layer that gives images: one of %s"
              .formatted(name, found.shape(), names(network)));
    }
    return found;
  }

  private static String names(Network network) {
    return network.nodes().stream()
        .filter(node -> node.shape().rank() == 3)
        .map(Node::name)
        .collect(Collectors.joining(", "));
  }

  /**
   * All convolutions, inputs before their readers.
   *
   * @throws IllegalArgumentException if there is none
   */
  static List<Node> convolutions(Network network) {
    List<Node> convolutions =
        network.nodes().stream().filter(node -> node.operator().equals(CONVOLUTION)).toList();
    if (convolutions.isEmpty()) {
      throw new IllegalArgumentException("the network has no convolution");
    }
    return convolutions;
  }

  /** The last of a layer and of the norm and activation that follow it alone. */
  static Node followed(Network network, Node layer) {
    List<Node> readers =
        network.nodes().stream().filter(node -> node.inputs().contains(layer)).toList();
    boolean goesOn =
        readers.size() == 1
            && readers.get(0).inputs().size() == 1
            && readers.get(0).shape().equals(layer.shape())
            && !readers.get(0).operator().equals(CONVOLUTION);
    return goesOn ? followed(network, readers.get(0)) : layer;
  }

  /**
   * The last layer that still has the rows and columns of the last convolution of more than one
   * pixel: behind its norm, its activation and the end of its residual block.
   *
   * @throws IllegalArgumentException if there is no such convolution
   */
  static Node last(Network network) {
    List<Node> nodes = network.nodes();
    Node convolution =
        convolutions(network).stream()
            .filter(node -> pixels(node) > 1)
            .reduce((first, second) -> second)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the network has no convolution of more than one pixel"));
    return nodes.subList(nodes.indexOf(convolution), nodes.size()).stream()
        .filter(node -> sameRaster(node, convolution))
        .reduce((first, second) -> second)
        .orElse(convolution);
  }

  private static boolean sameRaster(Node node, Node other) {
    return node.shape().rank() == 3
        && node.shape().length(1) == other.shape().length(1)
        && node.shape().length(2) == other.shape().length(2);
  }

  private static long pixels(Node node) {
    return (long) node.shape().length(1) * node.shape().length(2);
  }
}
