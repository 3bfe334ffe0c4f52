package dev.gabor.data;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.Arrays;

/** Reads a {@link Normalization} from JSON and checks every field. */
final class NormalizationJson {
  private NormalizationJson() {}

  static Normalization read(JsonObject json) {
    Normalization.Kind kind = kind(json.get("kind"));
    double[] mean = numbers(json, "mean");
    double[] divisor = numbers(json, "divisor");
    if (mean.length == 0 || divisor.length != mean.length) {
      throw new DataException(
          "normalization: expected one divisor for each mean, found %d means and %d divisors"
              .formatted(mean.length, divisor.length));
    }
    for (int c = 0; c < divisor.length; c++) {
      if (divisor[c] <= 0) {
        throw new DataException(
            "normalization: divisor[%d]: expected more than 0, found %s".formatted(c, divisor[c]));
      }
    }
    double[] listed = json.has("constant") ? numbers(json, "constant") : new double[0];
    int[] constant = new int[listed.length];
    for (int i = 0; i < listed.length; i++) {
      constant[i] = (int) listed[i];
      if (constant[i] != listed[i] || constant[i] < 0 || constant[i] >= mean.length) {
        throw new DataException(
            "normalization: constant[%d]: expected a channel 0 to %d, found %s"
                .formatted(i, mean.length - 1, listed[i]));
      }
    }
    return new Normalization(kind, mean, divisor, constant);
  }

  private static Normalization.Kind kind(Object found) {
    return Arrays.stream(Normalization.Kind.values())
        .filter(kind -> kind.key().equals(found))
        .findFirst()
        .orElseThrow(
            () ->
                new DataException(
                    "normalization: kind: expected none, range or standard, found " + found));
  }

  private static double[] numbers(JsonObject json, String field) {
    if (!(json.get(field) instanceof JsonArray array)) {
      throw new DataException(
          "normalization: %s: expected an array of numbers, found %s"
              .formatted(field, json.get(field)));
    }
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!(array.get(i) instanceof Number number) || !Double.isFinite(number.doubleValue())) {
        throw new DataException(
            "normalization: %s[%d]: expected a finite number, found %s"
                .formatted(field, i, array.get(i)));
      }
      numbers[i] = number.doubleValue();
    }
    return numbers;
  }
}
