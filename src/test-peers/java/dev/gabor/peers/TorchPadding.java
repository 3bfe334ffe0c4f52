package dev.gabor.peers;

import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/** Borders: constant ones by PyTorch's pad; DJL has no others, so these are joined from slices. */
final class TorchPadding {
  private TorchPadding() {}

  static PtNDArray compute(PtNDArray x, TorchSettings settings) {
    int left = settings.integer("left");
    int right = settings.integer("right");
    int top = settings.integer("top");
    int bottom = settings.integer("bottom");
    boolean reflect = settings.text("mode").equals("reflect");
    if (settings.text("mode").equals("constant")) {
      long[] borders = {left, right, top, bottom};
      return JniUtils.pad(x, borders, settings.number("value"));
    }
    return extend(extend(x, 2, top, bottom, reflect), 3, left, right, reflect);
  }

  private static PtNDArray extend(PtNDArray x, int axis, int before, int after, boolean reflect) {
    int length = Math.toIntExact(x.getShape().get(axis));
    NDList slices = new NDList();
    for (int i = -before; i < length + after; i++) {
      int source = reflect && (i < 0 || i >= length) ? mirrored(i, length) : clamp(i, length);
      slices.add(x.get(new NDIndex().addAllDim(axis).addSliceDim(source, source + 1)));
    }
    return (PtNDArray) NDArrays.concat(slices, axis);
  }

  private static int mirrored(int i, int length) {
    return i < 0 ? -i : 2 * (length - 1) - i;
  }

  private static int clamp(int i, int length) {
    return Math.max(0, Math.min(i, length - 1));
  }
}
