package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.bench.ConvolutionShapes;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is taken without a measurement. */
class ConvolutionHeuristicTest {
  private static final List<String> DENSE =
      List.of("direct", "unfold", "blocked", "tiled", "rows", "few_channels");
  private static final List<String> SQUARE =
      List.of("direct", "unfold", "blocked", "tiled", "rows", "winograd4", "winograd2");

  private static final List<String> LARGE_FILTERS =
      List.of("direct", "unfold", "blocked", "tiled", "winograd2_5x5", "rows");
  private static final List<String> LARGE_FILTERS_OF_FEW_CHANNELS =
      List.of("direct", "unfold", "blocked", "tiled", "winograd2_5x5", "few_channels");

  @ParameterizedTest
  @CsvSource(
      delimiterString = "|",
      value = {
        "16,64,56,56,256,1,1,1,0 | FORWARD | rows",
        "16,256,8,8,512,1,1,1,0 | FORWARD | rows",
        "16,64,28,28,64,5,5,1,2,1,4 | FORWARD | rows",
        "32,1,28,28,6,5,5,1,2 | FORWARD | rows",
        "32,1,28,28,6,5,5,1,2 | BACKWARD_DATA | rows",
        "64,6,14,14,16,5,5,1,0 | FORWARD | rows",
        "64,6,14,14,16,5,5,1,0 | BACKWARD_DATA | few_channels",
        "8,3,224,224,64,7,7,2,3 | BACKWARD_DATA | few_channels",
        "8,3,224,224,8,7,7,2,3 | BACKWARD_DATA | blocked"
      })
  void onePixelOrGroupsTakeRowsFewChannelsTheirOwn(String problem, Pass pass, String expected) {
    assertThat(choice(problem, pass, DENSE)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "|",
      value = {
        "16,512,4,4,512,3,3,1,1 | BACKWARD_WEIGHT | winograd4",
        "16,512,4,4,512,3,3,1,1 | FORWARD | winograd4",
        "32,512,4,4,512,3,3,1,1 | BACKWARD_WEIGHT | winograd4",
        "16,128,4,4,128,3,3,1,1 | BACKWARD_WEIGHT | winograd4",
        "2,512,4,4,512,3,3,1,1 | BACKWARD_WEIGHT | blocked",
        "16,64,28,28,64,3,3,1,1,1,4 | FORWARD | winograd4",
        "64,512,2,2,512,3,3,1,1 | FORWARD | blocked"
      })
  void winogradWhereTilesAreFullAndManyElseBlocks(String problem, Pass pass, String expected) {
    assertThat(choice(problem, pass, SQUARE)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "|",
      value = {
        "16,32,28,28,64,5,5,1,2 | FORWARD | winograd2_5x5",
        "16,32,28,28,64,5,5,1,2 | BACKWARD_DATA | winograd2_5x5",
        "16,32,28,28,64,5,5,1,2 | BACKWARD_WEIGHT | winograd2_5x5",
        // Few channels to be summed, in whole vectors and not.
        "16,16,28,28,8,5,5,1,2 | FORWARD | winograd2_5x5",
        "16,16,28,28,8,5,5,1,2 | BACKWARD_DATA | rows",
        "16,17,28,28,64,5,5,1,2 | FORWARD | blocked",
        "16,24,28,28,64,5,5,1,2 | FORWARD | winograd2_5x5",
        // Few pixels; with 16 images of 5×5 tiles reach over the borders, with 32 of 4×4 not.
        "1,64,20,20,64,5,5,1,2 | FORWARD | winograd2_5x5",
        "1,64,14,14,64,5,5,1,2 | FORWARD | blocked",
        "16,64,5,5,64,5,5,1,2 | FORWARD | blocked",
        "32,64,4,4,64,5,5,1,2 | FORWARD | winograd2_5x5",
        "4,64,12,12,64,5,5,1,0 | FORWARD | blocked",
        "4,64,12,12,64,5,5,1,0 | BACKWARD_DATA | winograd2_5x5",
        // Gradients of whole vectors of filters, and of others.
        "16,16,28,28,64,5,5,1,2 | BACKWARD_WEIGHT | blocked",
        "16,64,28,28,16,5,5,1,2 | BACKWARD_WEIGHT | blocked",
        "16,64,7,7,64,5,5,1,2 | BACKWARD_WEIGHT | blocked",
        "16,16,28,28,17,5,5,1,2 | BACKWARD_WEIGHT | winograd2_5x5",
        "1,20,10,10,20,5,5,1,2 | BACKWARD_WEIGHT | winograd2_5x5",
        "1,20,9,9,20,5,5,1,2 | BACKWARD_WEIGHT | blocked",
        // Groups of 16 and of 32 channels.
        "16,64,28,28,64,5,5,1,2,1,4 | FORWARD | winograd2_5x5",
        "16,64,28,28,64,5,5,1,2,1,4 | BACKWARD_WEIGHT | blocked",
        "16,64,28,28,64,5,5,1,2,1,2 | BACKWARD_WEIGHT | winograd2_5x5",
        // The two of lenet.
        "64,1,28,28,6,5,5,1,2 | FORWARD | rows",
        "64,1,28,28,6,5,5,1,2 | BACKWARD_WEIGHT | blocked",
        "64,6,14,14,16,5,5,1,0 | FORWARD | rows",
        "64,6,14,14,16,5,5,1,0 | BACKWARD_DATA | winograd2_5x5",
        "64,6,14,14,16,5,5,1,0 | BACKWARD_WEIGHT | blocked"
      })
  void filtersOf5x5TakeWinogradWhereItWasMeasuredToBeFaster(
      String problem, Pass pass, String expected) {
    assertThat(choice(problem, pass, LARGE_FILTERS)).isEqualTo(expected);
  }

  @Test
  void fewChannelsOfLargeFiltersTakeTheirOwn() {
    assertThat(choice("64,6,14,14,16,5,5,1,0", Pass.BACKWARD_DATA, LARGE_FILTERS_OF_FEW_CHANNELS))
        .isEqualTo("few_channels");
  }

  @Test
  void gradientsOfGroupsTakeWinogradFrom32Channels() {
    List<String> possible = List.of("direct", "unfold", "blocked", "tiled", "winograd4");
    assertThat(choice("16,64,28,28,64,3,3,1,1,1,4", Pass.BACKWARD_WEIGHT, possible))
        .isEqualTo("blocked");
    assertThat(choice("16,128,28,28,128,3,3,1,1,1,4", Pass.BACKWARD_WEIGHT, possible))
        .isEqualTo("winograd4");
  }

  @Test
  void stridedFiltersOfOnePixelTakeBlocks() {
    List<String> possible = List.of("direct", "unfold", "blocked", "tiled", "rows");
    assertThat(choice("16,256,8,8,512,1,1,2,0", Pass.FORWARD, possible)).isEqualTo("blocked");
  }

  @Test
  void aDriverThatCanDoNoneIsTold() {
    Convolution c = ConvolutionShapes.parse("16,64,56,56,256,1,1,1,0");
    assertThatThrownBy(() -> ConvolutionHeuristic.choose(c, Pass.FORWARD, true, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too long a sum");
  }

  /**
   * What is chosen of these; output rows know no gradients of filters, and no backward with stride.
   */
  private static String choice(String problem, Pass pass, List<String> possible) {
    Convolution c = ConvolutionShapes.parse(problem);
    boolean rows =
        pass == Pass.FORWARD || (pass == Pass.BACKWARD_DATA && c.strideH() * c.strideW() == 1);
    List<String> can =
        possible.stream().filter(name -> rows || !name.equals(RowsConvolution.NAME)).toList();
    return ConvolutionHeuristic.choose(c, pass, true, can);
  }
}
