package dev.gabor.backend.opencl;

import dev.gabor.backend.Step;
import dev.gabor.opencl.Kernel;
import dev.gabor.opencl.Queue;
import java.util.function.Supplier;

/** A kernel with its arguments and work sizes: running it is one enqueue. */
final class Launch implements Step {
  private final Queue queue;
  private final Supplier<Kernel> making;
  private Kernel kernel;
  private final long[] global;
  private final long[] local;
  private final boolean apart;

  /**
   * A launch; local is null where the driver chooses the groups.
   *
   * @param making the kernel with its arguments, asked for once; waits for its program
   * @param apart whether it is large enough for several cores
   */
  Launch(Queue queue, Supplier<Kernel> making, long[] global, long[] local, boolean apart) {
    this.queue = queue;
    this.making = making;
    this.global = global;
    this.local = local;
    this.apart = apart;
  }

  @Override
  public void ready() {
    if (kernel == null) {
      kernel = making.get();
    }
  }

  /** The kernel with its arguments, for steps that set some of them before each run. */
  Kernel kernel() {
    ready();
    return kernel;
  }

  @Override
  public void run() {
    ready();
    queue.launch(kernel, global, local, apart);
  }

  @Override
  public void close() {
    if (kernel != null) {
      kernel.close();
    }
  }
}
