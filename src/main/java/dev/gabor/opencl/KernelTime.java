package dev.gabor.opencl;

/**
 * When one launch ran, by the device's clock.
 *
 * @param tag what {@link Queue#tag} had set when it was launched
 * @param program the kernel file, without {@code .cl}
 * @param kernel the kernel
 * @param startNanos first work-item began; comparable only with times of the same context
 * @param endNanos last work-item ended
 */
public record KernelTime(int tag, String program, String kernel, long startNanos, long endNanos) {
  /** How long the launch ran. */
  public long elapsedNanos() {
    return endNanos - startNanos;
  }
}
