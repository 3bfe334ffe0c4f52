package dev.gabor.backend;

/**
 * An element-wise function from user code, with its gradient: a formula in Java, which the CPU
 * reference computes and every device is checked against, and the same in OpenCL C.
 *
 * <p>{@code NetworkBuilder.activation} takes it; {@code CrossCheck.of(network).on(backend)}
 * compares the two. A saved network names it, and reading one looks it up by {@link
 * java.util.ServiceLoader}: a file {@code META-INF/services/dev.gabor.backend.CustomActivation}
 * with the name of the class, which is public and has a public constructor without arguments.
 */
public interface CustomActivation {
  /** Names it in saved networks and its kernels: lower-case letters, digits, underscores. */
  String name();

  /** y = f(x). */
  float forward(float x);

  /** dx = dy f'(x). */
  float backward(float x, float dy);

  /**
   * OpenCL C with two kernels, one work-item an element; more work-items than elements are never
   * started:
   *
   * <pre>{@code
   * kernel void NAME_forward(
   *     global const float* x,   // (n) read
   *     global float* y,         // (n) overwritten
   *     const int n) …
   * kernel void NAME_backward(
   *     global const float* x,   // (n) read
   *     global const float* dy,  // (n) read
   *     global float* dx,        // (n) overwritten
   *     const int n) …
   * }</pre>
   */
  String kernelSource();
}
