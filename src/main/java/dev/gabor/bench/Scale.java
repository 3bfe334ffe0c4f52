package dev.gabor.bench;

import dev.gabor.backend.Convolution;
import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * The sizes of what is measured when nobody names any.
 *
 * @param images (N,C,H,W) of batch-norm, pooling, activations and the like
 * @param features (N,C) of softmax and losses
 * @param parameters that an optimizer updates
 * @param streamBytes the largest array for bandwidths, to be larger than all caches
 * @param rounds at most, of the ceilings that do not look at memory
 * @param dense the layers of (N,C,K)
 * @param batchDivisor by which the images of convolution tables are divided
 */
public record Scale(
    Shape images,
    Shape features,
    int parameters,
    long streamBytes,
    int rounds,
    int batchDivisor,
    List<Convolution> dense) {
  /**
   * For OpenCL devices: no tensor of an operator fits the last cache, not even between two runs.
   */
  public static final Scale NORMAL =
      new Scale(
          Shape.of(32, 64, 112, 112),
          Shape.of(16384, 1000),
          1 << 24,
          1L << 28,
          4096,
          1,
          List.of(Convolution.dense(128, 2048, 1000), Convolution.dense(128, 4096, 4096)));

  /** For the CPU reference. */
  public static final Scale SMALL =
      new Scale(
          Shape.of(4, 64, 56, 56),
          Shape.of(512, 1000),
          1 << 20,
          1L << 26,
          512,
          8,
          List.of(Convolution.dense(16, 512, 1000)));

  /** Copies the list. */
  public Scale {
    dense = List.copyOf(dense);
  }

  /** A convolution of a table at this scale. */
  Convolution of(Convolution convolution) {
    return convolution.withBatch(Math.max(1, convolution.n() / batchDivisor));
  }
}
