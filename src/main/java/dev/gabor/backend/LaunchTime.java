package dev.gabor.backend;

/**
 * When one part of a step ran, by the device's clock.
 *
 * @param tag what {@link Profiler#tag} had set when the part was started
 * @param part the kernel
 * @param startNanos its first work-item began; comparable with other parts of the same device only
 * @param endNanos its last work-item ended
 */
public record LaunchTime(int tag, String part, long startNanos, long endNanos) {}
