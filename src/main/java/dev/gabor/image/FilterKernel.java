package dev.gabor.image;

import dev.gabor.data.DataException;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The weights of a filter, laid over the image as they are written (a cross-correlation): y[h,w] =
 * Σ weight[r,s] x[h + r − R/2, w + s − S/2] / divisor.
 *
 * <p>Weights are kept apart from their divisor, so that filters of whole numbers are computed
 * exactly on any device: sums of 8-bit pixels stay exact below 2^24.
 *
 * @param name for people
 * @param weights (R,S), both odd
 * @param divisor of the sum, not 0
 */
public record FilterKernel(String name, Tensor weights, float divisor) {
  /** The names of the built-in kernels. */
  public static final List<String> NAMES =
      List.of(
          "identity",
          "mean",
          "gaussian",
          "sobel-left",
          "sobel-right",
          "sobel-top",
          "sobel-bottom",
          "emboss");

  private static final int LARGEST = 255;

  /** Checks that the sides are odd and the numbers finite. */
  public FilterKernel {
    Shape shape = weights.shape();
    if (shape.rank() != 2 || shape.length(0) % 2 == 0 || shape.length(1) % 2 == 0) {
      throw new IllegalArgumentException(
          "kernel %s: expected an odd number of rows and of columns, found %s"
              .formatted(name, shape));
    }
    boolean finite = Float.isFinite(divisor) && divisor != 0;
    for (float weight : weights.data()) {
      finite &= Float.isFinite(weight);
    }
    if (!finite) {
      throw new IllegalArgumentException(
          "kernel %s: expected finite weights and a divisor other than 0".formatted(name));
    }
  }

  /** Rows, R. */
  public int rows() {
    return weights.shape().length(0);
  }

  /** Columns, S. */
  public int columns() {
    return weights.shape().length(1);
  }

  /** The sum of the weights, divided: 1 keeps the brightness, 0 shows differences. */
  public double sum() {
    double sum = 0;
    for (float weight : weights.data()) {
      sum += weight;
    }
    return sum / divisor;
  }

  /** The sum of the weights above 0, divided: the largest result for values up to 1. */
  public double positiveSum() {
    double sum = 0;
    for (float weight : weights.data()) {
      sum += Math.max(0, weight / divisor);
    }
    return sum;
  }

