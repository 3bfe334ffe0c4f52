package dev.gabor.backend.opencl;

import dev.gabor.backend.LaunchTime;
import dev.gabor.backend.Profiler;
import dev.gabor.opencl.Queue;
import java.util.function.Consumer;

/** Kernel times from the events of a queue that was opened for profiling. */
record OpenClProfiler(Queue queue) implements Profiler {
  @Override
  public void listen(Consumer<LaunchTime> listener) {
    queue.profile(
        time ->
            listener.accept(
                new LaunchTime(time.tag(), time.kernel(), time.startNanos(), time.endNanos())));
  }

  @Override
  public void tag(int number) {
    queue.tag(number);
  }

  @Override
  public void off() {
    queue.profileOff();
  }
}
