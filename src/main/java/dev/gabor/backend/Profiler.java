package dev.gabor.backend;

import java.util.function.Consumer;

/** Asks a device when it ran what, by its own clock. */
public interface Profiler {
  /**
   * From now on {@link Backend#finish()} tells when each part ran that was started since, in the
   * order of starting. Replaces an earlier listener.
   */
  void listen(Consumer<LaunchTime> listener);

  /** What is started from now on carries this number. */
  void tag(int number);

  /** Ends what {@link #listen} began. */
  void off();
}
