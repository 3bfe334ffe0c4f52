package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * Losses with their gradients, and the numbers that a training step reports. PyTorch:
 * cross_entropy, nll_loss, mse_loss, l1_loss, huber_loss, binary_cross_entropy_with_logits, all
 * with reduction "mean"; ONNX: SoftmaxCrossEntropyLoss, NegativeLogLikelihoodLoss.
 *
 * <p>Losses of classes take predictions (N,C) plain and a target (N) plain: class numbers 0 to C-1
 * as floats, exact up to 2^24. What the target holds cannot be refused here: a class outside 0 to
 * C-1 makes that sample's loss and gradient NaN. Cross-entropy also takes a target (N,C) of
 * probabilities.
 *
 * <p>With {@link Loss#classWeights() class weights} w, a sample of class t has the loss N w_t l / Σ
 * w over the classes of all samples of the batch, so that the mean over the batch is PyTorch's; in
 * label smoothing each class counts its own weight. A target that is no class adds 0 to that sum.
 * With a target of probabilities the term of class c counts w_c and nothing is divided.
 *
 * <p>The other losses take predictions (N,…), images or plain, and a target of that shape and
 * layout.
 */
public abstract class LossOps {
  /**
   * The loss of every sample; their mean is the loss of the batch.
   *
   * @param prediction (N,C) or (N,…)
   * @param target (N), or the prediction's shape
   * @param losses (N) plain, overwritten
   */
  public final Step forward(
      Loss loss, DeviceTensor prediction, DeviceTensor target, DeviceTensor losses) {
    check("loss forward", loss, prediction, target, losses);
    return bind(loss, prediction, target, losses, DeviceTensor.NONE);
  }

  /**
   * The loss of every sample, and the gradient of their mean over the batch, in one pass.
   *
   * @param prediction (N,C) or (N,…)
   * @param target (N), or the prediction's shape
   * @param losses (N) plain, overwritten
   * @param dprediction the prediction's shape, overwritten; may be the prediction itself
   */
  public final Step forwardBackward(
      Loss loss,
      DeviceTensor prediction,
      DeviceTensor target,
      DeviceTensor losses,
      DeviceTensor dprediction) {
    check("loss backward", loss, prediction, target, losses);
    Require.like("loss backward", "dprediction", dprediction, prediction);
    return bind(loss, prediction, target, losses, dprediction);
  }

  /**
   * 1 for every sample whose largest prediction (the first of equals) is its class, else 0.
   *
   * @param prediction (N,C) plain
   * @param target (N) plain class numbers, or (N,C) plain probabilities: the class is the largest
   * @param correct (N) plain, overwritten
   */
  public final Step countCorrect(
      DeviceTensor prediction, DeviceTensor target, DeviceTensor correct) {
    String operation = "count correct";
    matrix(operation, prediction);
    classesOrProbabilities(operation, prediction, target);
    vector(operation, "correct", correct, prediction.shape().length(0));
    return bindCountCorrect(prediction, target, correct);
  }

  /**
   * Keeps the numbers of a step on the device, so that the host may look at many steps at once:
   * history[step % slots] = (mean of losses, sum of correct). The step is read at each run.
   *
   * @param losses (N) plain
   * @param correct (N) plain, or absent, which counts 0
   * @param random says which step is run
   * @param history (slots,2) plain; one row overwritten
   */
  public final Step summarize(
      DeviceTensor losses, DeviceTensor correct, RandomState random, DeviceTensor history) {
    String operation = "summarize";
    Require.present(operation, "losses", losses);
    Require.that(
        losses.shape().rank() == 1,
        operation,
        "losses has shape " + losses.shape() + ", expected (N)");
    vector(operation, "losses", losses, losses.shape().length(0));
    if (correct.isPresent()) {
      vector(operation, "correct", correct, losses.shape().length(0));
    }
    Require.present(operation, "history", history);
    Require.that(
        history.shape().rank() == 2 && history.shape().length(1) == 2,
        operation,
        "history has shape " + history.shape() + ", expected (slots,2)");
    plain(operation, "history", history);
    return bindSummarize(losses, correct, random, history);
  }

  private static void check(
      String operation,
      Loss loss,
      DeviceTensor prediction,
      DeviceTensor target,
      DeviceTensor losses) {
    if (loss.isOfClasses()) {
      matrix(operation, prediction);
      int weights = loss.classWeights().size();
      Require.that(
          weights == 0 || weights == prediction.shape().length(1),
          operation,
          "%d class weights, expected one for each class of %s"
              .formatted(weights, prediction.shape()));
    } else {
      Require.present(operation, "prediction", prediction);
      Require.that(
          prediction.shape().rank() >= 1 && prediction.layout() != Layout.FILTER,
          operation,
          "prediction "
              + prediction.shape()
              + " in layout "
              + prediction.layout()
              + ", expected samples (N,…), images or plain");
    }
    if (loss.kind() == Loss.Kind.CROSS_ENTROPY) {
      classesOrProbabilities(operation, prediction, target);
    } else if (loss.isOfClasses()) {
      vector(operation, "target", target, prediction.shape().length(0));
    } else {
      Require.like(operation, "target", target, prediction);
    }
    vector(operation, "losses", losses, prediction.shape().length(0));
  }

  private static void matrix(String operation, DeviceTensor prediction) {
    Require.present(operation, "prediction", prediction);
    Require.that(
        prediction.shape().rank() == 2,
        operation,
        "prediction has shape " + prediction.shape() + ", expected (N,C)");
    plain(operation, "prediction", prediction);
  }

  private static void classesOrProbabilities(
      String operation, DeviceTensor prediction, DeviceTensor target) {
    Require.present(operation, "target", target);
    Shape classes = Shape.of(prediction.shape().length(0));
    Require.that(
        target.shape().equals(classes) || target.shape().equals(prediction.shape()),
        operation,
        "target has shape "
            + target.shape()
            + ", expected classes "
            + classes
            + " or probabilities "
            + prediction.shape());
    plain(operation, "target", target);
  }

  private static void vector(String operation, String name, DeviceTensor tensor, int length) {
    Require.shape(operation, name, tensor, Shape.of(length));
    plain(operation, name, tensor);
  }

  private static void plain(String operation, String name, DeviceTensor tensor) {
    Require.that(
        tensor.layout() == Layout.PLAIN,
        operation,
        name + " has layout " + tensor.layout() + ", expected PLAIN");
  }

  /** Binds the losses, and their gradient where dprediction is present. */
  protected abstract Step bind(
      Loss loss,
      DeviceTensor prediction,
      DeviceTensor target,
      DeviceTensor losses,
      DeviceTensor dprediction);

  /** Binds the comparison of the largest prediction with the class. */
  protected abstract Step bindCountCorrect(
      DeviceTensor prediction, DeviceTensor target, DeviceTensor correct);

  /** Binds the mean loss and the number correct of one step. */
  protected abstract Step bindSummarize(
      DeviceTensor losses, DeviceTensor correct, RandomState random, DeviceTensor history);
}
