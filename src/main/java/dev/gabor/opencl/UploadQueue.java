package dev.gabor.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
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
 * and the device fetches it from there.
 */
public final class UploadQueue extends NativeObject {
  private final Context context;
  private final cl_command_queue handle;
  private final boolean pinned;
  private final int[] status = new int[1];
  private Optional<Staging> staging = Optional.empty();

  /** Memory of the host that stays mapped. */
  private record Staging(Buffer buffer, ByteBuffer bytes, FloatBuffer floats) {}

  UploadQueue(Context context, cl_command_queue handle, boolean pinned) {
    super(LiveObjects.Kind.QUEUE, Optional.of(context));
    this.context = context;
    this.handle = handle;
    this.pinned = pinned;
  }

  /**
   * Copies floats to the beginning of a buffer and returns when they are there.
   *
   * @param target made by {@link Context#allocateForHost}
   * @param source its first {@code count} elements are copied
   */
  public void write(float[] source, int count, Buffer target) {
    requireOpen();
    target.requireOpen();
    long bytes = (long) count * Float.BYTES;
    if (count < 1 || count > source.length || bytes > target.sizeBytes()) {
      throw new IllegalArgumentException(
          "upload of %d floats from an array of %d to the %s"
              .formatted(count, source.length, target));
    }
    if (pinned) {
      Staging room = staging(bytes);
      room.floats().put(0, source, 0, count);
      Status.check(
          CL.clEnqueueWriteBuffer(
              handle, target.handle(), true, 0, bytes, Pointer.to(room.bytes()), 0, null, null),
          "clEnqueueWriteBuffer",
          target);
    } else {
      ByteBuffer mapped = map(target, bytes);
      mapped.order(ByteOrder.nativeOrder()).asFloatBuffer().put(0, source, 0, count);
      unmap(target, mapped);
    }
  }

  private Staging staging(long bytes) {
    if (staging.isEmpty() || staging.get().buffer().sizeBytes() < bytes) {
      releaseStaging();
      Buffer buffer = context.allocateForHost(bytes);
      ByteBuffer mapped = map(buffer, bytes).order(ByteOrder.nativeOrder());
      staging = Optional.of(new Staging(buffer, mapped, mapped.asFloatBuffer()));
    }
    return staging.get();
  }

  private ByteBuffer map(Buffer buffer, long bytes) {
    ByteBuffer mapped =
        CL.clEnqueueMapBuffer(
            handle,
            buffer.handle(),
            true,
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
    Status.check(CL.clFinish(handle), "clFinish", this);
  }

  private void releaseStaging() {
    staging
        .filter(room -> room.buffer().isOpen())
        .ifPresent(
            room -> {
              unmap(room.buffer(), room.bytes());
              room.buffer().close();
            });
    staging = Optional.empty();
  }

  @Override
  void beforeClose() {
    releaseStaging();
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
