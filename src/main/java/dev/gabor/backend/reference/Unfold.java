package dev.gabor.backend.reference;

import dev.gabor.backend.Convolution;
import java.util.Arrays;

/**
 * One image of a group as a matrix U of (C/groups·R·S, P·Q): U[c,r,s; p,q] is the input element
 * under filter element (r,s) of channel c when the window stands at (p,q), 0 outside the image. A
 * convolution is then the product of the filters (K, C/groups·R·S) and U.
 */
final class Unfold {
  private final Convolution c;
  private final int p;
  private final int q;

  Unfold(Convolution convolution) {
    this.c = convolution;
    this.p = convolution.p();
    this.q = convolution.q();
  }

  /** C/groups·R·S, the rows of U. */
  int terms() {
    return c.groupChannels() * c.r() * c.s();
  }

  /** P·Q, the columns of U. */
  int windows() {
    return p * q;
  }

  /** Fills U from the channels of one image and group, which begin at {@code at}. */
  void unfold(float[] x, int at, float[] u) {
    int row = 0;
    for (int channel = 0; channel < c.groupChannels(); channel++) {
      for (int r = 0; r < c.r(); r++) {
        for (int s = 0; s < c.s(); s++) {
          unfoldElement(x, at + channel * c.h() * c.w(), r, s, u, row);
          row += windows();
        }
      }
    }
  }

  /** Adds U back to the channels it was taken from: the transpose of {@link #unfold}. */
  void foldAdd(float[] u, float[] x, int at) {
    int row = 0;
    for (int channel = 0; channel < c.groupChannels(); channel++) {
      for (int r = 0; r < c.r(); r++) {
        for (int s = 0; s < c.s(); s++) {
          foldElement(u, row, r, s, x, at + channel * c.h() * c.w());
          row += windows();
        }
      }
    }
  }

  private void unfoldElement(float[] x, int plane, int r, int s, float[] u, int row) {
    int firstQ = firstInside(s * c.dilationW() - c.padW(), c.strideW(), q);
    int endQ = endInside(s * c.dilationW() - c.padW(), c.strideW(), q, c.w());
    for (int i = 0; i < p; i++) {
      int h = i * c.strideH() - c.padH() + r * c.dilationH();
      int to = row + i * q;
      if (h < 0 || h >= c.h() || firstQ >= endQ) {
        Arrays.fill(u, to, to + q, 0);
        continue;
      }
      Arrays.fill(u, to, to + firstQ, 0);
      Arrays.fill(u, to + endQ, to + q, 0);
      int from = plane + h * c.w() - c.padW() + s * c.dilationW();
      if (c.strideW() == 1) {
        System.arraycopy(x, from + firstQ, u, to + firstQ, endQ - firstQ);
      } else {
        for (int j = firstQ; j < endQ; j++) {
          u[to + j] = x[from + j * c.strideW()];
        }
      }
    }
  }

  private void foldElement(float[] u, int row, int r, int s, float[] x, int plane) {
    int firstQ = firstInside(s * c.dilationW() - c.padW(), c.strideW(), q);
    int endQ = endInside(s * c.dilationW() - c.padW(), c.strideW(), q, c.w());
    for (int i = 0; i < p; i++) {
      int h = i * c.strideH() - c.padH() + r * c.dilationH();
      if (h >= 0 && h < c.h()) {
        int to = plane + h * c.w() - c.padW() + s * c.dilationW();
        for (int j = firstQ; j < endQ; j++) {
          x[to + j * c.strideW()] += u[row + i * q + j];
        }
      }
    }
  }

  /** The first window whose element at {@code offset} lies inside: j·stride + offset ≥ 0. */
  private static int firstInside(int offset, int stride, int windows) {
    return Math.min(windows, Math.max(0, ceilDiv(-offset, stride)));
  }

  /**
   * The end of the windows whose element at {@code offset} lies inside: j·stride + offset &lt;
   * length.
   */
  private static int endInside(int offset, int stride, int windows, int length) {
    return Math.max(0, Math.min(windows, ceilDiv(length - offset, stride)));
  }

  private static int ceilDiv(int dividend, int divisor) {
    return -Math.floorDiv(-dividend, divisor);
  }
}
