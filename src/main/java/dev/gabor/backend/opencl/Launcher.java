package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.opencl.Buffer;
import dev.gabor.opencl.Context;
import dev.gabor.opencl.Kernel;
import dev.gabor.opencl.KernelArguments;
import dev.gabor.opencl.Program;
import dev.gabor.opencl.ProgramSource;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Binds kernels to tensors and work sizes: {@code launcher.kernel("activation",
 * "activation_forward").tensor(x) .tensor(y).integer(n).over(n)}. Each binding has a kernel object
 * of its own, so its arguments stay set.
 */
final class Launcher {
  /** The vector lengths that devices get. */
  static final List<Integer> VECTORS = List.of(16, 8, 4);

  static final int GPU_VECTOR = 4;

  /** Work-items of a group where the size does not matter; every driver allows so many. */
  private static final long MOST_ITEMS = 256;

  /** Results from this size on do not stay in a last-level cache that is shared with others. */
  private static final long STREAM_BYTES = 16L << 20;

  /** So few cores of a server seldom fill its memory. */
  private static final int FEW_CORES = 2;

  /** Launches on fewer bytes are done before a second core has begun, or soon after. */
  private static final long APART_BYTES = 1L << 20;

  private static final int LLVMPIPE_ITERATIONS = 60_000;

  /** Groups for each core of a CPU, where one may be done before the others. */
  private static final int GROUPS_OF_UNIT = 8;

  private final Context context;
  private final boolean cpu;
  private final TileWeights tileWeights;
  private Optional<Buffer> zeros = Optional.empty();

  Launcher(Context context, boolean cpu, TileWeights tileWeights) {
    this.context = context;
    this.cpu = cpu;
    this.tileWeights = tileWeights;
  }

  /** How tiles are weighed on this class of devices. */
  TileWeights tileWeights() {
    return tileWeights;
  }

  /** Whether work is cut as for a CPU, else as for a GPU; both are right on every device. */
  boolean isCpu() {
    return cpu;
  }

  /**
   * Floats in a work-item's vector: one AVX-512 register on CPU drivers, one 16-byte access on
   * GPUs.
   */
  int vectorLength() {
    return cpu
        ? Math.min(16, Math.max(4, context.device().preferredVectorWidthFloat()))
        : GPU_VECTOR;
  }

  /**
   * Whether a work-item may loop so often. Mesa's llvmpipe leaves all loops of a work-item, in
   * silence, after 65535 iterations together, the last test of each loop being one of them.
   *
   * @param iterations of all loops together, at most
   */
  boolean loopsEnd(long iterations) {
    boolean llvmpipe =
        context.device().isCpu() && context.device().platformName().equals("rusticl");
    return !llvmpipe || iterations <= LLVMPIPE_ITERATIONS;
  }

  /**
   * The argument by which kernels store past the caches (1) or through them (0): on CPUs a large
   * result that nobody reads soon need not be read before it is written.
   */
  int stream(Shape result) {
    return cpu && result.size() * Float.BYTES >= STREAM_BYTES ? 1 : 0;
  }

  /** The same for an image whose channels must fill whole vectors, so that all are aligned. */
  int stream(Shape result, int vector) {
    return result.length(1) % vector == 0 ? stream(result) : 0;
  }

  /**
   * The same for the passes of one tensor that compute: a store past the caches holds up the
   * arithmetic of its core, which costs more than it saves where the memory has room.
   */
  int streamByMany(Shape result) {
    return context.device().computeUnits() > FEW_CORES ? stream(result) : 0;
  }

  /** Whether a launch on so many bytes is left to one core of a CPU with two queues. */
  boolean staysWhole(long bytes) {
    return bytes < APART_BYTES;
  }

  /** The build option that sets the vector length for {@code vector.clh}. */
  String vector() {
    return vector(vectorLength());
  }

  /** The build option for a vector length. */
  static String vector(int length) {
    return "-DVECTOR=" + length;
  }

  /** The vectors that cover so many elements, the last one partly. */
  int vectors(int elements) {
    return (elements + vectorLength() - 1) / vectorLength();
  }

  /** A buffer of zeros for reading, at least so many floats; the same one for all who ask. */
  Buffer zeros(int floats) {
    if (zeros.isEmpty() || zeros.get().sizeBytes() < (long) floats * Float.BYTES) {
      Buffer larger = context.allocate((long) Math.max(floats, 4096) * Float.BYTES);
      larger.fillZero();
      zeros =
          Optional.of(
              larger); // a smaller one stays with the kernels bound to it, until the context closes
    }
    return zeros.get();
  }

  /** The context, for what the fluent form does not cover. */
  Context context() {
    return context;
  }

  /** Begins a binding of a kernel of {@code kernels-cl/<program>.cl}, built with options. */
  Binding kernel(String program, String kernel, String... options) {
    assert Variants.contain(program, List.of(options))
        : program + " " + List.of(options) + " is not among the variants() of its launcher";
    ProgramSource source = ProgramSource.of(program, options);
    context.buildSoon(source);
    return new Binding(() -> context.build(source).kernel(kernel), false);
  }

