package dev.gabor.bench;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.Loss;
import dev.gabor.tensor.Shape;

/** The operators on features, one row a sample. */
final class FeatureCases {
  private final CaseTable table;

  private FeatureCases(CaseTable table) {
    this.table = table;
  }

  static void addTo(CaseTable table) {
    FeatureCases cases = new FeatureCases(table);
    cases.softmax();
    cases.layerNorm();
    cases.losses();
  }

  private void softmax() {
    table.onFeatures("softmax", "forward", 2, 5, (b, in) -> b.softmax().forward(f(in), f(in)));
    table.onFeatures(
        "softmax", "backward", 3, 4, (b, in) -> b.softmax().backward(f(in), f(in), f(in)));
    table.onFeatures(
        "log_softmax", "forward", 2, 5, (b, in) -> b.softmax().logForward(f(in), f(in)));
    table.onFeatures(
        "log_softmax", "backward", 3, 4, (b, in) -> b.softmax().logBackward(f(in), f(in), f(in)));
  }

  private void layerNorm() {
    Shape features = table.scale().features();
    table.groupNorm(
        "layer_norm", features, GroupNorm.layer(features.length(0), features.length(1)));
  }

  private void losses() {
    loss("cross_entropy", Loss.crossEntropy(), 7);
    loss("negative_log_likelihood", Loss.negativeLogLikelihood(), 0);
    loss("mean_squared_error", Loss.meanSquaredError(), 5);
    loss("l1", Loss.l1(), 4);
    loss("huber", Loss.huber(), 6);
    loss("binary_cross_entropy", Loss.binaryCrossEntropyWithLogits(), 9);
    int n = table.scale().features().length(0);
    table.onFeatures(
        "count_correct",
        "forward",
        1,
        1,
        (b, in) -> b.loss().countCorrect(f(in), classes(in), in.random(n)));
  }

  /**
   * Losses of classes read the predictions, the likelihood one of each sample, and write their
   * gradient; others read targets, too.
   */
  private void loss(String name, Loss loss, int flops) {
    int n = table.scale().features().length(0);
    boolean classes = loss.takesClasses();
    table.onFeatures(
        name,
        "forward_backward",
        tensors(loss),
        flops,
        (b, in) ->
            b.loss()
                .forwardBackward(loss, f(in), classes ? classes(in) : f(in), in.random(n), f(in)));
  }

  private static int tensors(Loss loss) {
    return switch (loss.kind()) {
      case NEGATIVE_LOG_LIKELIHOOD -> 1;
      case CROSS_ENTROPY -> 2;
      default -> 3;
    };
  }

  private DeviceTensor classes(Inputs inputs) {
    return inputs.classes(table.scale().features().length(0), table.scale().features().length(1));
  }

  private DeviceTensor f(Inputs inputs) {
    return table.f(inputs);
  }
}
