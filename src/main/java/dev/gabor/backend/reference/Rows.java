package dev.gabor.backend.reference;

/**
 * The three inner loops of the reference on contiguous rows, in shapes that HotSpot vectorises:
 * sums of four scaled rows (one pass over the target for four multiply-adds), and a dot product
 * with eight independent partial sums.
 */
final class Rows {
  private Rows() {}

  /**
   * target[i] += Σ over j of factors[j] · rows[i + j · count], for i below count: a row vector
   * times a matrix.
   *
   * @param target read and written from {@code at} on
   * @param factors read: {@code terms} numbers, {@code factorStride} apart
   * @param rows read: {@code terms} rows of {@code count} elements, one behind the other
   */
  static void addProduct(
      float[] target,
      int at,
      float[] factors,
      int factorAt,
      int factorStride,
      float[] rows,
      int rowAt,
      int terms,
      int count) {
    int j = 0;
    for (; j + 4 <= terms; j += 4) {
      float f0 = factors[factorAt + j * factorStride];
      float f1 = factors[factorAt + (j + 1) * factorStride];
      float f2 = factors[factorAt + (j + 2) * factorStride];
      float f3 = factors[factorAt + (j + 3) * factorStride];
      int r0 = rowAt + j * count;
      int r1 = r0 + count;
      int r2 = r1 + count;
      int r3 = r2 + count;
      for (int i = 0; i < count; i++) {
        target[at + i] +=
            f0 * rows[r0 + i] + f1 * rows[r1 + i] + f2 * rows[r2 + i] + f3 * rows[r3 + i];
      }
    }
    for (; j < terms; j++) {
      addScaled(target, at, factors[factorAt + j * factorStride], rows, rowAt + j * count, count);
    }
  }

  /** target[i] += factor · row[i]. */
  static void addScaled(float[] target, int at, float factor, float[] row, int rowAt, int count) {
    for (int i = 0; i < count; i++) {
      target[at + i] += factor * row[rowAt + i];
    }
  }

  /** Σ a[i] · b[i], in eight partial sums that are added at the end. */
  static float dot(float[] a, int aAt, float[] b, int bAt, int count) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = 0;
    for (; i + 8 <= count; i += 8) {
      s0 += a[aAt + i] * b[bAt + i];
      s1 += a[aAt + i + 1] * b[bAt + i + 1];
      s2 += a[aAt + i + 2] * b[bAt + i + 2];
      s3 += a[aAt + i + 3] * b[bAt + i + 3];
      s4 += a[aAt + i + 4] * b[bAt + i + 4];
      s5 += a[aAt + i + 5] * b[bAt + i + 5];
      s6 += a[aAt + i + 6] * b[bAt + i + 6];
      s7 += a[aAt + i + 7] * b[bAt + i + 7];
    }
    for (; i < count; i++) {
      s0 += a[aAt + i] * b[bAt + i];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }
}
