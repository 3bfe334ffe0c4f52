package dev.gabor.data.augment;

import dev.gabor.data.Mixing;
import dev.gabor.data.Transform;
import java.util.ArrayList;
import java.util.List;

/**
 * All random changes of a training: of single samples, and of batches.
 *
 * @param transform of samples
 * @param mixing of batches
 */
public record Augmentation(Transform transform, Mixing mixing) {
  private static final String NAMES =
      "flip, vflip, crop, shift, rotate, scale, brightness, contrast, erase, mixup, cutmix";

  /** Changes nothing. */
  public static final Augmentation NONE = new Augmentation(Transform.NONE, Mixing.NONE);

  /**
   * Reads changes between commas, each a name and often a number: {@code flip,crop=4,rotate=10}.
   * They happen in this order, but shift, rotate and scale are one {@link RandomAffine} at the
   * place of the first of them, and mixup and cutmix come last; of both, each batch gets one.
   *
   * <ul>
   *   <li>{@code flip=0.5}, {@code vflip=0.5}, {@code erase=0.5}: the probability
   *   <li>{@code crop=4}: pixels of border
   *   <li>{@code shift=0.1}: the largest share of the side; {@code rotate=10}: the largest angle in
   *       degrees; {@code scale=0.9:1.1}: the range of factors
   *   <li>{@code brightness=0.2}, {@code contrast=0.2}: the largest change of the factor 1
   *   <li>{@code mixup=0.2}, {@code cutmix=1}: alpha
   * </ul>
   *
   * The numbers shown are the defaults. {@code none} is no change.
   *
   * @throws IllegalArgumentException naming what is wrong and what was expected
   */
  public static Augmentation parse(String text) {
    if (text.isBlank() || text.equals("none")) {
      return NONE;
    }
    Parser parser = new Parser();
    for (String word : text.split(",", -1)) {
      int sign = word.indexOf('=');
      String name = (sign < 0 ? word : word.substring(0, sign)).strip();
      parser.add(name, sign < 0 ? "" : word.substring(sign + 1).strip());
    }
    return parser.augmentation();
  }

  private static final class Parser {
    private final List<Transform> transforms = new ArrayList<>();
    private final List<Mixing> mixings = new ArrayList<>();
    private int affinePlace = -1;
    private RandomAffine affine = RandomAffine.rotation(0);

    void add(String name, String value) {
      switch (name) {
        case "flip" -> transforms.add(new RandomFlip(number(name, value, 0.5)));
        case "vflip" -> transforms.add(new RandomVerticalFlip(number(name, value, 0.5)));
        case "crop" -> transforms.add(new RandomCrop(whole(name, value, 4)));
        case "rotate" ->
            affine(
                new RandomAffine(
                    number(name, value, 10),
                    affine.shift(),
                    affine.lowScale(),
                    affine.highScale()));
        case "shift" ->
            affine(
                new RandomAffine(
                    affine.degrees(),
                    number(name, value, 0.1),
                    affine.lowScale(),
                    affine.highScale()));
        case "scale" -> scale(value.isEmpty() ? "0.9:1.1" : value);
        case "brightness" -> transforms.add(new RandomBrightness(number(name, value, 0.2)));
        case "contrast" -> transforms.add(new RandomContrast(number(name, value, 0.2)));
        case "erase" -> transforms.add(new RandomErasing(number(name, value, 0.5)));
        case "mixup" -> mixings.add(new Mixup(number(name, value, 0.2)));
        case "cutmix" -> mixings.add(new CutMix(number(name, value, 1)));
        default ->
            throw new IllegalArgumentException(
                "unknown augmentation \"%s\", expected some of %s".formatted(name, NAMES));
      }
    }

    private void scale(String value) {
      String[] ends = value.split(":", -1);
      if (ends.length != 2) {
        throw new IllegalArgumentException("scale: expected LOW:HIGH, found " + value);
      }
      affine(
          new RandomAffine(
              affine.degrees(),
              affine.shift(),
              number("scale", ends[0], 1),
              number("scale", ends[1], 1)));
    }

    private void affine(RandomAffine changed) {
      if (affinePlace < 0) {
        affinePlace = transforms.size();
        transforms.add(changed);
      }
      affine = changed;
      transforms.set(affinePlace, changed);
    }

    private static double number(String name, String value, double otherwise) {
      try {
        return value.isEmpty() ? otherwise : Double.parseDouble(value);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "%s: expected a number, found %s".formatted(name, value), e);
      }
    }

    private static int whole(String name, String value, int otherwise) {
      try {
        return value.isEmpty() ? otherwise : Integer.parseInt(value);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "%s: expected a whole number, found %s".formatted(name, value), e);
      }
    }

    Augmentation augmentation() {
      Transform transform =
          transforms.isEmpty()
              ? Transform.NONE
              : Transform.chain(transforms.toArray(Transform[]::new));
      return switch (mixings.size()) {
        case 0 -> new Augmentation(transform, Mixing.NONE);
        case 1 -> new Augmentation(transform, mixings.get(0));
        default -> new Augmentation(transform, new MixingChoice(mixings));
      };
    }
  }
}
