package dev.gabor.data.augment;

/** A part of an image: rows from top to before bottom, columns from left to before right. */
record Box(int top, int left, int bottom, int right) {
  int area() {
    return (bottom - top) * (right - left);
  }
}
