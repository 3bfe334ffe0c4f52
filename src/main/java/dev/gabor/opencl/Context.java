package dev.gabor.opencl;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jocl.CL;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One device opened for work, with one in-order queue. It owns every buffer, program and kernel
 * made through it and closes them with itself. A context that is forgotten instead of closed logs a
 * warning with the place where it was opened.
 */
public final class Context extends NativeObject {
  private static final Logger LOG = LoggerFactory.getLogger(Context.class);

  private final Device device;
  private final cl_device_id deviceId;
  private final cl_context handle;
  private final Lanes lanes;
  private final Queue queue;
  private final ProgramCache cache;
  private final ConcurrentHashMap<ProgramSource, FutureTask<Program>> programs =
      new ConcurrentHashMap<>();
  private final LeakWarning leakWarning;
  private final ThreadPoolExecutor builders = builderThreads();

  private Context(
      Device device,
      cl_device_id id,
      cl_context handle,
      Lanes lanes,
      boolean profiling,
      ProgramCache cache) {
    super(LiveObjects.Kind.CONTEXT, Optional.empty());
    this.device = device;
    this.deviceId = id;
    this.handle = handle;
    this.cache = cache;
    this.leakWarning = LeakWarning.watch(this, "context on " + device.title(), "the JVM ends");
    this.lanes = lanes;
    this.queue = new Queue(this, lanes, profiling);
    own(queue);
  }

  /** Opens a device without profiling. */
  public static Context open(Device device) {
    return open(device, false);
  }

  /**
   * Opens a device.
   *
   * @param profiling whether {@link Queue#profile} may be used; it costs a little per launch
   * @throws OpenClException if the driver refuses
   */
  public static Context open(Device device, boolean profiling) {
    return open(device, profiling, ProgramCache.standard(device));
  }

