package dev.gabor.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Pictures of what is inside a network. */
class TilesTest {
  private static final int GAP = 48;

  private static float at(Tensor picture, int channel, int row, int column) {
    Shape shape = picture.shape();
    return picture.data()[(channel * shape.length(1) + row) * shape.length(2) + column];
  }

  @Test
  void filtersStandAroundMiddleGreyEachForItself() {
    // Two filters of 1×2: -2 and 1, 0 and 0.5.
    Tensor picture = Tiles.ofFilters(Tensor.of(Shape.of(2, 1, 1, 2), -2, 1, 0, 0.5f), 10);
    // Pixels of 24: tiles of 24×48, in one column, because that is nearer to a square.
    assertThat(picture.shape()).isEqualTo(Shape.of(1, 2 + 2 * 26, 2 + 50));
    assertThat(at(picture, 0, 0, 0)).isEqualTo(GAP);
    assertThat(at(picture, 0, 2, 2)).isEqualTo(1);
    assertThat(at(picture, 0, 25, 25)).isEqualTo(1);
    assertThat(at(picture, 0, 25, 26)).isEqualTo(192);
    assertThat(at(picture, 0, 26, 26)).isEqualTo(GAP);
    assertThat(at(picture, 0, 28, 2)).isEqualTo(128);
    assertThat(at(picture, 0, 28, 49)).isEqualTo(255);
  }

  @Test
  void threeChannelsAreColourAndOthersARowOfTiles() {
    Tensor colour = Tiles.ofFilters(Tensor.of(Shape.of(1, 3, 1, 1), 1, 0, -1), 10);
    assertThat(colour.shape()).isEqualTo(Shape.of(3, 52, 52));
    assertThat(at(colour, 0, 20, 20)).isEqualTo(255);
    assertThat(at(colour, 1, 20, 20)).isEqualTo(128);
    assertThat(at(colour, 2, 20, 20)).isEqualTo(1);
    assertThat(at(colour, 1, 0, 20)).isEqualTo(GAP);

    Tensor rows = Tiles.ofFilters(Tensor.of(Shape.of(3, 2, 1, 1), 1, 2, 3, 4, 5, 6), 4);
    assertThat(rows.shape()).isEqualTo(Shape.of(1, 2 + 2 * 50, 2 + 2 * 50));
    // A filter's channels share one scale: 3/4 and 4/4.
    assertThat(at(rows, 0, 60, 10)).isEqualTo(223);
    assertThat(at(rows, 0, 60, 60)).isEqualTo(255);
  }

  @Test
  void rowsAreFullWherePossible() {
    assertThat(Tiles.ofMaps(Tensor.zeros(32, 48, 48), 64).shape())
        .isEqualTo(Shape.of(1, 2 + 4 * 50, 2 + 8 * 50));
    assertThat(Tiles.ofMaps(Tensor.zeros(64, 48, 48), 64).shape())
        .isEqualTo(Shape.of(1, 2 + 8 * 50, 2 + 8 * 50));
    assertThat(Tiles.ofMaps(Tensor.zeros(7, 48, 48), 64).shape())
        .isEqualTo(Shape.of(1, 2 + 3 * 50, 2 + 3 * 50));
  }

  @Test
  void mapsBeginAtBlackUnlessTheyHaveASign() {
    Tensor positive = Tiles.ofMaps(Tensor.of(Shape.of(2, 1, 2), 1, 4, 0, 0), 64);
    assertThat(at(positive, 0, 2, 2)).isEqualTo(64);
    assertThat(at(positive, 0, 2, 49)).isEqualTo(255);
    assertThat(at(positive, 0, 28, 2)).isZero();
    Tensor signed = Tiles.ofMaps(Tensor.of(Shape.of(2, 1, 2), -1, 4, 0, 0), 1);
    assertThat(signed.shape()).isEqualTo(Shape.of(1, 28, 52));
    assertThat(at(signed, 0, 2, 2)).isEqualTo(96);
    assertThatThrownBy(() -> Tiles.ofMaps(signed, 0))
        .hasMessage("tiles: expected at least 1, found 0");
  }

  @Test
  void heatGlowsWhereTheMapIsLarge() {
    Tensor picture = Tensor.zeros(1, 1, 8);
    Arrays.fill(picture.data(), 200);
    Tensor shown = HeatMap.over(picture, Tensor.of(Shape.of(1, 2), 0, 3));
    assertThat(shown.shape()).isEqualTo(Shape.of(3, 1, 8));
    // Without heat only the dimmed picture.
    assertThat(at(shown, 0, 0, 0)).isEqualTo(160);
    assertThat(at(shown, 2, 0, 1)).isEqualTo(160);
    // With all heat 0.35 of it and 0.65 of light yellow.
    assertThat(at(shown, 0, 0, 7)).isEqualTo(Math.round(0.35f * 160 + 0.65f * 255));
    assertThat(at(shown, 2, 0, 7)).isEqualTo(Math.round(0.35f * 160 + 0.65f * 120));
    // Centres lie at columns 1.5 and 5.5: the heat of column 2 is 1/8, of column 5 7/8.
    assertThat(at(shown, 1, 0, 2)).isLessThan(160);
    assertThat(at(shown, 0, 0, 5)).isGreaterThan(at(shown, 0, 0, 4));
    // A map of zeros glows nowhere.
    assertThat(HeatMap.over(picture, Tensor.zeros(2, 2)).data()).containsOnly(160);
  }
}
