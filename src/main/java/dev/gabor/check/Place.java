package dev.gabor.check;

import dev.gabor.tensor.Shape;

/** Where an element lies, in words. */
final class Place {
  private static final String[] IMAGE_AXES = {"n", "c", "h", "w"};

  private Place() {}

  /** For example {@code n=0 c=3 h=1 w=12} in images and filters, {@code [0,3]} elsewhere. */
  static String of(Shape shape, int index) {
    int rank = shape.rank();
    int[] place = new int[rank];
    int rest = index;
    for (int axis = rank - 1; axis >= 0; axis--) {
      place[axis] = rest % shape.length(axis);
      rest /= shape.length(axis);
    }
    StringBuilder words = new StringBuilder();
    for (int axis = 0; axis < rank; axis++) {
      if (rank == IMAGE_AXES.length) {
        words.append(axis == 0 ? "" : " ").append(IMAGE_AXES[axis]).append('=');
      } else {
        words.append(axis == 0 ? "[" : ",");
      }
      words.append(place[axis]);
    }
    return rank == IMAGE_AXES.length ? words.toString() : words.append(']').toString();
  }
}
