package dev.gabor.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** Where a result goes that may be asked for: nowhere, to a file, or to standard output. */
final class ResultFile implements AutoCloseable {
  private static final String STANDARD_OUTPUT = "-";

  private final Optional<AtomicFile> file;
  private final boolean standardOutput;

  /**
   * Opens the file, so that one that cannot be written is known early.
   *
   * @param name of a file, {@code -} for standard output, or nothing
   */
  ResultFile(Optional<String> name) {
    standardOutput = name.filter(STANDARD_OUTPUT::equals).isPresent();
    file = name.filter(n -> !n.equals(STANDARD_OUTPUT)).map(n -> new AtomicFile(Path.of(n)));
  }

  /** Whether standard output carries it. */
  boolean isStandardOutput() {
    return standardOutput;
  }

  /** Writes the text where it was asked for. */
  void write(Supplier<String> text, PrintWriter out) {
    if (standardOutput) {
      out.println(text.get());
    }
    file.ifPresent(
        target -> {
          target.line(text.get());
          target.commit();
        });
  }

  @Override
  public void close() {
    file.ifPresent(AtomicFile::close);
  }
}
