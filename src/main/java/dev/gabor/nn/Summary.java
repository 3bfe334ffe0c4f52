package dev.gabor.nn;

import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a network consists of, layer by layer.
 *
 * @param batch the number of samples that the activations are counted for
 * @param layers one line a layer, the input first
 * @param remarks what a reader may want to change, one line each
 */
public record Summary(int batch, List<Layer> layers, List<String> remarks) {
  /** Batch-norm over fewer values of a channel is remarked on. */
  private static final int LEAST_VALUES = 8;

  private static final String ROW = "%-18s %-17s %-14s %12s %14s%n";

  /**
   * One layer.
   *
   * @param shape of one sample of its output
   * @param parameters the number of trained elements
   * @param statistics the number of elements kept without training: running mean and variance
   * @param activationBytes of the output of a batch, in floats
   */
  public record Layer(
      String name,
      String operator,
      Shape shape,
      long parameters,
      long statistics,
      long activationBytes) {}

  /** Copies the lists. */
  public Summary {
    layers = List.copyOf(layers);
    remarks = List.copyOf(remarks);
  }

  /** Counts a network for a batch size of at least 1. */
  public static Summary of(Network network, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException("summary: batch size " + batch + ", expected at least 1");
    }
    List<Layer> layers = network.nodes().stream().map(node -> layer(node, batch)).toList();
    return new Summary(batch, layers, remarks(network, batch));
  }

  /** The number of trained elements of all layers. */
  public long parameters() {
    return layers.stream().mapToLong(Layer::parameters).sum();
  }

  /** The number of elements kept without training. */
  public long statistics() {
    return layers.stream().mapToLong(Layer::statistics).sum();
  }

  /**
   * The bytes of all layers' outputs for a batch. A plan needs less at inference, where outputs
   * share bytes, and for training the gradients besides.
   */
  public long activationBytes() {
    return layers.stream().mapToLong(Layer::activationBytes).sum();
  }

  /** The totals in one line. */
  public String totals() {
    return String.format(
        Locale.ROOT,
        "%d layers, %,d parameters, %,d running statistics, %s of activations at batch %d",
        layers.size(),
        parameters(),
        statistics(),
        size(activationBytes()),
        batch);
  }

  /** A table with a line a layer, the totals and the remarks. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(String.format(ROW, "layer", "operator", "output", "parameters", "activations"));
    for (Layer layer : layers) {
      String parameters = String.format(Locale.ROOT, "%,d", layer.parameters);
      String memory = size(layer.activationBytes);
      text.append(String.format(ROW, layer.name, layer.operator, layer.shape, parameters, memory));
    }
    text.append(totals());
    remarks.forEach(remark -> text.append(System.lineSeparator()).append(remark));
    return text.toString();
  }

  private static Layer layer(Node node, int batch) {
    return new Layer(
        node.name(),
        node.operator(),
        node.shape(),
        elements(node, true),
        elements(node, false),
        Math.multiplyExact(node.shape().size(), (long) batch * Float.BYTES));
  }

  private static long elements(Node node, boolean trained) {
    return node.parameters().stream()
        .filter(parameter -> parameter.trains() == trained)
        .mapToLong(parameter -> parameter.shape().size())
        .sum();
  }

  private static List<String> remarks(Network network, int batch) {
    List<String> remarks = new ArrayList<>(manyFilters(network));
    remarks.addAll(fewValues(network, batch));
    return remarks;
  }

  /** Mean and variance of a handful of values say little about the next batch. */
  private static List<String> fewValues(Network network, int batch) {
    return network.nodes().stream()
        .filter(node -> node.operator().equals("batch_norm"))
        .filter(node -> valuesAChannel(node, batch) < LEAST_VALUES)
        .map(
            node ->
                ("remark: %s normalises over %d values a channel (batch %d of %s) where %d are the"
                        + " least that serve: take a larger batch, or group-norm (groupNorm(groups)),"
                        + " which does not look at the batch")
                    .formatted(
                        node.name(),
                        valuesAChannel(node, batch),
                        batch,
                        node.shape(),
                        LEAST_VALUES))
        .toList();
  }

  private static long valuesAChannel(Node node, int batch) {
    return batch * node.shape().size() / node.shape().length(0);
  }

  /** More filters than a filter has elements cannot be linearly independent. */
  private static List<String> manyFilters(Network network) {
    return network.nodes().stream()
        .filter(node -> node.operator().equals("conv2d"))
        .filter(node -> node.inputs().contains(network.input()))
        .map(node -> Map.entry(node.name(), node.parameters().get(0).shape()))
        .filter(conv -> conv.getValue().length(0) > filterElements(conv.getValue()))
        .map(conv -> remark(conv.getKey(), conv.getValue()))
        .toList();
  }

  private static long filterElements(Shape weight) {
    return weight.size() / weight.length(0);
  }

  private static String remark(String layer, Shape weight) {
    return ("remark: %s asks for %d filters, but one has only %dx%dx%d = %d elements:"
            + " more than %d are linear combinations of each other")
        .formatted(
            layer,
            weight.length(0),
            weight.length(2),
            weight.length(3),
            weight.length(1),
            filterElements(weight),
            filterElements(weight));
  }

  private static String size(long bytes) {
    if (bytes < 1 << 20) {
      return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
    }
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
