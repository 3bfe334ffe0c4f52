package dev.gabor.cli;

import dev.gabor.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * An empty file {@code NAME.part} beside a file, to be written and then given its name. It is
 * deleted when it is closed without that, and when a signal ends the process.
 */
final class PartFile implements AutoCloseable {
  private final Path file;
  private final Path path;
  private final Thread removal = new Thread(this::remove, "remove-part-file");

  /** Makes the file, so that one that cannot be written is known early. */
  PartFile(Path file) {
    this.file = file;
    path = file.resolveSibling(file.getFileName() + ".part");
    if (Files.isDirectory(file)) {
      throw new DataException(file + ": expected the name of a file, found a folder");
    }
    try {
      // First, so that there is no moment in which the file is there and would stay.
      Runtime.getRuntime().addShutdownHook(removal);
    } catch (IllegalStateException e) {
      throw new DataException(file + ": cannot be written: the program is being ended", e);
    }
    try {
      // Left by a run that was killed without a word.
      Files.deleteIfExists(path);
      Files.createFile(path);
    } catch (IOException e) {
      forget();
      throw unwritable(e);
    }
  }

  /** What is to be written. */
  Path path() {
    return path;
  }

  /** Gives it the name. */
  void commit() {
    try {
      Files.move(path, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** What to throw where it cannot be written. */
  DataException unwritable(IOException cause) {
    return new DataException(file + ": cannot be written: " + cause, cause);
  }

  @Override
  public void close() {
    forget();
    remove();
  }

  private void remove() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private void forget() {
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException e) {
      // A signal is ending the program, and the hook removes the file.
      return;
    }
  }
}
