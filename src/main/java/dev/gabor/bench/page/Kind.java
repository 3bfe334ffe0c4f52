package dev.gabor.bench.page;

import dev.gabor.bench.Result;
import dev.gabor.bench.Subject;
import java.util.Set;

/** The families of operators that a picture tells apart by colour. */
enum Kind {
  FORWARD("convolution forward", "forward"),
  BACKWARD_DATA("backward data", "backward-data"),
  BACKWARD_WEIGHT("backward weight", "backward-weight"),
  ELEMENTWISE("element by element", "elementwise"),
  NORMALIZE("batch-norm, bias, pooling", "normalize"),
  LOSS("softmax, losses", "loss"),
  UPDATE("updates", "update");

  private static final Set<String> LOSSES =
      Set.of(
          "softmax",
          "log_softmax",
          "cross_entropy",
          "negative_log_likelihood",
          "mean_squared_error",
          "l1",
          "huber",
          "binary_cross_entropy",
          "count_correct");
  private static final Set<String> NORMALIZERS =
      Set.of(
          "batch_norm",
          "group_norm",
          "instance_norm",
          "layer_norm",
          "bias",
          "max_pool",
          "average_pool",
          "global_max_pool",
          "global_average_pool");

  private final String label;
  private final String style;

  Kind(String label, String style) {
    this.label = label;
    this.style = style;
  }

  /** The name in legends. */
  String label() {
    return label;
  }

  /** The name in the style sheet. */
  String style() {
    return style;
  }

  static boolean isConvolution(Result result) {
    return Set.of("conv2d", "conv_transpose2d", "dense").contains(result.subject().op());
  }

  /** Whether it is an operator that memory bounds. */
  static boolean isMemoryBound(Result result) {
    return !isConvolution(result)
        && !Set.of(Subject.CEILING, Subject.MODEL).contains(result.subject().op());
  }

  static Kind of(Result result) {
    String op = result.subject().op();
    if (isConvolution(result)) {
      return switch (result.subject().pass()) {
        case "backward_data" -> BACKWARD_DATA;
        case "backward_weight" -> BACKWARD_WEIGHT;
        default -> FORWARD;
      };
    }
    if (result.subject().pass().equals("update")) {
      return UPDATE;
    }
    if (LOSSES.contains(op)) {
      return LOSS;
    }
    return NORMALIZERS.contains(op) ? NORMALIZE : ELEMENTWISE;
  }
}
