package dev.gabor.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jocl.Pointer;

/** Reads the values of the {@code clGet…Info} family, whatever their size. */
final class Info {
  /** One {@code clGet…Info} call with all but its last three arguments bound. */
  interface Query {
    int get(long sizeBytes, Pointer target, long[] neededBytes);
  }

  private Info() {}

  static byte[] bytes(String call, Object subject, Query query) {
    long[] needed = new long[1];
    Status.check(query.get(0, null, needed), call, subject);
    byte[] value = new byte[Math.toIntExact(needed[0])];
    if (value.length > 0) {
      Status.check(query.get(value.length, Pointer.to(value), null), call, subject);
    }
    return value;
  }

  static String text(String call, Object subject, Query query) {
    byte[] value = bytes(call, subject, query);
    int length = value.length;
    while (length > 0 && value[length - 1] == 0) {
      length--;
    }
    return new String(value, 0, length, StandardCharsets.UTF_8).strip();
  }

  /** An unsigned number of 4 or 8 bytes; size_t is either, as the machine goes. */
  static long number(String call, Object subject, Query query) {
    ByteBuffer value = ByteBuffer.wrap(bytes(call, subject, query)).order(ByteOrder.nativeOrder());
    return value.capacity() == Integer.BYTES
        ? Integer.toUnsignedLong(value.getInt())
        : value.getLong();
  }
}
