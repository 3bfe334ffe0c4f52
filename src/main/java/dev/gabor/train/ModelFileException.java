package dev.gabor.train;

import java.nio.file.Path;

/** A model file that cannot be read, written or used; one line naming file, position and fault. */
public final class ModelFileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** A fault of a file. */
  public ModelFileException(Path file, String fault) {
    super(file + ": " + fault);
  }

  /** A fault of a file, with what led to it. */
  public ModelFileException(Path file, String fault, Throwable cause) {
    super(file + ": " + fault, cause);
  }
}
