package dev.gabor.cli;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A text file that appears all at once, on {@link #commit()}. Closed without that, it leaves what
 * was there before as it was.
 */
final class AtomicFile implements AutoCloseable {
  private final PartFile part;
  private final Writer writer;

  /** Opens a temporary file beside the file, so that one that cannot be written is known early. */
  AtomicFile(Path file) {
    part = new PartFile(file);
    try {
      writer = Files.newBufferedWriter(part.path());
    } catch (IOException e) {
      part.close();
      throw part.unwritable(e);
    }
  }

  /** Adds a line, to be seen in the temporary file at once. */
  void line(String text) {
    try {
      writer.write(text + "\n");
      writer.flush();
    } catch (IOException e) {
      throw part.unwritable(e);
    }
  }

  /** Gives the file its name. */
  void commit() {
    try {
      writer.close();
    } catch (IOException e) {
      throw part.unwritable(e);
    }
    part.commit();
  }

  @Override
  public void close() {
    try (part) {
      writer.close();
    } catch (IOException e) {
      throw part.unwritable(e);
    }
  }
}
