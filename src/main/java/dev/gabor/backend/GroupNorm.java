package dev.gabor.backend;

/**
 * The sizes of a normalisation that looks at one sample at a time (Wu and He 2018; PyTorch
 * GroupNorm, ONNX GroupNormalization): the channels of a sample fall into groups of neighbours, and
 * each group gets mean 0 and variance 1.
 *
 * <p>Two others are special cases. Instance-norm (Ulyanov, Vedaldi and Lempitsky 2016; PyTorch
 * InstanceNorm2d, ONNX InstanceNormalization) has a group for each channel. Layer-norm (Ba, Kiros
 * and Hinton 2016; PyTorch LayerNorm, ONNX LayerNormalization) has one group, and a weight for each
 * element instead of each channel: it counts every element of an image as a channel, {@link
 * #layer}.
 *
 * @param n images or samples
 * @param c channels, each with a weight and a bias of its own where there are any
 * @param area elements of a channel: H·W, or 1 for features (N,C)
 * @param groups divides c
 * @param epsilon added to the variance, above 0
 */
public record GroupNorm(int n, int c, int area, int groups, float epsilon) {
  /** PyTorch's epsilon. */
  public static final float EPSILON = 1e-5f;

  private static final String NAME = "group-norm";

  /** Checks sizes and settings. */
  public GroupNorm {
    Require.that(
        n >= 1 && c >= 1 && area >= 1,
        NAME,
        "n, c, area are %d, %d, %d, expected at least 1 each".formatted(n, c, area));
    Require.that(
        Math.multiplyFull(n, c) <= Integer.MAX_VALUE / area,
        NAME,
        "n, c, area are %d, %d, %d, more than 2^31 - 1 elements".formatted(n, c, area));
    Require.that(
        groups >= 1 && c % groups == 0,
        NAME,
        "%d groups of %d channels, expected a divisor".formatted(groups, c));
    Require.that(
        c / groups * area > 1,
        NAME,
        "a group has 1 element, which says nothing about a variance: expected fewer groups than %d"
            .formatted(c));
    Require.that(
        epsilon > 0 && Float.isFinite(epsilon),
        NAME,
        "epsilon is " + epsilon + ", expected a finite number above 0");
  }

  /** A group-norm with PyTorch's epsilon. */
  public static GroupNorm of(int n, int c, int area, int groups) {
    return new GroupNorm(n, c, area, groups, EPSILON);
  }

  /** A layer-norm of samples of so many elements, with PyTorch's epsilon. */
  public static GroupNorm layer(int n, int elements) {
    return of(n, elements, 1, 1);
  }

  /** The channels of a group. */
  public int groupChannels() {
    return c / groups;
  }

  /** The elements that a mean is taken of. */
  public int groupSize() {
    return groupChannels() * area;
  }
}
