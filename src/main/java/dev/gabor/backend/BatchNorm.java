package dev.gabor.backend;

/**
 * The sizes and settings of a batch normalisation (Ioffe and Szegedy 2015; PyTorch BatchNorm1d and
 * BatchNorm2d, ONNX BatchNormalization), with the two operations that usually follow it:
 *
 * <p>y = relu?(gamma[c] (x − mean[c]) / sqrt(variance[c] + epsilon) + beta[c] + z?).
 *
 * @param n images or samples
 * @param c channels
 * @param area H·W; 1 for features (N,C)
 * @param epsilon added to the variance, above 0
 * @param momentum the weight of the new value in the running statistics, 0 to 1
 * @param residual whether a tensor z is added before the ReLU
 * @param relu whether negative results become 0
 */
public record BatchNorm(
    int n, int c, int area, float epsilon, float momentum, boolean residual, boolean relu) {
  /** PyTorch's epsilon. */
  public static final float EPSILON = 1e-5f;

  /** PyTorch's momentum. */
  public static final float MOMENTUM = 0.1f;

  /** Checks sizes and settings. */
  public BatchNorm {
    Require.that(
        n >= 1 && c >= 1 && area >= 1,
        "batch-norm",
        "n, c, area are " + n + ", " + c + ", " + area + ", expected at least 1 each");
    Require.that(
        Math.multiplyFull(n, c) <= Integer.MAX_VALUE / area,
        "batch-norm",
        "n, c, area are " + n + ", " + c + ", " + area + ", more than 2^31 - 1 elements");
    Require.that(
        epsilon > 0 && Float.isFinite(epsilon),
        "batch-norm",
        "epsilon is " + epsilon + ", expected a finite number above 0");
    Require.that(
        momentum >= 0 && momentum <= 1,
        "batch-norm",
        "momentum is " + momentum + ", expected 0 to 1");
  }

  /** A plain batch-norm with PyTorch's epsilon and momentum. */
  public static BatchNorm of(int n, int c, int area) {
    return new BatchNorm(n, c, area, EPSILON, MOMENTUM, false, false);
  }

  /** The same with a tensor z added to the result. */
  public BatchNorm withResidual() {
    return new BatchNorm(n, c, area, epsilon, momentum, true, relu);
  }

  /** The same with a ReLU at the end. */
  public BatchNorm withRelu() {
    return new BatchNorm(n, c, area, epsilon, momentum, residual, true);
  }

  /**
   * Whether the gradients read y for the mask of the ReLU; without a residual x gives it, one
   * tensor less to read.
   */
  public boolean masksByResult() {
    return relu && residual;
  }

  /** The values of one channel: the rows of the matrix (N·H·W, C). */
  public int rows() {
    return n * area;
  }
}
