package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TileChoiceTest {
  private final TileChoice large = new TileChoice(Tile.all(4), 108, TileWeights.ESTIMATED);

  @Test
  void manySumsTakeTheTileWithTheMostReuse() {
    assertThat(large.whole(16 * 56 * 56, 256, 1)).isEqualTo(new Tile(128, 128, 8, 8, 8));
    assertThat(large.whole(16 * 56 * 56, 64, 1)).isEqualTo(new Tile(128, 64, 8, 8, 8));
  }

  @Test
  void fewColumnsTakeANarrowTile() {
    assertThat(large.whole(1 << 20, 10, 1).columns()).isEqualTo(16);
    assertThat(large.whole(1 << 20, 32, 1).columns()).isEqualTo(32);
  }

  @Test
  void fewSumsTakeSmallTilesSoThatMoreUnitsWork() {
    Tile tile = large.whole(16 * 7 * 7, 512, 1);
    assertThat(tile.count(16 * 7 * 7, 512)).isGreaterThanOrEqualTo(100);
    assertThat(large.whole(32, 128, 1).rows()).isEqualTo(32);
  }

  @Test
  void sumsThatCanBeSplitNeedNoSmallTiles() {
    assertThat(large.split(9 * 512, 512)).isEqualTo(new Tile(128, 128, 8, 8, 8));
    assertThat(large.split(27, 64)).isEqualTo(new Tile(32, 64, 8, 4, 4));
  }

  @Test
  void partsFillTheUnitsWithinTheirLimits() {
    assertThat(large.parts(1, 1_000_000, 1000)).as("most parts").isEqualTo(64);
    assertThat(large.parts(54, 1_000_000, 1000)).as("two groups a unit").isEqualTo(4);
    assertThat(large.parts(1, 1000, 1000)).as("no part under 128 terms").isEqualTo(7);
    assertThat(large.parts(1, 1_000_000, 3)).as("the workspace").isEqualTo(3);
    assertThat(large.parts(1, 5, 0)).as("at least one").isEqualTo(1);
  }

  @Test
  void refusesADeviceThatRunsNoTile() {
    assertThatThrownBy(() -> new TileChoice(List.of(), 1, TileWeights.ESTIMATED).split(1, 1))
        .hasMessage("no tile fits this device");
  }

  @Test
  void scalarLoadsTakeSmallerBlocksOfRegisters() {
    assertThat(Tile.all(4)).contains(new Tile(128, 64, 8, 8, 8)).hasSize(6);
    assertThat(Tile.all(1))
        .contains(new Tile(128, 64, 8, 8, 4))
        .allMatch(tile -> tile.itemRows() * tile.itemColumns() <= 32)
        .hasSize(5);
  }

  @Test
  void aTileKnowsItsItemsAndMemory() {
    Tile tile = new Tile(128, 64, 8, 8, 4);
    assertThat(tile.items()).isEqualTo(256);
    assertThat(tile.localBytes()).isEqualTo(2 * 8 * (132 + 68) * 4);
    assertThat(tile.count(129, 64)).isEqualTo(2);
  }
}
