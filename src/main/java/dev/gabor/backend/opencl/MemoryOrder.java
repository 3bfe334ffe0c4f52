package dev.gabor.backend.opencl;

import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;

/**
 * Converts between the canonical order of a tensor's elements and their order in device memory.
 * Both layouts are one transposition: images (N, C, H·W) to (N, H·W, C), filters (K, C/groups·R·S)
 * to [R][S][C/groups][K].
 */
final class MemoryOrder {
  private MemoryOrder() {}

  /** Whether both orders are the same for this tensor. */
  static boolean isCanonical(Shape shape, Layout layout) {
    return switch (layout) {
      case PLAIN -> true;
      case IMAGE -> shape.rank() != 4 || shape.length(1) == 1 || area(shape) == 1;
      case FILTER ->
          shape.length(0) == 1 && (shape.rank() == 2 || shape.length(1) == 1 || area(shape) == 1);
    };
  }

  /** Canonical order to memory order. */
  static void toMemory(float[] canonical, float[] memory, Shape shape, Layout layout) {
    if (layout == Layout.IMAGE) {
      imagesToMemory(canonical, memory, shape.length(0), shape.length(1), area(shape));
    } else {
      walk(shape, layout, (inMemory, inCanonical) -> memory[inMemory] = canonical[inCanonical]);
    }
  }

  /** Memory order to canonical order. */
  static void toCanonical(float[] memory, float[] canonical, Shape shape, Layout layout) {
    walk(shape, layout, (inMemory, inCanonical) -> canonical[inCanonical] = memory[inMemory]);
  }

  /** What every batch goes through, so that it has loops of its own. */
  private static void imagesToMemory(
      float[] canonical, float[] memory, int images, int channels, int area) {
    for (int n = 0; n < images; n++) {
      for (int c = 0; c < channels; c++) {
        int from = (n * channels + c) * area;
        int to = n * channels * area + c;
        for (int pixel = 0; pixel < area; pixel++) {
          memory[to + pixel * channels] = canonical[from + pixel];
        }
      }
    }
  }

  private interface Pair {
    void visit(int inMemory, int inCanonical);
  }

  private static void walk(Shape shape, Layout layout, Pair pair) {
    if (layout == Layout.IMAGE) {
      walkImage(shape.length(0), shape.length(1), area(shape), pair);
    } else {
      int area = shape.rank() == 4 ? area(shape) : 1;
      walkFilter(shape.length(0), shape.length(1), area, pair);
    }
  }

  private static void walkImage(int images, int channels, int area, Pair pair) {
    int inMemory = 0;
    for (int n = 0; n < images; n++) {
      for (int pixel = 0; pixel < area; pixel++) {
        for (int c = 0; c < channels; c++) {
          pair.visit(inMemory++, (n * channels + c) * area + pixel);
        }
      }
    }
  }

  private static void walkFilter(int filters, int channels, int area, Pair pair) {
    int inMemory = 0;
    for (int rs = 0; rs < area; rs++) {
      for (int c = 0; c < channels; c++) {
        for (int k = 0; k < filters; k++) {
          pair.visit(inMemory++, (k * channels + c) * area + rs);
        }
      }
    }
  }

  private static int area(Shape shape) {
    return shape.length(2) * shape.length(3);
  }
}
