package dev.gabor.data;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a CSV file with a picture and its class in each line: {@code path,label}. Paths are
 * relative to the file; fields may stand in quotes (RFC 4180); a first line whose first field is
 * path, file, filename, image or image_path is a heading. Classes are sorted, by value where all
 * are whole numbers, else by name.
 */
final class PictureCsv {
  private static final Set<String> HEADINGS =
      Set.of("path", "file", "filename", "image", "image_path");

  private PictureCsv() {}

  /** Reads a file; the classes are those that occur, 2 or more. */
  static PictureList read(Path file) {
    return read(file, Optional.empty());
  }

  /** Reads a file with known classes. */
  static PictureList read(Path file, List<String> classNames) {
    return read(file, Optional.of(classNames));
  }

  private static PictureList read(Path file, Optional<List<String>> known) {
    List<Path> files = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = i == 0 ? lines.get(i).replace("\uFEFF", "") : lines.get(i);
      if (line.isBlank()) {
        continue;
      }
      List<String> fields = fields(line);
      if (fields.size() != 2 || fields.get(0).isEmpty() || fields.get(1).isEmpty()) {
        throw at(file, i, "expected path,label, found " + line);
      }
      if (i == 0 && HEADINGS.contains(fields.get(0).toLowerCase(Locale.ROOT))) {
        continue;
      }
      Path picture = file.resolveSibling(fields.get(0));
      if (!Files.isRegularFile(picture)) {
        throw at(file, i, "picture not found: " + picture);
      }
      if (known.isPresent() && !known.get().contains(fields.get(1))) {
        throw at(
            file,
            i,
            "class %s of no training picture; the classes are %s"
                .formatted(fields.get(1), String.join(", ", known.get())));
      }
      files.add(picture);
      names.add(fields.get(1));
    }
    List<String> classes = known.orElseGet(() -> classes(names));
    if (files.isEmpty() || classes.size() < 2) {
      throw new DataException(
          "%s: expected pictures of 2 classes or more, found %s"
              .formatted(file, files.isEmpty() ? "no line" : "only " + classes.get(0)));
    }
    return new PictureList(file, classes, files, names.stream().map(classes::indexOf).toList());
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new DataException(file + ": expected text in UTF-8", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e, e);
    }
  }

  private static List<String> classes(List<String> names) {
    boolean numbers = names.stream().allMatch(name -> name.matches("\\d{1,9}"));
    Comparator<String> order =
        numbers ? Comparator.comparingInt(Integer::parseInt) : Comparator.naturalOrder();
    return names.stream().distinct().sorted(order).toList();
  }

  /** The fields of a line; quotes may enclose one, two of them stand for one. */
  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append(c);
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString().strip());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString().strip());
    return fields;
  }

  private static DataException at(Path file, int line, String fault) {
    return new DataException(file + ": line " + (line + 1) + ": " + fault);
  }
}
