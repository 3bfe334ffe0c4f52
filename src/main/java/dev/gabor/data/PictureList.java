package dev.gabor.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The files of a set of pictures with their classes, not opened yet.
 *
 * @param source the folder or file that names them, for messages
 * @param classNames in the order of the labels
 * @param files one a sample
 * @param labels one a sample
 */
record PictureList(Path source, List<String> classNames, List<Path> files, List<Integer> labels) {
  private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "gif", "bmp");

  PictureList {
    classNames = List.copyOf(classNames);
    files = List.copyOf(files);
    labels = List.copyOf(labels);
  }

  /**
   * The pictures of a folder with a folder for each class, at any depth below it, in the order of
   * their names; other files are passed over.
   */
  static PictureList ofFolder(Path folder) {
    List<String> names = classFolders(folder);
    if (names.size() == 1) {
      throw new DataException(
          "%s: expected a folder of pictures for each of 2 classes or more, found only one: %s"
              .formatted(folder, names.get(0)));
    }
    return ofFolder(folder, names);
  }

  /** The same for known classes, some of which may have no folder here. */
  static PictureList ofFolderWith(Path folder, List<String> known) {
    for (String name : classFolders(folder)) {
      if (!known.contains(name)) {
        throw new DataException(
            "%s: class of no training picture; the classes are %s"
                .formatted(folder.resolve(name), String.join(", ", known)));
      }
    }
    return ofFolder(folder, known);
  }

  private static PictureList ofFolder(Path folder, List<String> names) {
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int label = 0; label < names.size(); label++) {
      Path classFolder = folder.resolve(names.get(label));
      if (!Files.isDirectory(classFolder)) {
        continue;
      }
      List<Path> ofClass = picturesBelow(classFolder);
      if (ofClass.isEmpty()) {
        throw new DataException(
            classFolder + ": empty class: expected at least one PNG, JPEG, GIF or BMP, found none");
      }
      files.addAll(ofClass);
      for (int i = 0; i < ofClass.size(); i++) {
        labels.add(label);
      }
    }
    if (files.isEmpty()) {
      throw new DataException(folder + ": expected a folder of pictures for each class");
    }
    return new PictureList(folder, names, files, labels);
  }

  /** The names of the folders in a folder, sorted; hidden ones are passed over. */
  static List<String> classFolders(Path folder) {
    try (Stream<Path> content = Files.list(folder)) {
      return content
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new DataException(folder + ": cannot be listed: " + e, e);
    }
  }

  private static List<Path> picturesBelow(Path folder) {
    try (Stream<Path> content = Files.walk(folder)) {
      return content.filter(PictureList::isPicture).sorted().toList();
    } catch (IOException e) {
      throw new DataException(folder + ": cannot be listed: " + e, e);
    }
  }

  private static boolean isPicture(Path path) {
    String name = path.getFileName().toString();
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return ENDINGS.contains(ending) && !name.startsWith(".") && Files.isRegularFile(path);
  }

  /** Some of these, in the given order. */
  PictureList only(int[] indices) {
    return new PictureList(
        source,
        classNames,
        IntStream.of(indices).mapToObj(files::get).toList(),
        IntStream.of(indices).mapToObj(labels::get).toList());
  }
}
