package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.BatchNormPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rewrites a network before it is recorded, so that memory is walked through less often; the only
 * place that fuses. Parameters stay the same objects. Where a node has one reader only:
 *
 * <ul>
 *   <li>convolution or dense, then an activation whose slope follows from its output: one
 *       operation;
 *   <li>training: batch-norm, then a sum with another value or none, then ReLU: one operation;
 *   <li>training: batch-norm, then ReLU, then a maximum over small windows side by side: one
 *       operation;
 *   <li>inference, and where training changes nothing: convolution, then batch-norm, then an
 *       activation or none: one convolution;
 *   <li>a node that nobody reads is left out.
 * </ul>
 */
final class Fusion {
  private final Network network;
  private final boolean training;
  private final Set<Node> constant;
  private final Map<Node, Integer> readers = new HashMap<>();
  private final Set<Node> absorbed = new HashSet<>();

  private Fusion(Network network, boolean training, Set<Node> constant) {
    this.network = network;
    this.training = training;
    this.constant = constant;
    List<Node> nodes = network.nodes();
    readers.put(network.output(), 1);
    for (int i = nodes.size() - 1; i > 0; i--) {
      if (isRead(nodes.get(i))) {
        nodes.get(i).inputs().forEach(input -> readers.merge(input, 1, Integer::sum));
      }
    }
  }

  /**
   * A node to record.
   *
   * @param node itself, or what several nodes became
   * @param standsFor the node of the network whose value it gives
   */
  record Fused(Node node, Node standsFor) {}

  /**
   * The nodes to record for training or for inference, without the input, inputs before their
   * readers.
   *
   * @param constant what training does not change, closed under inputs
   */
  static List<Fused> rewrite(Network network, boolean training, Set<Node> constant) {
    return new Fusion(network, training, constant).rewrite();
  }

  /** The nodes as they are, without the input and those that nobody reads. */
  static List<Fused> none(Network network) {
    Fusion fusion = new Fusion(network, false, Set.of());
    return network.nodes().stream()
        .skip(1)
        .filter(fusion::isRead)
        .map(node -> new Fused(node, node))
        .toList();
  }

  private List<Fused> rewrite() {
    List<Node> nodes = network.nodes();
    Deque<Fused> kept = new ArrayDeque<>();
    for (int i = nodes.size() - 1; i > 0; i--) {
      Node node = nodes.get(i);
      if (isRead(node) && !absorbed.contains(node)) {
        kept.push(new Fused(chainEndingAt(node).orElse(node), node));
      }
    }
    return List.copyOf(kept);
  }

  private Optional<Node> chainEndingAt(Node last) {
    if (last instanceof PoolNode pool) {
      return intoPool(pool);
    }
    Activation activation = Activation.IDENTITY;
    List<Node> before = new ArrayList<>();
    Node node = last;
    if (last instanceof ActivationNode function) {
      activation = function.activation();
      node = last.inputs().get(0);
      if (!isReadOnce(node)) {
        return Optional.empty();
      }
      before.add(node);
    }
    if (node instanceof ConvolutionNode convolution) {
      return intoConvolution(convolution, before, activation);
    }
    if (node instanceof BatchNormNode norm) {
      return intoNorm(norm, before, activation);
    }
    return node instanceof AddNode sum ? intoSum(sum, before, activation) : Optional.empty();
  }

  private Optional<Node> intoConvolution(
      ConvolutionNode convolution, List<Node> before, Activation activation) {
    boolean fits =
        !before.isEmpty() && (!training || activation.backwardReads() == Activation.Reads.OUTPUT);
    return fits ? absorb(before, convolution.with(activation)) : Optional.empty();
  }

  private Optional<Node> intoNorm(BatchNormNode norm, List<Node> before, Activation activation) {
    Node input = norm.inputs().get(0);
    boolean folds = !training || constant.contains(norm);
    if (folds && input instanceof ConvolutionNode convolution && isReadOnce(convolution)) {
      before.add(convolution);
      return absorb(before, new FoldedConvolutionNode(convolution, norm, activation));
    }
    return isRelu(activation) ? absorb(before, norm.fused(Optional.empty())) : Optional.empty();
  }

  private Optional<Node> intoSum(AddNode sum, List<Node> before, Activation activation) {
    if (!training || !isRelu(activation)) {
      return Optional.empty();
    }
    for (int side = 0; side < 2; side++) {
      Node other = sum.inputs().get(1 - side);
      if (sum.inputs().get(side) instanceof BatchNormNode norm
          && isReadOnce(norm)
          && other != norm) {
        before.add(norm);
        return absorb(before, norm.fused(Optional.of(other)));
      }
    }
    return Optional.empty();
  }

  private Optional<Node> intoPool(PoolNode pool) {
    boolean fits =
        training
            && BatchNormPool.fits(pool.window())
            && pool.inputs().get(0) instanceof ActivationNode function
            && isRelu(function.activation())
            && isReadOnce(function)
            && function.inputs().get(0) instanceof BatchNormNode norm
            && isReadOnce(norm)
            && !constant.contains(norm);
    if (!fits) {
      return Optional.empty();
    }
    Node function = pool.inputs().get(0);
    BatchNormNode norm = (BatchNormNode) function.inputs().get(0);
    return absorb(
        List.of(function, norm), new BatchNormPoolNode(norm.fused(Optional.empty()), pool));
  }

  private Optional<Node> absorb(List<Node> nodes, Node into) {
    absorbed.addAll(nodes);
    return Optional.of(into);
  }

  private static boolean isRelu(Activation activation) {
    return activation.kind() == Activation.Kind.RELU;
  }

  private boolean isRead(Node node) {
    return readers.getOrDefault(node, 0) > 0;
  }

  private boolean isReadOnce(Node node) {
    return readers.getOrDefault(node, 0) == 1;
  }
}
