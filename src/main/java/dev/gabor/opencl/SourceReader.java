package dev.gabor.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads kernel files from the class path and puts {@code #include "…"} files in place, each once,
 * with {@code #line} directives, so that a build log names the file and line a person knows.
 * Includes are found by their text alone: conditions around them and block comments are not
 * understood.
 */
final class SourceReader {
  private static final String FOLDER = "/kernels-cl/";
  private static final Pattern INCLUDE =
      Pattern.compile("\\s*#\\s*include\\s+\"([^\"]+)\"\\s*(?://.*)?");

  private final Set<String> included = new HashSet<>();
  private final StringBuilder text = new StringBuilder();

  private SourceReader() {}

  /** The complete text of the class-path file {@code kernels-cl/<fileName>}. */
  static String read(String fileName) {
    String source =
        find(fileName)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no kernel file " + FOLDER + fileName + " on the class path"));
    return resolve(fileName, source);
  }

  /** The given text with its includes, which come from the class path, put in place. */
  static String resolve(String fileName, String source) {
    SourceReader reader = new SourceReader();
    reader.included.add(fileName);
    reader.append(fileName, source);
    return reader.text.toString();
  }

  private void append(String fileName, String source) {
    line(1, fileName);
    int number = 0;
    for (Iterator<String> lines = source.lines().iterator(); lines.hasNext(); ) {
      String line = lines.next();
      number++;
      Matcher include = INCLUDE.matcher(line);
      if (!include.matches()) {
        text.append(line).append('\n');
      } else if (included.add(include.group(1))) {
        append(include.group(1), includedText(include.group(1), fileName, number));
        line(number + 1, fileName);
      } else {
        text.append('\n');
      }
    }
  }

  private void line(int number, String fileName) {
    text.append("#line ").append(number).append(" \"").append(fileName).append("\"\n");
  }

  private static String includedText(String wanted, String fileName, int line) {
    return find(wanted)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s:%d includes \"%s\", but there is no %s%s on the class path"
                        .formatted(fileName, line, wanted, FOLDER, wanted)));
  }

  private static Optional<String> find(String fileName) {
    try (InputStream stream = SourceReader.class.getResourceAsStream(FOLDER + fileName)) {
      return stream == null
          ? Optional.empty()
          : Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FOLDER + fileName, e);
    }
  }
}
