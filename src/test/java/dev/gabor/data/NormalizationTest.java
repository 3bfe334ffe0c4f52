package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import dev.gabor.data.Normalization.Kind;
import dev.gabor.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NormalizationTest {
  private static final Shape SHAPE = Shape.of(2, 1, 2);

  /** Channel 0 holds 1 2 3 6 (mean 3, squares 14), channel 1 the constant 0.5. */
  private static final Dataset TWO_CHANNELS =
      new ArrayDataset(SHAPE, 2, 1, 2, 0.5f, 0.5f, 3, 6, 0.5f, 0.5f);

  @Test
  void rangeDividesByTheSpread() {
    Normalization fitted = Normalization.fit(TWO_CHANNELS, Kind.RANGE);
    assertThat(fitted.mean(0)).isEqualTo(3);
    assertThat(fitted.divisor(0)).isEqualTo(5);
    float[] sample = {9, 1, 2, 0.5f, 0.5f, 9};
    fitted.apply(sample, 1, SHAPE);
    assertThat(sample).containsExactly(new float[] {9, -0.4f, -0.2f, 0, 0, 9}, within(1e-7f));
  }

  @Test
  void standardDividesByTheDeviation() {
    Normalization fitted = Normalization.fit(TWO_CHANNELS, Kind.STANDARD);
    assertThat(fitted.mean(0)).isEqualTo(3);
    assertThat(fitted.divisor(0)).isCloseTo(Math.sqrt(3.5), within(1e-15));
    float[] sample = {3, 6, 1.5f, 0.5f};
    fitted.apply(sample, 0, SHAPE);
    assertThat(sample)
        .containsExactly(new float[] {0, (float) (3 / Math.sqrt(3.5)), 1, 0}, within(1e-6f));
  }

  @Test
  void constantChannelsAreDividedByOneAndNamed() {
    Normalization fitted = Normalization.fit(TWO_CHANNELS, Kind.STANDARD);
    assertThat(fitted.divisor(1)).isEqualTo(1);
    assertThat(fitted.remark())
        .isEqualTo("normalization: constant in the training set, so divided by 1: channel 1");
    assertThat(fitted)
        .hasToString("standard, mean [3.000, 0.5000], divisor [1.871, 1.000]; " + fitted.remark());
    assertThat(Normalization.fit(StrokeDigits.test(1, 10), Kind.RANGE).remark()).isEmpty();
  }

  @Test
  void noneChangesNothing() {
    Normalization none = Normalization.fit(TWO_CHANNELS, Kind.NONE);
    float[] sample = {1, 2, 3, 4};
    none.apply(sample, 0, SHAPE);
    assertThat(sample).containsExactly(1, 2, 3, 4);
    assertThat(none).isEqualTo(Normalization.none(2)).hasToString("none");
  }

  /** E[x²] − E[x]² in double would lose all digits here. */
  @Test
  void aLargeMeanDoesNotSpoilTheDeviation() {
    float[] values = new float[2000];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1e7f + i % 2;
    }
    Normalization fitted =
        Normalization.fit(new ArrayDataset(Shape.of(1, 1, 20), 2, values), Kind.STANDARD);
    assertThat(fitted.mean(0)).isEqualTo(1e7 + 0.5);
    assertThat(fitted.divisor(0)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void refusesValuesThatAreNotFinite() {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      Dataset set = new ArrayDataset(SHAPE, 2, 1, 2, 3, 4, 5, 6, 7, bad);
      assertThatThrownBy(() -> Normalization.fit(set, Kind.RANGE))
          .isInstanceOf(DataException.class)
          .hasMessage("sample 1: expected finite values, found NaN or infinity");
    }
  }

  @Test
  void refusesOtherChannels() {
    Normalization fitted = Normalization.fit(TWO_CHANNELS, Kind.RANGE);
    assertThatThrownBy(() -> fitted.apply(new float[4], 0, Shape.of(1, 2, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("normalization: expected a sample (2,H,W), found (1,2,2)");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void jsonKeepsEveryBit(Kind kind) throws JsonParserException {
    Normalization fitted = Normalization.fit(TWO_CHANNELS, kind);
    String text = JsonWriter.string(fitted.toJson());
    JsonObject read = JsonParser.object().from(text);
    assertThat(Normalization.fromJson(read)).isEqualTo(fitted).hasSameHashCodeAs(fitted);
    assertThat(Normalization.fromJson(read).remark()).isEqualTo(fitted.remark());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}|kind: expected none, range or standard, found null",
        "{\"kind\":\"max\"}|kind: expected none, range or standard, found max",
        "{\"kind\":\"range\"}|mean: expected an array of numbers, found null",
        "{\"kind\":\"range\",\"mean\":[0]}|divisor: expected an array of numbers, found null",
        "{\"kind\":\"range\",\"mean\":[\"a\"]}|mean[0]: expected a finite number, found a",
        "{\"kind\":\"range\",\"mean\":[0],\"divisor\":[1,2]}"
            + "|expected one divisor for each mean, found 1 means and 2 divisors",
        "{\"kind\":\"range\",\"mean\":[0],\"divisor\":[0]}"
            + "|divisor[0]: expected more than 0, found 0.0",
        "{\"kind\":\"range\",\"mean\":[0],\"divisor\":[1],\"constant\":[1]}"
            + "|constant[0]: expected a channel 0 to 0, found 1.0",
      })
  void refusesBadJson(String text, String fault) throws JsonParserException {
    JsonObject json = JsonParser.object().from(text);
    assertThatThrownBy(() -> Normalization.fromJson(json))
        .isInstanceOf(DataException.class)
        .hasMessage("normalization: " + fault);
  }
}