  /** Begins a binding of a kernel of a user's own program; it says at once what is wrong there. */
  Binding kernelOfText(String program, String text, String kernel) {
    Program built = context.build(ProgramSource.ofText(program, text));
    return new Binding(() -> built.kernel(kernel), true);
  }

  /** Begins a binding of a kernel of a program that not every device can build. */
  Binding kernel(Program program, String kernel) {
    return new Binding(() -> program.kernel(kernel), true);
  }

  /**
   * A kernel whose arguments are being given, in order. They are kept until the program is built,
   * which the first {@link Launch#ready()} waits for.
   */
  final class Binding {
    private final Supplier<Kernel> making;
    private final boolean atOnce;
    private final List<Consumer<KernelArguments>> arguments = new ArrayList<>();
    private Optional<Kernel> made = Optional.empty();
    private long bytes;

    private Binding(Supplier<Kernel> making, boolean atOnce) {
      this.making = making;
      this.atOnce = atOnce;
    }

    /** The memory of a tensor, or a null pointer for the absent one. */
    Binding tensor(DeviceTensor tensor) {
      return bufferOrNull(
          tensor.isPresent() ? Optional.of(OpenClTensor.of(tensor).buffer()) : Optional.empty());
    }

    /** Memory that is no tensor, or a null pointer. */
    Binding bufferOrNull(Optional<Buffer> buffer) {
      return buffer.map(this::buffer).orElseGet(() -> with(KernelArguments::noBuffer));
    }

    /** Memory that is no tensor. */
    Binding buffer(Buffer buffer) {
      bytes += buffer.sizeBytes();
      return with(all -> all.buffer(buffer));
    }

    /** One or more ints. */
    Binding integers(int... values) {
      for (int value : values) {
        with(all -> all.integer(value));
      }
      return this;
    }

    /** One or more longs. */
    Binding longIntegers(long... values) {
      for (long value : values) {
        with(all -> all.longInteger(value));
      }
      return this;
    }

    /** A float. */
    Binding floating(float value) {
      return with(all -> all.floating(value));
    }

    /** Local memory for each work-group. */
    Binding local(long sizeBytes) {
      return with(all -> all.local(sizeBytes));
    }

    private Binding with(Consumer<KernelArguments> argument) {
      arguments.add(argument);
      return this;
    }

    /** The kernel, for steps that set some arguments when they run; waits for its program. */
    Kernel kernel() {
      if (made.isEmpty()) {
        made = Optional.of(making.get());
      }
      return made.get();
    }

    private Kernel complete() {
      KernelArguments all = kernel().args();
      arguments.forEach(argument -> argument.accept(all));
      return all.done();
    }

    /** The step over work-items that share nothing, in groups of any size. */
    Launch over(long... global) {
      int fewest = staysWhole(bytes) ? 1 : GROUPS_OF_UNIT * context.device().computeUnits();
      long[] local = context.device().isCpu() ? groups(fewest, global) : null;
      return launch(global.clone(), local);
    }

    /**
     * The step over work-groups of a fixed size: {@code groups[i] * local[i]} work-items along each
     * dimension.
     */
    Launch overGroups(long[] groups, long[] local) {
      long[] global = new long[groups.length];
      for (int i = 0; i < groups.length; i++) {
        global[i] = groups[i] * local[i];
      }
      return launch(global, local.clone());
    }

    private Launch launch(long[] global, long[] local) {
      boolean apart = !staysWhole(bytes);
      Launch launch = new Launch(context.queue(), this::complete, global, local, apart);
      if (atOnce) {
        launch.ready();
      }
      return launch;
    }
  }

  /**
   * Groups that divide the work, for CPU drivers; GPUs choose their own. PoCL compiles a kernel
   * anew for each size of groups, and what it would choose differs from shape to shape: powers of
   * two keep the sizes few.
   *
   * @param fewest groups where there are so many work-items, as a core has a group to itself
   */
  static long[] groups(int fewest, long... global) {
    long[] local = new long[global.length];
    long items = Arrays.stream(global).reduce(1, (one, other) -> one * other);
    long room = Math.max(1, Math.min(MOST_ITEMS, Long.highestOneBit(items / fewest)));
    for (int i = 0; i < global.length; i++) {
      local[i] = Math.min(room, Long.lowestOneBit(global[i]));
      room /= local[i];
    }
    return local;
  }

  /** Runs several steps one after the other. */
  static Step sequence(Step... steps) {
    return new Step() {
      @Override
      public void ready() {
        for (Step step : steps) {
          step.ready();
        }
      }

      @Override
      public void run() {
        for (Step step : steps) {
          step.run();
        }
      }

      @Override
      public void close() {
        for (Step step : steps) {
          step.close();
        }
      }
    };
  }
}
