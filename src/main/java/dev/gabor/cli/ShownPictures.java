package dev.gabor.cli;

import dev.gabor.data.DataException;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Pictures with a line about each, written when all are there: into a folder, or one to a file. */
final class ShownPictures {
  private record Shown(Tensor picture, String about) {}

  private final Path out;
  private final boolean single;
  private final Map<String, Shown> pictures = new LinkedHashMap<>();

  /** Checks what can be checked before anything is computed. */
  ShownPictures(Path out) {
    this.out = out;
    single = out.toString().toLowerCase(Locale.ROOT).endsWith(".png");
    if (!single && Files.exists(out) && !Files.isDirectory(out)) {
      throw new DataException(out + ": expected a folder or the name of a .png, found a file");
    }
  }

  /** Adds a picture of values from 0 to 255. */
  void add(String name, Tensor picture, String about) {
    pictures.put(name, new Shown(picture, about));
  }

  /** Writes all into the folder, or where a file was named the one of this name. */
  void write(String one, PrintWriter lines) {
    if (single) {
      write(out, pictures.get(one), lines);
      return;
    }
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw new DataException(out + ": cannot be made: " + e, e);
    }
    pictures.forEach((name, shown) -> write(out.resolve(name + ".png"), shown, lines));
  }

  private static void write(Path file, Shown shown, PrintWriter lines) {
    new PictureWriter(file).write(shown.picture);
    lines.println(file + ": " + shown.about);
  }
}
