package dev.gabor.cli;

import dev.gabor.data.DataException;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A text file that appears all at once, on {@link #commit()}. Closed without that, it leaves what
 * was there before as it was.
 */
final class AtomicFile implements AutoCloseable {
  private final Path file;
  private final Path temporary;
  private final Writer writer;

  /** Opens a temporary file beside the file, so that one that cannot be written is known early. */
  AtomicFile(Path file) {
    this.file = file;
    temporary = file.resolveSibling(file.getFileName() + ".part");
    if (Files.isDirectory(file)) {
      throw new DataException(file + ": expected the name of a file, found a folder");
    }
    try {
      writer = Files.newBufferedWriter(temporary);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Adds a line, to be seen in the temporary file at once. */
  void line(String text) {
    try {
      writer.write(text + "\n");
      writer.flush();
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Gives the file its name. */
  void commit() {
    try {
      writer.close();
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private DataException unwritable(IOException cause) {
    return new DataException(file + ": cannot be written: " + cause, cause);
  }
}