  static Context open(Device device, boolean profiling, ProgramCache cache) {
    JoclDrivers.Handles handles = OpenCl.handles(device);
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, handles.platform());
    Optional<cl_device_id[]> halves = OpenCl.takeHalves(device);
    try {
      cl_context handle = create(properties, device, handles.device(), halves);
      try {
        Lanes lanes =
            halves.isPresent()
                ? new TwoLanes(handle, halves.get(), profiling)
                : Lanes.one(handle, handles.device(), profiling);
        return new Context(device, handles.device(), handle, lanes, profiling, cache);
      } catch (OpenClException e) {
        CL.clReleaseContext(handle);
        throw e;
      }
    } catch (OpenClException e) {
      halves.ifPresent(given -> OpenCl.giveHalvesBack(device));
      throw e;
    }
  }

  private static cl_context create(
      cl_context_properties properties,
      Device device,
      cl_device_id whole,
      Optional<cl_device_id[]> halves) {
    int[] status = new int[1];
    cl_device_id[] ids =
        halves
            .map(half -> new cl_device_id[] {whole, half[0], half[1]})
            .orElse(new cl_device_id[] {whole});
    cl_context handle = CL.clCreateContext(properties, ids.length, ids, null, null, status);
    Status.check(status[0], "clCreateContext", device.title());
    return handle;
  }

  /** The device. */
  public Device device() {
    return device;
  }

  /** The queue that every launch and transfer of this context goes through. */
  public Queue queue() {
    return queue;
  }

  /**
   * Makes a buffer of {@code sizeBytes} bytes, contents undefined.
   *
   * @throws IllegalArgumentException if the size is below 1 or above what the device can allocate
   * @throws OpenClException if the driver refuses
   */
  public Buffer allocate(long sizeBytes) {
    return allocate(sizeBytes, CL.CL_MEM_READ_WRITE);
  }

  /**
   * As {@link #allocate}, where the host can write without a copy if the device shares its memory.
   */
  public Buffer allocateForHost(long sizeBytes) {
    return allocate(sizeBytes, CL.CL_MEM_READ_WRITE | CL.CL_MEM_ALLOC_HOST_PTR);
  }

  private Buffer allocate(long sizeBytes, long flags) {
    requireOpen();
    if (sizeBytes < 1 || sizeBytes > device.maxAllocationBytes()) {
      throw new IllegalArgumentException(
          "a buffer of %d bytes: %s allocates 1 to %d bytes at once"
              .formatted(sizeBytes, device.title(), device.maxAllocationBytes()));
    }
    int[] status = new int[1];
    cl_mem mem = CL.clCreateBuffer(handle, flags, sizeBytes, null, status);
    Status.check(status[0], "clCreateBuffer", sizeBytes + " bytes on " + device.title());
    Buffer buffer = new Buffer(this, mem, sizeBytes);
    own(buffer);
    return buffer;
  }

  /**
   * Compiles a program, or takes it from this context's memory or from the cache on disk. The same
   * source and options always give the same object; the context closes it.
   *
   * @throws OpenClException if it does not compile, with the build log
   */
  public Program build(ProgramSource source) {
    requireOpen();
    FutureTask<Program> mine = new FutureTask<>(() -> newProgram(source));
    FutureTask<Program> task = Optional.ofNullable(programs.putIfAbsent(source, mine)).orElse(mine);
    task.run();
    try {
      return result(task);
    } catch (OpenClException e) {
      // Not kept: a compiler that was out of memory may succeed the next time.
      programs.remove(source, task);
      throw e;
    }
  }

  /**
   * Begins to build a program on another thread, as many at a time as there are processors; {@link
   * #build} then waits for it, and tells of what went wrong.
   */
  public void buildSoon(ProgramSource source) {
    requireOpen();
    FutureTask<Program> mine = new FutureTask<>(() -> newProgram(source));
    if (programs.putIfAbsent(source, mine) == null) {
      try {
        builders.execute(mine);
      } catch (RejectedExecutionException e) {
        programs.remove(source, mine);
        throw new IllegalStateException(this + " is closed", e);
      }
    }
  }

  /**
   * Builds several programs, on as many threads as there are processors.
   *
   * @throws OpenClException if any does not compile: the first in the list's order, the others
   *     suppressed in it
   */
  public void buildAll(Collection<ProgramSource> sources) {
    sources.forEach(this::buildSoon);
    OpenClException failure = null;
    for (ProgramSource source : sources.stream().distinct().toList()) {
      try {
        build(source);
      } catch (OpenClException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * A second queue for uploads, to be used by one other thread; this context closes it, at the
   * latest.
   *
   * @param pinned whether uploads go through pinned memory of the host; else the buffers themselves
   *     are mapped
   */
  public UploadQueue uploadQueue(boolean pinned) {
    requireOpen();
    UploadQueue uploads = new UploadQueue(this, Lanes.create(handle, deviceId, false), pinned);
    own(uploads);
    return uploads;
  }

  cl_context handle() {
    return handle;
  }

  Lanes lanes() {
    return lanes;
  }

  cl_device_id deviceId() {
    return deviceId;
  }

  LeakWarning leakWarning() {
    return leakWarning;
  }

  /**
   * A compiler cannot be stopped, and works on what is about to be released; what has not begun
   * never will.
   */
  @Override
  void awaitMakers() {
    builders.shutdown();
    List<Runnable> waiting = new ArrayList<>();
    builders.getQueue().drainTo(waiting);
    programs.values().stream().filter(waiting::contains).forEach(task -> task.cancel(false));
    programs.values().stream().filter(task -> !task.isCancelled()).forEach(Context::await);
  }

  @Override
  void beforeClose() {
    leakWarning.closed();
    queue.finishBeforeClose();
  }

  @Override
  int release() {
    int status = CL.clReleaseContext(handle);
    if (lanes instanceof TwoLanes) {
      OpenCl.giveHalvesBack(device);
    }
    return status;
  }

  @Override
  public String toString() {
    return "context on " + device.title();
  }

  private Program newProgram(ProgramSource source) {
    Program program = new ProgramBuilder(this, cache).build(source);
    own(program);
    return program;
  }

  /** Threads that end when there is nothing to build. */
  private static ThreadPoolExecutor builderThreads() {
    int threads = Runtime.getRuntime().availableProcessors();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Context::builderThread);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static void await(Future<Program> task) {
    try {
      result(task);
    } catch (OpenClException e) {
      LOG.debug("a program that nobody asked for does not compile", e);
    }
  }

  private static Thread builderThread(Runnable work) {
    Thread thread = new Thread(work, "gabor-program-builder");
    thread.setDaemon(true);
    return thread;
  }

  private static Program result(Future<Program> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          // A compiler cannot be stopped: wait for it, then pass the wish on.
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
