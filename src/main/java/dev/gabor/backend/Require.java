package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * The checks at an operator's door: each refusal names the operation, the tensor, what came and
 * what was expected.
 */
public final class Require {
  private Require() {}

  /** Refuses a tensor that is absent or has another shape. */
  public static void shape(String operation, String name, DeviceTensor tensor, Shape expected) {
    present(operation, name, tensor);
    if (!tensor.shape().equals(expected)) {
      throw new IllegalArgumentException(
          operation + ": " + name + " has shape " + tensor.shape() + ", expected " + expected);
    }
  }

  /** Refuses a tensor that is absent or differs from another in shape or layout. */
  public static void like(String operation, String name, DeviceTensor tensor, DeviceTensor model) {
    shape(operation, name, tensor, model.shape());
    layout(operation, name, tensor, model.layout());
  }

  /** Refuses a tensor that is absent, has another shape or is not an image. */
  public static void image(String operation, String name, DeviceTensor tensor, Shape expected) {
    shape(operation, name, tensor, expected);
    layout(operation, name, tensor, Layout.IMAGE);
  }

  /** Refuses a tensor whose axes mean something else. */
  public static void layout(String operation, String name, DeviceTensor tensor, Layout expected) {
    if (tensor.layout() != expected) {
      throw new IllegalArgumentException(
          operation + ": " + name + " has layout " + tensor.layout() + ", expected " + expected);
    }
  }

  /** Refuses a tensor whose elements cannot be numbered by an int, as kernels do. */
  public static void indexable(String operation, String name, Shape shape) {
    if (shape.size() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          operation + ": " + name + " has shape " + shape + ", more than 2^31 - 1 elements");
    }
  }

  /** Refuses a tensor that is there and has another shape. */
  public static void shapeIfPresent(
      String operation, String name, DeviceTensor tensor, Shape expected) {
    if (tensor.isPresent()) {
      shape(operation, name, tensor, expected);
    }
  }

  /** Refuses an absent tensor. */
  public static void present(String operation, String name, DeviceTensor tensor) {
    if (!tensor.isPresent()) {
      throw new IllegalArgumentException(operation + ": " + name + " is missing");
    }
  }

  /**
   * Refuses a tensor with another number of elements, for operations that do not care about axes.
   */
  public static void size(String operation, String name, DeviceTensor tensor, long expected) {
    present(operation, name, tensor);
    if (tensor.shape().size() != expected) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + name
              + " has "
              + tensor.shape().size()
              + " elements, expected "
              + expected);
    }
  }

  /** Refuses a workspace smaller than the operation asked for. */
  public static void workspace(String operation, DeviceTensor workspace, long sizeBytes) {
    long given = workspace.isPresent() ? workspace.shape().size() * Float.BYTES : 0;
    if (given < sizeBytes) {
      throw new IllegalArgumentException(
          operation + ": workspace has " + given + " bytes, expected at least " + sizeBytes);
    }
  }

  /** Refuses a value outside what the operation allows. */
  public static void that(boolean holds, String operation, String message) {
    if (!holds) {
      throw new IllegalArgumentException(operation + ": " + message);
    }
  }
}
