package dev.gabor.opencl;

import dev.gabor.opencl.ProgramCache.Entry;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_program;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compiles programs for one context, through the cache on disk. */
final class ProgramBuilder {
  private static final Logger LOG = LoggerFactory.getLogger(ProgramBuilder.class);

  private final Context context;
  private final ProgramCache cache;

  ProgramBuilder(Context context, ProgramCache cache) {
    this.context = context;
    this.cache = cache;
  }

  Program build(ProgramSource source) {
    String text = context.lanes().rewritten(source.text());
    String key = ProgramCache.key(text, source.options(), context.device());
    Optional<Entry> entry = cache.find(key);
    if (entry.isPresent() && entry.get() instanceof Entry.Failure failure) {
      throw OpenClException.buildFailed(
          source, context.device(), CL.CL_BUILD_PROGRAM_FAILURE, failure.log());
    }
    if (entry.isPresent() && entry.get() instanceof Entry.Binary binary) {
      Optional<cl_program> loaded = load(source, binary.bytes());
      if (loaded.isPresent()) {
        return new Program(context, source, loaded.get());
      }
    }
    return new Program(context, source, compile(source, text, key));
  }

  private cl_program compile(ProgramSource source, String text, String key) {
    int[] status = new int[1];
    String[] texts = {text};
    cl_program program = CL.clCreateProgramWithSource(context.handle(), 1, texts, null, status);
    Status.check(status[0], "clCreateProgramWithSource", source);
    int built = CL.clBuildProgram(program, 0, null, source.options(), null, null);
    if (built == CL.CL_SUCCESS) {
      if (cache.keeps()) {
        binary(program).ifPresent(bytes -> cache.store(key, new Entry.Binary(bytes)));
      }
      return program;
    }
    String log = log(program);
    CL.clReleaseProgram(program);
    if (built == CL.CL_BUILD_PROGRAM_FAILURE) {
      cache.store(key, new Entry.Failure(log));
    }
    throw OpenClException.buildFailed(source, context.device(), built, log);
  }

  /** A program from a cached binary; empty if the driver no longer takes it. */
  private Optional<cl_program> load(ProgramSource source, byte[] binary) {
    int[] status = new int[1];
    cl_program program =
        CL.clCreateProgramWithBinary(
            context.handle(),
            1,
            new cl_device_id[] {context.deviceId()},
            new long[] {binary.length},
            new byte[][] {binary},
            null,
            status);
    if (status[0] == CL.CL_SUCCESS) {
      status[0] = CL.clBuildProgram(program, 0, null, source.options(), null, null);
      if (status[0] == CL.CL_SUCCESS) {
        return Optional.of(program);
      }
      CL.clReleaseProgram(program);
    }
    LOG.debug("cached {} refused with {}", source, CL.stringFor_errorCode(status[0]));
    return Optional.empty();
  }

  private Optional<byte[]> binary(cl_program program) {
    long[] size = new long[1];
    int status =
        CL.clGetProgramInfo(
            program, CL.CL_PROGRAM_BINARY_SIZES, Long.BYTES, Pointer.to(size), null);
    if (status != CL.CL_SUCCESS || size[0] == 0) {
      LOG.debug("{} gives no program binaries", context);
      return Optional.empty();
    }
    byte[] bytes = new byte[Math.toIntExact(size[0])];
    Pointer target = Pointer.to(Pointer.to(bytes));
    status = CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARIES, Long.BYTES, target, null);
    if (status != CL.CL_SUCCESS) {
      LOG.debug("{} gives no program binary: {}", context, CL.stringFor_errorCode(status));
      return Optional.empty();
    }
    return Optional.of(bytes);
  }

  private String log(cl_program program) {
    return Info.text(
        "clGetProgramBuildInfo",
        context,
        (size, target, needed) ->
            CL.clGetProgramBuildInfo(
                program, context.deviceId(), CL.CL_PROGRAM_BUILD_LOG, size, target, needed));
  }
}
