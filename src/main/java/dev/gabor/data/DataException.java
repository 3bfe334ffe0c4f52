package dev.gabor.data;

import java.nio.file.Path;

/**
 * Data that cannot be used; the message is one line naming the file, the position and the fault.
 */
public final class DataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** A fault described by the whole message. */
  public DataException(String message) {
    super(message);
  }

  /** A fault described by the whole message, with what led to it. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A fault at a byte of a file; for a compressed file the byte counts uncompressed ones. */
  static DataException at(Path file, long position, String fault) {
    return new DataException(file + ": byte " + position + ": " + fault);
  }
}
