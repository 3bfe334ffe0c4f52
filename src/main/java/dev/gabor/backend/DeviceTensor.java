package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * A tensor in a backend's memory: 4-byte elements, mostly floats. It does not own that memory; the
 * {@link Memory} that it views does.
 */
public interface DeviceTensor {
  /** The absent tensor, for optional arguments. */
  DeviceTensor NONE = new AbsentTensor();

  /** The axes, in the canonical order of {@link Layout}. */
  Shape shape();

  /** What the axes mean. */
  Layout layout();

  /** Whether there is a tensor: false for {@link #NONE} alone. */
  default boolean isPresent() {
    return true;
  }

  /** The absent tensor has no shape to ask for. */
  final class AbsentTensor implements DeviceTensor {
    private AbsentTensor() {}

    @Override
    public Shape shape() {
      throw new IllegalStateException("an absent tensor has no shape");
    }

    @Override
    public Layout layout() {
      throw new IllegalStateException("an absent tensor has no layout");
    }

    @Override
    public boolean isPresent() {
      return false;
    }

    @Override
    public String toString() {
      return "(absent)";
    }
  }
}
