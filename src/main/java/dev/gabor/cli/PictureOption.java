package dev.gabor.cli;

import dev.gabor.data.PictureFit;
import dev.gabor.data.PictureOptions;
import dev.gabor.tensor.Shape;
import dev.gabor.train.Model;
import dev.gabor.train.Trainer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** How pictures in files become samples. */
final class PictureOption {
  /** Under this name a model keeps how its pictures were fitted. */
  private static final String FIT = "image_fit";

  private static final Pattern SIZE = Pattern.compile("(\\d{1,5})(?:x(\\d{1,5}))?");

  @Option(
      names = "--image-size",
      paramLabel = "N|HxW",
      description = "Rows and columns that pictures get; default: their own, if all are equal.")
  private String size;

  @Option(
      names = "--fit",
      paramLabel = "WAY",
      description =
          "How pictures get that size: stretch, or crop: scale and cut out the centre; default"
              + " stretch, or as the model was trained.")
  private String fit;

  @Option(
      names = "--channels",
      paramLabel = "N",
      defaultValue = "0",
      description = "1 for grey, 3 for colour; default: grey where all pictures are.")
  private int channels;

  @Option(
      names = "--skip-bad",
      description = "Leave out pictures that cannot be read, and say how many.")
  private boolean skipBad;

  @Option(
      names = "--test-split",
      paramLabel = "X",
      defaultValue = "0.2",
      description =
          "The share of pictures for the test where there is no test folder; default"
              + " ${DEFAULT-VALUE}.")
  private double testShare;

  PictureOptions options() {
    PictureOptions options =
        PictureOptions.DEFAULT.channels(channels).fit(fit()).testShare(testShare);
    if (size != null) {
      Matcher sides = SIZE.matcher(size);
      if (!sides.matches() || Integer.parseInt(sides.group(1)) == 0) {
        throw new IllegalArgumentException(
            "image size: expected rows, or ROWSxCOLUMNS, found " + size);
      }
      int rows = Integer.parseInt(sides.group(1));
      options =
          options.size(rows, sides.group(2) == null ? rows : Integer.parseInt(sides.group(2)));
    }
    return skipBad ? options.skippingBad() : options;
  }

  /** The same, where not said otherwise as a model takes its samples. */
  PictureOptions options(Model model) {
    Shape shape = model.network().input().shape();
    PictureOptions options = options().fit(fit(model));
    if (shape.rank() != 3) {
      return options;
    }
    PictureOptions sized =
        options.height() == 0 ? options.size(shape.length(1), shape.length(2)) : options;
    boolean picture = shape.length(0) == 1 || shape.length(0) == 3;
    return channels == 0 && picture ? sized.channels(shape.length(0)) : sized;
  }

  private PictureFit fit() {
    return fit == null ? PictureFit.STRETCH : PictureFit.byName(fit);
  }

  private PictureFit fit(Model model) {
    return fit == null ? fitOf(model) : fit();
  }

  /** A trainer whose model keeps the fit, which is that of the model before where not given. */
  Trainer noted(Trainer trainer, Optional<Model> before) {
    if (fit == null && before.isEmpty()) {
      return trainer;
    }
    return trainer.note(FIT, before.map(this::fit).orElseGet(this::fit).key());
  }

  /** How the pictures that a model was trained on got their size. */
  static PictureFit fitOf(Model model) {
    return Optional.ofNullable(model.provenance().settings().get(FIT))
        .map(name -> PictureFit.byName(name.toString()))
        .orElse(PictureFit.STRETCH);
  }
}
