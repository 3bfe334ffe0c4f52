package dev.gabor.backend.opencl;

import dev.gabor.backend.Step;
import dev.gabor.opencl.Kernel;
import dev.gabor.opencl.Queue;

/** A kernel with its arguments and work sizes: running it is one enqueue. */
final class Launch implements Step {
  private final Queue queue;
  private final Kernel kernel;
  private final long[] global;
  private final long[] local;

  /** A launch; local is null where the driver chooses the groups. */
  Launch(Queue queue, Kernel kernel, long[] global, long[] local) {
    this.queue = queue;
    this.kernel = kernel;
    this.global = global;
    this.local = local;
  }

  @Override
  public void run() {
    queue.launch(kernel, global, local);
  }

  @Override
  public void close() {
    kernel.close();
  }
}
