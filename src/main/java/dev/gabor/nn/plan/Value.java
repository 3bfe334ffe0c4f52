package dev.gabor.nn.plan;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;

/**
 * A tensor of a plan before it has a place: what an operation reads or writes.
 *
 * <p>An <em>arena</em> value gets its bytes from the plan and keeps them from its first writer to
 * its last reader; an <em>external</em> one (a parameter, a state) has its tensor from the start.
 */
public final class Value {
  private final String label;
  private final Shape shape;
  private final Layout layout;
  private final DeviceTensor external;

  private Value(String label, Shape shape, Layout layout, DeviceTensor external) {
    this.label = label;
    this.shape = shape;
    this.layout = layout;
    this.external = external;
  }

  static Value inArena(String label, Shape shape, Layout layout) {
    return new Value(label, shape, layout, DeviceTensor.NONE);
  }

  static Value external(String label, DeviceTensor tensor) {
    return new Value(label, tensor.shape(), tensor.layout(), tensor);
  }

  /** What it is called in summaries and refusals. */
  public String label() {
    return label;
  }

  /** The axes. */
  public Shape shape() {
    return shape;
  }

  /** What the axes mean. */
  public Layout layout() {
    return layout;
  }

  /** Whether the tensor was there before the plan. */
  public boolean isExternal() {
    return external.isPresent();
  }

  DeviceTensor external() {
    return external;
  }

  @Override
  public String toString() {
    return label + shape;
  }
}
