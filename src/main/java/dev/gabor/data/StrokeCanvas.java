package dev.gabor.data;

import java.util.Arrays;

/**
 * A square of pixels that remembers each pixel's distance to the nearest line drawn, from which
 * strokes of any width with smooth edges follow. Only additions, products, quotients and square
 * roots are used, which Java rounds alike on every machine.
 */
final class StrokeCanvas {
  private static final int PIECES = 6;

  private final int side;
  private final double reach;
  private final double[] squaredDistances;

  /**
   * An empty canvas.
   *
   * @param side its width and height in pixels
   * @param reach up to which distance in pixels lines matter
   */
  StrokeCanvas(int side, double reach) {
    this.side = side;
    this.reach = reach;
    this.squaredDistances = new double[side * side];
    Arrays.fill(squaredDistances, reach * reach);
  }

  /** Draws a line; coordinates are pixels, the centre of pixel 0 being at 0. */
  void line(double x0, double y0, double x1, double y1) {
    double dx = x1 - x0;
    double dy = y1 - y0;
    double squaredLength = dx * dx + dy * dy;
    int top = first(Math.min(y0, y1));
    int bottom = last(Math.max(y0, y1));
    int left = first(Math.min(x0, x1));
    int right = last(Math.max(x0, x1));
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        double along = (x - x0) * dx + (y - y0) * dy;
        double t = squaredLength > 0 ? Math.max(0, Math.min(1, along / squaredLength)) : 0;
        double offX = x0 + t * dx - x;
        double offY = y0 + t * dy - y;
        double squared = offX * offX + offY * offY;
        int at = y * side + x;
        squaredDistances[at] = Math.min(squaredDistances[at], squared);
      }
    }
  }

  /** Draws a quadratic Bézier curve from point 0 to point 2, bent towards point 1. */
  void curve(double x0, double y0, double x1, double y1, double x2, double y2) {
    double fromX = x0;
    double fromY = y0;
    for (int piece = 1; piece <= PIECES; piece++) {
      double t = (double) piece / PIECES;
      double s = 1 - t;
      double toX = s * s * x0 + 2 * s * t * x1 + t * t * x2;
      double toY = s * s * y0 + 2 * s * t * y1 + t * t * y2;
      line(fromX, fromY, toX, toY);
      fromX = toX;
      fromY = toY;
    }
  }

  /** How much of a pixel is covered by strokes of the given half width, 0 to 1. */
  double coverage(int pixel, double halfWidth) {
    double inside = halfWidth + 0.5 - Math.sqrt(squaredDistances[pixel]);
    return Math.max(0, Math.min(1, inside));
  }

  private int first(double coordinate) {
    return Math.max(0, (int) Math.ceil(coordinate - reach));
  }

  private int last(double coordinate) {
    return Math.min(side - 1, (int) Math.floor(coordinate + reach));
  }
}
