package dev.gabor.data;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import dev.gabor.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Shifts and scales the channels of images: {@code x = (x − mean) / divisor}, per channel. Fitted
 * on the training set, saved with the model, and applied alike when training and when predicting.
 */
public final class Normalization {
  /** What the divisor is. */
  public enum Kind {
    /** Images stay as they are: mean 0, divisor 1. */
    NONE,
    /** The largest value minus the smallest. */
    RANGE,
    /** The standard deviation over all pixels, with divisor n. */
    STANDARD;

    /** The kind in lower case, as in JSON. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Kind kind;
  private final double[] mean;
  private final double[] divisor;
  private final int[] constantChannels;

  Normalization(Kind kind, double[] mean, double[] divisor, int[] constantChannels) {
    this.kind = kind;
    this.mean = mean;
    this.divisor = divisor;
    this.constantChannels = constantChannels;
  }

  /** The normalisation that changes nothing, for images of the given number of channels. */
  public static Normalization none(int channels) {
    double[] ones = new double[channels];
    Arrays.fill(ones, 1);
    return new Normalization(Kind.NONE, new double[channels], ones, new int[0]);
  }

  /**
   * Measures a data set in double precision, in one reading of it. A channel that is constant in
   * the whole set is divided by 1; {@link #remark()} names it.
   *
   * @throws DataException if a sample holds a value that is not finite
   */
  public static Normalization fit(Dataset dataset, Kind kind) {
    int channels = dataset.shape().length(0);
    if (kind == Kind.NONE) {
      return none(channels);
    }
    ChannelStatistics[] statistics = ChannelStatistics.of(dataset);
    double[] mean = new double[channels];
    double[] divisor = new double[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = statistics[c].mean();
      double spread = kind == Kind.RANGE ? statistics[c].range() : statistics[c].deviation();
      divisor[c] = statistics[c].range() == 0 ? 1 : spread;
    }
    int[] constant = IntStream.range(0, channels).filter(c -> statistics[c].range() == 0).toArray();
    return new Normalization(kind, mean, divisor, constant);
  }

  /**
   * Normalises one sample.
   *
   * @param sample modified: the {@code shape.size()} values from {@code offset} on
   * @param offset where the sample starts
   * @param shape (C,H,W), C as fitted
   */
  public void apply(float[] sample, int offset, Shape shape) {
    if (shape.rank() != 3 || shape.length(0) != mean.length) {
      throw new IllegalArgumentException(
          "normalization: expected a sample (%d,H,W), found %s".formatted(mean.length, shape));
    }
    if (kind == Kind.NONE) {
      return;
    }
    int plane = shape.arrayLength() / mean.length;
    for (int c = 0; c < mean.length; c++) {
      float shift = (float) mean[c];
      float scale = (float) (1 / divisor[c]);
      int start = offset + c * plane;
      for (int i = start; i < start + plane; i++) {
        sample[i] = (sample[i] - shift) * scale;
      }
    }
  }

  /** The kind fitted. */
  public Kind kind() {
    return kind;
  }

  /** The number of channels. */
  public int channels() {
    return mean.length;
  }

  /** What is subtracted from a channel. */
  public double mean(int channel) {
    return mean[channel];
  }

  /** What a channel is then divided by. */
  public double divisor(int channel) {
    return divisor[channel];
  }

  /** A warning about the training set in one line; empty when there is nothing to say. */
  public String remark() {
    if (constantChannels.length == 0) {
      return "";
    }
    return "normalization: constant in the training set, so divided by 1: channel "
        + String.join(", ", Arrays.stream(constantChannels).mapToObj(Integer::toString).toList());
  }

  /** For a model file: {@code {"kind":"standard","mean":[…],"divisor":[…],"constant":[…]}}. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.put("kind", kind.key());
    json.put("mean", array(Arrays.stream(mean).boxed().toList()));
    json.put("divisor", array(Arrays.stream(divisor).boxed().toList()));
    json.put("constant", array(Arrays.stream(constantChannels).boxed().toList()));
    return json;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws DataException naming the field that is missing, of another type or out of range
   */
  public static Normalization fromJson(JsonObject json) {
    return NormalizationJson.read(json);
  }

  private static JsonArray array(List<?> values) {
    return new JsonArray(values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Normalization that
        && kind == that.kind
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(divisor, that.divisor)
        && Arrays.equals(constantChannels, that.constantChannels);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(divisor);
  }

  /**
   * For example {@code standard, mean [0.286], divisor [0.353]}, with the remark if there is one.
   */
  @Override
  public String toString() {
    if (kind == Kind.NONE) {
      return kind.key();
    }
    String text = kind.key() + ", mean " + rounded(mean) + ", divisor " + rounded(divisor);
    return remark().isEmpty() ? text : text + "; " + remark();
  }

  private static List<String> rounded(double[] values) {
    return Arrays.stream(values).mapToObj(v -> String.format(Locale.ROOT, "%.4g", v)).toList();
  }
}
