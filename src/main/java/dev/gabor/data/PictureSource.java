package dev.gabor.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Training and test pictures by folder or by CSV file; where there is no test set, by a split. */
final class PictureSource implements DataSource {
  // Not the seed of a run: whoever evaluates must find the same test set.
  private static final long SPLIT_SEED = 1;
  private static final List<String> TRAIN = List.of("train", "training");
  private static final List<String> TEST = List.of("test", "testing");
  private static final List<String> VALIDATION = List.of("val", "valid", "validation");

  private final String kind;
  private final PictureOptions options;
  private final PictureDataset training;
  private final Optional<Path> testPath;
  private final Optional<Path> validationPath;
  private final BiFunction<Path, List<String>, PictureList> lister;
  private final Set<String> remarks = new LinkedHashSet<>();

  private PictureSource(
      String kind,
      PictureOptions options,
      PictureList training,
      Optional<Path> testPath,
      Optional<Path> validationPath,
      BiFunction<Path, List<String>, PictureList> lister) {
    this.kind = kind;
    this.options = options;
    this.training = noted(PictureDataset.open(training, options));
    this.testPath = testPath;
    this.validationPath = validationPath;
    this.lister = lister;
  }

  static PictureSource ofFile(Path file, PictureOptions options) {
    return csv(file, Optional.empty(), Optional.empty(), options);
  }

  static PictureSource ofFolder(Path folder, PictureOptions options) {
    Optional<Path> list = child(folder, TRAIN, ".csv");
    if (list.isPresent()) {
      return csv(
          list.get(), child(folder, TEST, ".csv"), child(folder, VALIDATION, ".csv"), options);
    }
    Optional<Path> parts = child(folder, TRAIN, "");
    Optional<Path> test = parts.flatMap(part -> child(folder, TEST, ""));
    Optional<Path> validation = parts.flatMap(part -> child(folder, VALIDATION, ""));
    return new PictureSource(
        "pictures by folder",
        options,
        PictureList.ofFolder(parts.orElse(folder)),
        test.or(() -> validation),
        test.isPresent() ? validation : Optional.empty(),
        PictureList::ofFolderWith);
  }

  private static PictureSource csv(
      Path file, Optional<Path> test, Optional<Path> validation, PictureOptions options) {
    return new PictureSource(
        "pictures by list",
        options,
        PictureCsv.read(file),
        test.or(() -> validation),
        test.isPresent() ? validation : Optional.empty(),
        PictureCsv::read);
  }

  private static Optional<Path> child(Path folder, List<String> names, String ending) {
    return names.stream()
        .map(name -> folder.resolve(name + ending))
        .filter(Files::exists)
        .findFirst();
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public Dataset training() {
    if (testPath.isPresent()) {
      return training;
    }
    if (options.testShare() == 1) {
      throw new DataException("all pictures are for the test: none are left to train on");
    }
    return split().first();
  }

  @Override
  public Dataset test() {
    if (testPath.isPresent()) {
      return like(testPath.get());
    }
    return options.testShare() == 1 ? training : split().second();
  }

  @Override
  public Optional<Dataset> validation() {
    return validationPath.map(this::like);
  }

  private DatasetPair split() {
    return training.stratifiedSplit(1 - options.testShare(), SPLIT_SEED);
  }

  /** Another set with the classes and the shape of the training set. */
  private Dataset like(Path path) {
    PictureDataset set =
        noted(
            PictureDataset.open(
                lister.apply(path, training.classNames()),
                options.channels(training.shape().length(0))));
    if (!set.shape().equals(training.shape())) {
      throw new DataException(
          "%s: pictures %s, but those to train on have %s: say which size they shall get"
                  .formatted(path, set.shape(), training.shape())
              + " (--image-size ROWSxCOLUMNS)");
    }
    return set;
  }

  private PictureDataset noted(PictureDataset set) {
    if (!set.skipped().isEmpty()) {
      remarks.add(
          "skipped %d of %d pictures that cannot be read, the first: %s"
              .formatted(
                  set.skipped().size(), set.skipped().size() + set.size(), set.skipped().get(0)));
    }
    return set;
  }

  @Override
  public List<String> remarks() {
    return List.copyOf(remarks);
  }
}
