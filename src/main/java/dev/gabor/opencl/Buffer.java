package dev.gabor.opencl;

import java.util.Optional;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_buffer_region;
import org.jocl.cl_mem;

/**
 * Device memory, or a slice of it. Transfers wait until they are done, and everything launched
 * before them too; ranges are checked before the driver sees them, because neither JOCL nor most
 * drivers do.
 */
public final class Buffer extends NativeObject {
  private final Context context;
  private final Optional<Buffer> root;
  private final cl_mem handle;
  private final long originBytes;
  private final long sizeBytes;

  /** A whole buffer. */
  Buffer(Context context, cl_mem handle, long sizeBytes) {
    super(LiveObjects.Kind.BUFFER, Optional.of(context));
    this.context = context;
    this.root = Optional.empty();
    this.handle = handle;
    this.originBytes = 0;
    this.sizeBytes = sizeBytes;
  }

  /** A slice that was asked of {@code parent} and is cut from {@code root}. */
  private Buffer(Buffer parent, Buffer root, cl_mem handle, long originBytes, long sizeBytes) {
    super(LiveObjects.Kind.SLICE, Optional.of(parent));
    this.context = root.context;
    this.root = Optional.of(root);
    this.handle = handle;
    this.originBytes = originBytes;
    this.sizeBytes = sizeBytes;
  }

  /** The length in bytes. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /**
   * A part of this buffer that can be bound as a kernel argument of its own and shares its memory.
   * It is closed with this buffer, and can be closed earlier.
   *
   * @param offsetBytes where it begins; its place in the whole buffer must be a multiple of {@link
   *     Device#alignmentBytes()}
   * @param sizeBytes its length, at least 1
   */
  public Buffer slice(long offsetBytes, long sizeBytes) {
    requireOpen();
    checkRange("slice", offsetBytes, sizeBytes);
    long origin = originBytes + offsetBytes;
    int alignment = context.device().alignmentBytes();
    if (sizeBytes == 0 || origin % alignment != 0) {
      throw new IllegalArgumentException(
          "slice at byte %d, %d bytes long, of %s: needs at least 1 byte and a multiple of %d"
                  .formatted(origin, sizeBytes, this, alignment)
              + " to begin at");
    }
    // OpenCL knows no slices of slices: all are cut from the whole.
    Buffer whole = root.orElse(this);
    int[] status = new int[1];
    cl_mem mem =
        CL.clCreateSubBuffer(
            whole.handle,
            CL.CL_MEM_READ_WRITE,
            CL.CL_BUFFER_CREATE_TYPE_REGION,
            new cl_buffer_region(origin, sizeBytes),
            status);
    Status.check(
        status[0], "clCreateSubBuffer", sizeBytes + " bytes at " + origin + " of " + whole);
    Buffer slice = new Buffer(this, whole, mem, origin, sizeBytes);
    own(slice);
    return slice;
  }

  /**
   * Copies {@code count} floats from the array, beginning at {@code sourceOffset}, to the device.
   */
  public void write(float[] source, int sourceOffset, int count, long targetOffsetBytes) {
    checkArray("write", source.length, sourceOffset, count);
    transfer("write", Pointer.to(source), sourceOffset, count, Float.BYTES, targetOffsetBytes);
  }

  /** Copies {@code count} ints from the array, beginning at {@code sourceOffset}, to the device. */
  public void write(int[] source, int sourceOffset, int count, long targetOffsetBytes) {
    checkArray("write", source.length, sourceOffset, count);
    transfer("write", Pointer.to(source), sourceOffset, count, Integer.BYTES, targetOffsetBytes);
  }

  /**
   * Copies {@code count} bytes from the array, beginning at {@code sourceOffset}, to the device.
   */
  public void write(byte[] source, int sourceOffset, int count, long targetOffsetBytes) {
    checkArray("write", source.length, sourceOffset, count);
    transfer("write", Pointer.to(source), sourceOffset, count, Byte.BYTES, targetOffsetBytes);
  }

  /** Copies {@code count} floats from the device to the array, from {@code targetOffset} on. */
  public void read(float[] target, int targetOffset, int count, long sourceOffsetBytes) {
    checkArray("read", target.length, targetOffset, count);
    transfer("read", Pointer.to(target), targetOffset, count, Float.BYTES, sourceOffsetBytes);
  }

