package dev.gabor.opencl;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jocl.CL;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** A compiled program. It belongs to its {@link Context}, which closes it. */
public final class Program extends NativeObject {
  private final Context context;
  private final ProgramSource source;
  private final cl_program handle;
  private final ConcurrentHashMap<String, KernelSignature> signatures = new ConcurrentHashMap<>();

  Program(Context context, ProgramSource source, cl_program handle) {
    super(LiveObjects.Kind.PROGRAM, Optional.of(context));
    this.context = context;
    this.source = source;
    this.handle = handle;
  }

  /** What the program was built from. */
  public ProgramSource source() {
    return source;
  }

  /**
   * A new kernel object, with arguments of its own that stay bound from launch to launch. Close it,
   * or leave that to the program.
   *
   * @throws OpenClException if the program has no such kernel; the message lists those it has
   */
  public Kernel kernel(String name) {
    requireOpen();
    int[] status = new int[1];
    cl_kernel kernel = CL.clCreateKernel(handle, name, status);
    if (status[0] != CL.CL_SUCCESS) {
      String subject = "kernel %s of %s, which has: %s".formatted(name, this, kernelNames());
      throw OpenClException.failed("clCreateKernel", status[0], subject);
    }
    KernelSignature signature =
        signatures.computeIfAbsent(name, key -> KernelSignature.of(kernel, key));
    Kernel made = new Kernel(this, name, kernel, signature);
    own(made);
    return made;
  }

  Context context() {
    return context;
  }

  @Override
  int release() {
    return CL.clReleaseProgram(handle);
  }

  @Override
  public String toString() {
    return "program " + source + " on " + context.device().title();
  }

  private String kernelNames() {
    String names =
        Info.text(
            "clGetProgramInfo",
            this,
            (size, target, needed) ->
                CL.clGetProgramInfo(handle, CL.CL_PROGRAM_KERNEL_NAMES, size, target, needed));
    return names.replace(";", ", ");
  }
}
