package dev.gabor.nn;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The operators that a saved network may name, each with the way to read it. */
final class Operators {
  /** Makes a node from what was saved. */
  @FunctionalInterface
  interface Reader {
    Node read(String name, List<Node> inputs, Settings settings);
  }

  private record Entry(int inputs, Reader reader) {}

  private static final int ANY = -1;

  private static final Map<String, Entry> ENTRIES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("activation", new Entry(1, ActivationNode::read)),
              Map.entry("add", new Entry(2, AddNode::read)),
              Map.entry("custom_activation", new Entry(1, CustomActivationNode::read)),
              Map.entry("conv2d", new Entry(1, ConvolutionNode::readConv2d)),
              Map.entry("conv_transpose2d", new Entry(1, TransposedConvolutionNode::read)),
              Map.entry("dense", new Entry(1, ConvolutionNode::readDense)),
              Map.entry("batch_norm", new Entry(1, BatchNormNode::read)),
              Map.entry("group_norm", new Entry(1, GroupNormNode::readGroupNorm)),
              Map.entry("instance_norm", new Entry(1, GroupNormNode::readInstanceNorm)),
              Map.entry("layer_norm", new Entry(1, GroupNormNode::readLayerNorm)),
              Map.entry("dropout", new Entry(1, DropoutNode::read)),
              Map.entry("multiply", new Entry(2, MultiplyNode::read)),
              Map.entry("concat", new Entry(ANY, ConcatNode::read)),
              Map.entry("flatten", new Entry(1, FlattenNode::read)),
              Map.entry("pad", new Entry(1, PadNode::read)),
              Map.entry("pool", new Entry(1, PoolNode::read)),
              Map.entry("global_pool", new Entry(1, GlobalPoolNode::read)),
              Map.entry("log_softmax", new Entry(1, SoftmaxNode::readLogarithm)),
              Map.entry("softmax", new Entry(1, SoftmaxNode::read))));

  private Operators() {}

  /** All names, in alphabetical order. */
  static Set<String> names() {
    return ENTRIES.keySet();
  }

  /** Makes the node of a saved layer. */
  static Node read(String operator, String name, List<Node> inputs, Settings settings) {
    Entry entry = ENTRIES.get(operator);
    if (entry == null) {
      throw new IllegalArgumentException(
          "layer " + name + ": unknown operator " + operator + ", expected one of " + names());
    }
    if (inputs.isEmpty() || (entry.inputs() != ANY && inputs.size() != entry.inputs())) {
      throw new IllegalArgumentException(
          "layer "
              + name
              + " ("
              + operator
              + "): "
              + inputs.size()
              + " inputs, expected "
              + (entry.inputs() == ANY ? "at least 1" : entry.inputs()));
    }
    Node node = entry.reader().read(name, inputs, settings);
    settings.refuseUnread();
    return node;
  }
}