  /** Copies {@code count} ints from the device to the array, from {@code targetOffset} on. */
  public void read(int[] target, int targetOffset, int count, long sourceOffsetBytes) {
    checkArray("read", target.length, targetOffset, count);
    transfer("read", Pointer.to(target), targetOffset, count, Integer.BYTES, sourceOffsetBytes);
  }

  /** Copies {@code count} bytes from the device to the array, from {@code targetOffset} on. */
  public void read(byte[] target, int targetOffset, int count, long sourceOffsetBytes) {
    checkArray("read", target.length, targetOffset, count);
    transfer("read", Pointer.to(target), targetOffset, count, Byte.BYTES, sourceOffsetBytes);
  }

  /**
   * Fills a range with one 4-byte word, in queue order, without waiting; allocates nothing.
   *
   * @param offsetBytes a multiple of 4
   * @param sizeBytes a multiple of 4
   */
  public void fill(int word, long offsetBytes, long sizeBytes) {
    requireOpen();
    checkRange("fill", offsetBytes, sizeBytes);
    if (offsetBytes % Integer.BYTES != 0 || sizeBytes % Integer.BYTES != 0) {
      throw new IllegalArgumentException(
          "fill of %d bytes at byte %d: both must be multiples of 4"
              .formatted(sizeBytes, offsetBytes));
    }
    if (sizeBytes > 0) {
      context.queue().fill(this, word, offsetBytes, sizeBytes);
    }
  }

  /** Fills the whole buffer with zero bits; its size must be a multiple of 4. */
  public void fillZero() {
    fill(0, 0, sizeBytes);
  }

  /** Copies bytes from another buffer of the same context, in queue order, without waiting. */
  public void copyFrom(Buffer source, long sourceOffsetBytes, long targetOffsetBytes, long bytes) {
    requireOpen();
    source.requireOpen();
    source.checkRange("copy from", sourceOffsetBytes, bytes);
    checkRange("copy to", targetOffsetBytes, bytes);
    if (source.context != context) {
      throw new IllegalArgumentException(source + " does not belong to " + context);
    }
    if (bytes > 0) {
      Status.check(
          CL.clEnqueueCopyBuffer(
              context.queue().forCommand(),
              source.handle,
              handle,
              sourceOffsetBytes,
              targetOffsetBytes,
              bytes,
              0,
              null,
              null),
          "clEnqueueCopyBuffer",
          this);
    }
  }

  cl_mem handle() {
    return handle;
  }

  Context context() {
    return context;
  }

  @Override
  int release() {
    return CL.clReleaseMemObject(handle);
  }

  @Override
  public String toString() {
    String what = root.isPresent() ? "slice" : "buffer";
    return what + " of " + sizeBytes + " bytes on " + context.device().id();
  }

  private void transfer(
      String verb, Pointer array, int arrayOffset, int count, int elementBytes, long offset) {
    requireOpen();
    long bytes = (long) count * elementBytes;
    checkRange(verb, offset, bytes);
    if (bytes == 0) {
      return;
    }
    Pointer host = array.withByteOffset((long) arrayOffset * elementBytes);
    if (verb.equals("write")) {
      Status.check(
          CL.clEnqueueWriteBuffer(
              context.queue().forCommand(), handle, true, offset, bytes, host, 0, null, null),
          "clEnqueueWriteBuffer",
          this);
    } else {
      Status.check(
          CL.clEnqueueReadBuffer(
              context.queue().forCommand(), handle, true, offset, bytes, host, 0, null, null),
          "clEnqueueReadBuffer",
          this);
    }
  }

  private void checkRange(String verb, long offsetBytes, long bytes) {
    if (offsetBytes < 0 || bytes < 0 || offsetBytes > sizeBytes - bytes) {
      throw new IllegalArgumentException(
          "%s of %d bytes at byte %d: outside the %s".formatted(verb, bytes, offsetBytes, this));
    }
  }

  private void checkArray(String verb, int length, int offset, int count) {
    if (offset < 0 || count < 0 || offset > length - count) {
      throw new IllegalArgumentException(
          "%s of %d elements at index %d: outside the array of %d (%s)"
              .formatted(verb, count, offset, length, this));
    }
  }
}
