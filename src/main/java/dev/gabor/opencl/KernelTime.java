package dev.gabor.opencl;

/**
 * When one launch ran, by the device's clock.
 *
 * @param startNanos first work-item began; comparable only with times of the same context
 * @param endNanos last work-item ended
 */
public record KernelTime(String program, String kernel, long startNanos, long endNanos) {
  /** How long the launch ran. */
  public long elapsedNanos() {
    return endNanos - startNanos;
  }
}