  /**
   * A built-in kernel.
   *
   * @param name one of {@link #NAMES}
   * @param size rows and columns: odd, up to 255; at least 3 for sobel and emboss
   * @param sigma of gaussian, in pixels; 0 for 0.3 ((size − 1) / 2 − 1) + 0.8, as in OpenCV
   * @throws IllegalArgumentException naming what was expected
   */
  public static FilterKernel byName(String name, int size, double sigma) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "unknown kernel %s, expected one of %s, or a file of weights"
              .formatted(name, String.join(", ", NAMES)));
    }
    boolean needsNeighbours = name.startsWith("sobel") || name.equals("emboss");
    int least = needsNeighbours ? 3 : 1;
    if (size < least || size > LARGEST || size % 2 == 0) {
      throw new IllegalArgumentException(
          "kernel %s: size: expected an odd number from %d to %d, found %d"
              .formatted(name, least, LARGEST, size));
    }
    return switch (name) {
      case "identity" -> identity(size);
      case "mean" -> mean(size);
      case "gaussian" -> gaussian(size, sigma);
      case "emboss" -> emboss(size);
      default -> sobel(name, size);
    };
  }

  private interface Weight {
    double at(int row, int column);
  }

  private static FilterKernel of(String name, int size, Weight weight, float divisor) {
    Tensor weights = Tensor.zeros(size, size);
    for (int r = 0; r < size; r++) {
      for (int s = 0; s < size; s++) {
        // Adding 0 makes -0 a 0.
        weights.data()[r * size + s] = (float) weight.at(r, s) + 0f;
      }
    }
    return new FilterKernel(name, weights, divisor);
  }

  /** 1 in the middle, else 0. */
  public static FilterKernel identity(int size) {
    return of("identity", size, (r, s) -> r == size / 2 && s == size / 2 ? 1 : 0, 1);
  }

  /** The mean of size × size pixels. */
  public static FilterKernel mean(int size) {
    return of("mean", size, (r, s) -> 1, size * size);
  }

  /** A sampled Gaussian bell whose weights sum to 1. */
  public static FilterKernel gaussian(int size, double sigma) {
    double width = sigma == 0 ? 0.3 * ((size - 1) * 0.5 - 1) + 0.8 : sigma;
    if (!(width > 0) || !Double.isFinite(width)) {
      throw new IllegalArgumentException(
          "kernel gaussian: sigma: expected more than 0, found " + sigma);
    }
    double[] bell = new double[size];
    double sum = 0;
    for (int i = 0; i < size; i++) {
      double distance = (i - size / 2) / width;
      bell[i] = StrictMath.exp(-0.5 * distance * distance);
      sum += bell[i];
    }
    double total = sum * sum;
    return of("gaussian", size, (r, s) -> bell[r] * bell[s] / total, 1);
  }

  /**
   * The slope towards a side: binomial smoothing along the edge, a binomially smoothed difference
   * across it (Sobel and Feldman 1968 for size 3: 1 2 1 by 1 0 −1).
   */
  private static FilterKernel sobel(String name, int size) {
    long[] smooth = binomial(size - 1);
    long[] inner = binomial(size - 3);
    double[] slope = new double[size];
    for (int i = 0; i < inner.length; i++) {
      slope[i] += inner[i];
      slope[i + 2] -= inner[i];
    }
    return switch (name) {
      case "sobel-left" -> of(name, size, (r, s) -> smooth[r] * slope[s], 1);
      case "sobel-right" -> of(name, size, (r, s) -> -smooth[r] * slope[s], 1);
      case "sobel-top" -> of(name, size, (r, s) -> slope[r] * smooth[s], 1);
      default -> of(name, size, (r, s) -> -slope[r] * smooth[s], 1);
    };
  }

  private static long[] binomial(int power) {
    long[] row = {1};
    for (int i = 0; i < power; i++) {
      long[] next = new long[row.length + 1];
      for (int j = 0; j < row.length; j++) {
        next[j] += row[j];
        next[j + 1] += row[j];
      }
      row = next;
    }
    return row;
  }

  /** Light from the upper left: the distance along the diagonal, and 1 in the middle. */
  public static FilterKernel emboss(int size) {
    int half = size / 2;
    return of("emboss", size, (r, s) -> r == half && s == half ? 1 : (r - half) + (s - half), 1);
  }

  /**
   * Reads a kernel from a text file: a row of numbers in each line, between blanks or commas, each
   * decimal or a fraction such as 1/16; {@code #} begins a remark.
   *
   * @throws DataException naming file, line and fault
   */
  public static FilterKernel read(Path file) {
    List<float[]> rows = new ArrayList<>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replaceFirst("#.*", "").replace(',', ' ').strip();
      if (!line.isEmpty()) {
        float[] row = row(file, i + 1, line.split("\\s+", 0));
        if (!rows.isEmpty() && rows.get(0).length != row.length) {
          throw new DataException(
              "%s: line %d: expected %d numbers as above, found %d"
                  .formatted(file, i + 1, rows.get(0).length, row.length));
        }
        rows.add(row);
      }
    }
    if (rows.isEmpty()) {
      throw new DataException(file + ": expected rows of numbers, found none");
    }
    Tensor weights = Tensor.zeros(rows.size(), rows.get(0).length);
    for (int r = 0; r < rows.size(); r++) {
      System.arraycopy(rows.get(r), 0, weights.data(), r * rows.get(r).length, rows.get(r).length);
    }
    try {
      return new FilterKernel(file.getFileName().toString(), weights, 1);
    } catch (IllegalArgumentException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read as text: " + e, e);
    }
  }

  private static float[] row(Path file, int line, String[] words) {
    float[] row = new float[words.length];
    for (int i = 0; i < words.length; i++) {
      String[] parts = words[i].split("/", 2);
      try {
        row[i] = Float.parseFloat(parts[0]) / (parts.length == 1 ? 1 : Float.parseFloat(parts[1]));
      } catch (NumberFormatException e) {
        throw new DataException(
            "%s: line %d: expected a number, found %s".formatted(file, line, words[i]), e);
      }
    }
    return row;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s %dx%d", name, rows(), columns());
  }
}
