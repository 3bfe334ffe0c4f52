package dev.gabor.backend;

import java.util.Optional;
import java.util.function.Function;

/**
 * How a backend is opened.
 *
 * @param profiling whether kernels shall be timed (see {@link Backend#profiler}); it costs a little
 *     a launch, and the CPU reference has none
 * @param workspaceBytes the most scratch memory that a convolution may ask for, at least 0:
 *     algorithms that need more are not chosen. The CPU reference does not ask.
 * @param chooser given the device, says which algorithms convolutions take; without one {@code
 *     Gabor} takes what the user has measured and what ships for the class of the device, and a
 *     backend that is opened directly its heuristic
 */
public record BackendOptions(
    boolean profiling,
    long workspaceBytes,
    Optional<Function<TuningKey, ConvolutionChooser>> chooser) {
  /** No profiling, any workspace, the usual choice of algorithms. */
  public static final BackendOptions STANDARD =
      new BackendOptions(false, Long.MAX_VALUE, Optional.empty());

  /** Checks the workspace. */
  public BackendOptions {
    Require.that(
        workspaceBytes >= 0, "workspace", "expected at least 0 bytes, found " + workspaceBytes);
  }

  /** The same with or without kernel times. */
  public BackendOptions withProfiling(boolean times) {
    return new BackendOptions(times, workspaceBytes, chooser);
  }

  /** The same with a limit to scratch memory. */
  public BackendOptions withWorkspaceBytes(long mostBytes) {
    return new BackendOptions(profiling, mostBytes, chooser);
  }

  /** The same with another choice of algorithms. */
  public BackendOptions withChooser(Function<TuningKey, ConvolutionChooser> ofDevice) {
    return new BackendOptions(profiling, workspaceBytes, Optional.of(ofDevice));
  }
}
