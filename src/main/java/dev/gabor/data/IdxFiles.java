package dev.gabor.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where the four IDX files of a set are: their folder and what their names begin with, for example
 * nothing (MNIST, KMNIST) or {@code emnist-letters-}.
 */
record IdxFiles(Path folder, String prefix) {
  private static final Pattern NAME =
      Pattern.compile("(.*?)(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(\\.gz)?");

  /**
   * The files of a folder, or of the part of a path that their names begin with; empty where there
   * are none.
   *
   * @throws DataException if a folder holds several sets
   */
  static Optional<IdxFiles> find(Path path) {
    if (Files.isDirectory(path)) {
      Set<String> found = prefixes(path);
      if (found.size() > 1 && !found.contains("")) {
        throw new DataException(
            "%s: several sets of IDX files, say which: %s"
                .formatted(
                    path,
                    String.join(
                        ", ",
                        found.stream()
                            .map(p -> path.resolve(p.substring(0, p.length() - 1)).toString())
                            .toList())));
      }
      return found.stream().findFirst().map(prefix -> new IdxFiles(path, prefix));
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return Optional.empty();
    }
    String prefix = path.getFileName() + "-";
    return prefixes(parent).contains(prefix)
        ? Optional.of(new IdxFiles(parent, prefix))
        : Optional.empty();
  }

  private static Set<String> prefixes(Path folder) {
    Set<String> prefixes = new TreeSet<>();
    try (Stream<Path> content = Files.list(folder)) {
      content
          .map(file -> NAME.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .forEach(name -> prefixes.add(name.group(1)));
    } catch (IOException e) {
      throw new DataException(folder + ": cannot be listed: " + e, e);
    }
    return prefixes;
  }

  /** A file of a part, if it is there. */
  Optional<Path> lookFor(Split split, String content, int rank) {
    return names(split, content, rank).stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** A file of a part. */
  Path get(Split split, String content, int rank) {
    return lookFor(split, content, rank)
        .orElseThrow(
            () ->
                new DataException(
                    "%s: no %s %s: looked for %s"
                        .formatted(
                            folder,
                            split == Split.TRAIN ? "training" : "test",
                            content,
                            String.join(", ", names(split, content, rank)))));
  }

  /** Whether images lie column by column, as EMNIST's do. */
  boolean holdsColumns() {
    return prefix.startsWith("emnist");
  }

  /** EMNIST's list of the characters that its labels stand for, if it is there. */
  Optional<Path> mapping() {
    return Optional.of(folder.resolve(prefix + "mapping.txt")).filter(Files::isRegularFile);
  }

  private List<String> names(Split split, String content, int rank) {
    // EMNIST writes test, the others t10k.
    List<String> parts =
        split == Split.TRAIN
            ? List.of("train-")
            : prefix.isEmpty() ? List.of("t10k-") : List.of("test-", "t10k-");
    List<String> names = new ArrayList<>();
    for (String part : parts) {
      for (String separator : List.of("-", ".")) {
        for (String ending : List.of("", ".gz")) {
          names.add(prefix + part + content + separator + "idx" + rank + "-ubyte" + ending);
        }
      }
    }
    return names;
  }
}
