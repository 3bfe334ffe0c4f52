package dev.gabor.check;

import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;

/** Shapes in cases: {@code 2,3,7,5}. */
final class Shapes {
  private static final int MOST_ELEMENTS = 1 << 14;
  private static final int MOST_IMAGES = 5;

  private Shapes() {}

  /** The shape of a setting. */
  static Shape of(CheckCase line, String name) {
    return Shape.of(line.integers(name, 1));
  }

  /** Images (N,C,H,W), else plain. */
  static Layout layout(Shape shape) {
    return shape.rank() == 4 ? Layout.IMAGE : Layout.PLAIN;
  }

  /** Images or features, of a few thousand elements at most. */
  static String drawn(Draw draw) {
    return draw.oneIn(3) ? features(draw) : images(draw);
  }

  /** Features (N,C). */
  static String features(Draw draw) {
    return text(draw.length(), draw.oneIn(2) ? draw.length() : draw.channels());
  }

  /** Images (N,C,H,W). */
  static String images(Draw draw) {
    int n = draw.lengthTo(MOST_IMAGES);
    int c = draw.oneIn(2) ? draw.length() : draw.channels();
    int most = Math.max(1, MOST_ELEMENTS / (n * c));
    int h = draw.lengthTo(Math.min(37, most));
    return text(n, c, h, draw.lengthTo(Math.max(1, Math.min(37, most / h))));
  }

  /** Lengths between commas. */
  static String text(int... lengths) {
    StringBuilder text = new StringBuilder();
    for (int length : lengths) {
      text.append(text.isEmpty() ? "" : ",").append(length);
    }
    return text.toString();
  }
}
