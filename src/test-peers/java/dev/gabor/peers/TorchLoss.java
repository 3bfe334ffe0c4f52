package dev.gabor.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.backend.Loss;

/**
 * Losses put together from PyTorch's arithmetic, for DJL does not pass on its loss functions; their
 * gradients are autograd's.
 */
final class TorchLoss {
  private TorchLoss() {}

  /**
   * The loss of every sample.
   *
   * @param prediction (N,C)
   * @param target probabilities or values, the prediction's shape; classes are one-hot
   */
  static PtNDArray perSample(Loss loss, PtNDArray prediction, PtNDArray target) {
    NDArray difference = prediction.sub(target);
    int[] features = {1};
    NDArray losses =
        switch (loss.kind()) {
          case CROSS_ENTROPY -> {
            double smoothing = loss.parameter();
            long classes = prediction.getShape().get(1);
            NDArray smooth = target.mul(1 - smoothing).add(smoothing / classes);
            yield prediction.logSoftmax(1).mul(smooth).sum(features).neg();
          }
          case NEGATIVE_LOG_LIKELIHOOD -> prediction.mul(target).sum(features).neg();
          case MEAN_SQUARED_ERROR -> difference.square().mean(features);
          case L1 -> difference.abs().mean(features);
          case HUBER -> huber(difference, loss.parameter()).mean(features);
          case BINARY_CROSS_ENTROPY_WITH_LOGITS -> {
            // The mean of -t log σ(x) - (1 - t) log σ(-x), whose logarithms are log-softmaxes.
            NDArray zero = prediction.zerosLike();
            NDArray pair =
                NDArrays.stack(new ai.djl.ndarray.NDList(prediction, zero)).logSoftmax(0);
            NDArray yes = pair.get(0).mul(target);
            NDArray no = pair.get(1).mul(target.neg().add(1));
            yield yes.add(no).neg().mean(features);
          }
        };
    return (PtNDArray) losses;
  }

  private static NDArray huber(NDArray difference, float delta) {
    NDArray size = difference.abs();
    NDArray linear = size.sub(delta / 2).mul(delta);
    return NDArrays.where(size.lte(delta), difference.square().div(2), linear);
  }

  /**
   * The mean cross-entropy of a batch.
   *
   * @param logits (N,C)
   * @param classes (N,1) of 64-bit integers
   */
  static PtNDArray crossEntropy(PtNDArray logits, PtNDArray classes) {
    PtNDArray logarithms = logits.logSoftmax(1);
    return JniUtils.pick(logarithms, classes, 1).mean().neg();
  }

  /** Class numbers (N) as rows with a single 1. */
  static PtNDArray oneHot(PtNDArray classes, int count) {
    return (PtNDArray)
        classes
            .toType(ai.djl.ndarray.types.DataType.INT64, false)
            .oneHot(count)
            .reshape(new Shape(-1, count));
  }
}
