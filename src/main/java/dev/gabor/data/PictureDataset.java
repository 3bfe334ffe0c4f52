package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Pictures in files, each decoded when it is read, so that a set may be larger than memory. Opening
 * looks at the head of every file.
 */
public final class PictureDataset implements Dataset {
  private final PictureList list;
  private final int[] labels;
  private final Shape shape;
  private final PictureFit fit;
  private final List<String> skipped;

  private PictureDataset(PictureList list, Shape shape, PictureFit fit, List<String> skipped) {
    this.list = list;
    this.labels = list.labels().stream().mapToInt(Integer::intValue).toArray();
    this.shape = shape;
    this.fit = fit;
    this.skipped = skipped;
  }

  /**
   * Opens a folder with a folder of pictures for each class; the names of the classes are those of
   * the folders, sorted.
   *
   * @throws DataException naming the file, if there are fewer than two classes, one is empty, a
   *     file is no picture and {@code skipsBad} is not set, or sizes differ where none is asked for
   */
  public static PictureDataset ofFolder(Path folder, PictureOptions options) {
    return open(PictureList.ofFolder(folder), options);
  }

  /**
   * Opens a CSV file with a picture and its class in each line, {@code path,label}.
   *
   * @throws DataException naming the file and line, as {@link #ofFolder}
   */
  public static PictureDataset ofCsv(Path file, PictureOptions options) {
    return open(PictureCsv.read(file), options);
  }

  static PictureDataset open(PictureList all, PictureOptions options) {
    List<Look> looks =
        IntStream.range(0, all.files().size())
            .parallel()
            .mapToObj(i -> Look.at(all.files().get(i), options))
            .toList();
    List<String> faults = looks.stream().map(Look::fault).flatMap(Optional::stream).toList();
    if (!faults.isEmpty() && !options.skipsBad()) {
      throw new DataException(faults.get(0));
    }
    int[] good =
        IntStream.range(0, looks.size()).filter(i -> looks.get(i).fault().isEmpty()).toArray();
    PictureList kept = all.only(good);
    requireClasses(all, kept);
    List<PictureFile.Head> heads =
        Arrays.stream(good).mapToObj(i -> looks.get(i).head().orElseThrow()).toList();
    return new PictureDataset(kept, shape(kept, heads, options), options.fit(), faults);
  }

  /** What was seen of a file: its head, or its fault. */
  private record Look(Optional<PictureFile.Head> head, Optional<String> fault) {
    static Look at(Path file, PictureOptions options) {
      try {
        PictureFile.Head head = PictureFile.head(file);
        if (options.skipsBad()) {
          PictureFile.read(file, 1);
        }
        return new Look(Optional.of(head), Optional.empty());
      } catch (DataException e) {
        return new Look(Optional.empty(), Optional.of(e.getMessage()));
      }
    }
  }

  private static void requireClasses(PictureList all, PictureList kept) {
    for (int label = 0; label < all.classNames().size(); label++) {
      if (all.labels().contains(label) && !kept.labels().contains(label)) {
        throw new DataException(
            "%s: class %s: no picture of it can be read"
                .formatted(all.source(), all.classNames().get(label)));
      }
    }
  }

  private static Shape shape(
      PictureList list, List<PictureFile.Head> heads, PictureOptions options) {
    int channels = options.channels();
    if (channels == 0) {
      channels = heads.stream().allMatch(PictureFile.Head::grey) ? 1 : 3;
    }
    if (options.height() > 0) {
      return Shape.of(channels, options.height(), options.width());
    }
    PictureFile.Head first = heads.get(0);
    for (int i = 1; i < heads.size(); i++) {
      PictureFile.Head head = heads.get(i);
      if (head.height() != first.height() || head.width() != first.width()) {
        throw new DataException(
            "%s: picture of %dx%d, but %s has %dx%d: say which size they shall get"
                    .formatted(
                        list.files().get(i),
                        head.height(),
                        head.width(),
                        list.files().get(0),
                        first.height(),
                        first.width())
                + " (--image-size ROWSxCOLUMNS)");
      }
    }
    return Shape.of(channels, first.height(), first.width());
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public List<String> classNames() {
    return list.classNames();
  }

  @Override
  public void read(int index, float[] target, int offset) {
    PictureFile.read(list.files().get(index), shape, fit, target, offset);
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  /** The file of a sample. */
  public Path file(int index) {
    return list.files().get(index);
  }

  /** Why each of the pictures that were left out could not be read; empty unless skipping. */
  public List<String> skipped() {
    return skipped;
  }
}
