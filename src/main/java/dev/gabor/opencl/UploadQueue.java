package dev.gabor.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;

/**
 * A second queue of a {@link Context} that fills buffers while the first one works, for one other
 * thread. Nothing that the first queue still has to run may use a buffer while it is filled.
 *
 * <p>Where device and host share their memory the buffer itself is mapped, and the host writes
 * where the kernels read. Elsewhere the host writes to memory that stays mapped, which drivers pin,
 * and the device fetches it from there. PoCL's kernels read the memory that was mapped, so there a
 * buffer stays mapped and a copy needs no command: the threads of its devices, which would do it,
 * are those that run the kernels.
 */
public final class UploadQueue extends NativeObject {
  private final Context context;
  private final cl_command_queue handle;
  private final boolean pinned;
  private final int[] status = new int[1];
  private final Map<Buffer, Mapping> kept = new HashMap<>();
  private Optional<Mapping> staging = Optional.empty();

  /** A buffer that stays mapped. */
  private record Mapping(Buffer buffer, ByteBuffer bytes, FloatBuffer floats) {}

  UploadQueue(Context context, cl_command_queue handle, boolean pinned) {
    super(LiveObjects.Kind.QUEUE, Optional.of(context));
    this.context = context;
    this.handle = handle;
    this.pinned = pinned;
  }

  /**
   * Floats for the beginning of a buffer.
   *
   * @param source what is left in it is copied; its position stays
   * @param target made by {@link Context#allocateForHost}
   */
  public record Part(FloatBuffer source, Buffer target) {
    private long bytes() {
      return (long) source.remaining() * Float.BYTES;
    }

    private void copyTo(FloatBuffer floats) {
      floats.put(0, source, source.position(), source.remaining());
    }
  }

  /**
   * Copies all parts and returns when they are there. Together they cost hardly more than one: each
   * wait for a driver takes as long as some small kernels.
   */
  public void write(Part... parts) {
    requireOpen();
    for (Part part : parts) {
      part.target().requireOpen();
      if (part.bytes() == 0 || part.bytes() > part.target().sizeBytes()) {
        throw new IllegalArgumentException(
            "upload of %d floats to the %s".formatted(part.source().remaining(), part.target()));
      }
    }
    if (pinned) {
      for (Part part : parts) {
        writePinned(part);
      }
    } else if (context.device().isPocl() && context.device().isCpu()) {
      for (Part part : parts) {
        part.copyTo(kept.computeIfAbsent(part.target(), this::mapping).floats());
      }
    } else {
      writeMapped(parts);
    }
  }

  private void writePinned(Part part) {
    Mapping room = staging(part.bytes());
    part.copyTo(room.floats());
    Status.check(
        CL.clEnqueueWriteBuffer(
            handle,
            part.target().handle(),
            true,
            0,
            part.bytes(),
            Pointer.to(room.bytes()),
            0,
            null,
            null),
        "clEnqueueWriteBuffer",
        part.target());
  }

  private void writeMapped(Part... parts) {
    ByteBuffer[] mapped = new ByteBuffer[parts.length];
    for (int i = 0; i < parts.length; i++) {
      // The queue is in order: when the last one is mapped, all are.
      mapped[i] = map(parts[i].target(), parts[i].bytes(), i == parts.length - 1);
    }
    for (int i = 0; i < parts.length; i++) {
      parts[i].copyTo(mapped[i].order(ByteOrder.nativeOrder()).asFloatBuffer());
    }
    for (int i = 0; i < parts.length; i++) {
      unmap(parts[i].target(), mapped[i]);
    }
    Status.check(CL.clFinish(handle), "clFinish", this);
  }

  private Mapping staging(long bytes) {
    if (staging.isEmpty() || staging.get().buffer().sizeBytes() < bytes) {
      releaseStaging();
      staging = Optional.of(mapping(context.allocateForHost(bytes)));
    }
    return staging.get();
  }

  private Mapping mapping(Buffer buffer) {
    ByteBuffer mapped = map(buffer, buffer.sizeBytes(), true).order(ByteOrder.nativeOrder());
    return new Mapping(buffer, mapped, mapped.asFloatBuffer());
  }

  private ByteBuffer map(Buffer buffer, long bytes, boolean waiting) {
    ByteBuffer mapped =
        CL.clEnqueueMapBuffer(
            handle,
            buffer.handle(),
            waiting,
            CL.CL_MAP_WRITE_INVALIDATE_REGION,
            0,
            bytes,
            0,
            null,
            null,
            status);
    Status.check(status[0], "clEnqueueMapBuffer", buffer);
    return mapped;
  }

  private void unmap(Buffer buffer, ByteBuffer mapped) {
    Status.check(
        CL.clEnqueueUnmapMemObject(handle, buffer.handle(), mapped, 0, null, null),
        "clEnqueueUnmapMemObject",
        buffer);
  }

  private void releaseStaging() {
    staging.ifPresent(this::unmap);
    staging.map(Mapping::buffer).ifPresent(Buffer::close);
    staging = Optional.empty();
  }

  /** A buffer that was closed is mapped no more. */
  private void unmap(Mapping mapping) {
    if (mapping.buffer().isOpen()) {
      unmap(mapping.buffer(), mapping.bytes());
      Status.check(CL.clFinish(handle), "clFinish", this);
    }
  }

  @Override
  void beforeClose() {
    releaseStaging();
    kept.values().forEach(this::unmap);
  }

  @Override
  int release() {
    return CL.clReleaseCommandQueue(handle);
  }

  @Override
  public String toString() {
    return "upload queue of " + context;
  }
}
