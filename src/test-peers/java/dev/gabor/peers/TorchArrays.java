package dev.gabor.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Arrays of PyTorch: made from tensors, made leaves of a graph of gradients, read back. */
final class TorchArrays {
  private TorchArrays() {}

  /** Memory for arrays, all released when it is closed. */
  static NDManager manager() {
    return NDManager.newBaseManager("PyTorch");
  }

  /** A copy of a tensor. */
  static PtNDArray of(NDManager manager, Tensor tensor) {
    return (PtNDArray) manager.create(tensor.data(), shape(tensor.shape().toArray()));
  }

  /** Copies of tensors, by name. */
  static Map<String, PtNDArray> of(NDManager manager, Map<String, Tensor> tensors) {
    Map<String, PtNDArray> arrays = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> arrays.put(name, of(manager, tensor)));
    return arrays;
  }

  static Shape shape(int... lengths) {
    return new Shape(Arrays.stream(lengths).asLongStream().toArray());
  }

  /**
   * The same memory once more.
   *
   * @param manager releases the view and all that is computed from it
   */
  static PtNDArray view(NDManager manager, PtNDArray array) {
    PtNDArray view = JniUtils.detachGradient(array);
    view.attach(manager);
    return view;
  }

  /**
   * The same memory as a leaf without a gradient yet, so that a backward pass stores its gradient
   * instead of adding it to an older one.
   *
   * @param manager releases the leaf and all that is computed from it
   */
  static PtNDArray leaf(NDManager manager, PtNDArray array) {
    PtNDArray leaf = view(manager, array);
    JniUtils.attachGradient(leaf, true);
    return leaf;
  }

  /** Gives every leaf behind y its gradient. */
  static void backward(PtNDArray y, PtNDArray dy) {
    JniUtils.backward(y, dy, false, false);
  }

  /** A copy of the gradient of a leaf, behind a backward pass. */
  static Tensor gradient(PtNDArray leaf) {
    try (PtNDArray gradient = JniUtils.getGradient(leaf)) {
      return read(gradient);
    }
  }

  /** A copy of an array. */
  static Tensor read(NDArray array) {
    long[] lengths = array.getShape().getShape();
    dev.gabor.tensor.Shape shape =
        dev.gabor.tensor.Shape.of(Arrays.stream(lengths).mapToInt(Math::toIntExact).toArray());
    return new Tensor(shape, array.toFloatArray());
  }
}
