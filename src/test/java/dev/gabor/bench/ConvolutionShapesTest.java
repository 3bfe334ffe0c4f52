package dev.gabor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Convolution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvolutionShapesTest {
  @Test
  void readsNineToElevenNumbers() {
    assertThat(ConvolutionShapes.parse("2,4,13,7,6,3,5,2,1"))
        .isEqualTo(Convolution.of(2, 4, 13, 7, 6, 3, 5, 2, 1, 1, 1));
    assertThat(ConvolutionShapes.parse("2,4,13,17,6,3,5,2,1, 3"))
        .isEqualTo(Convolution.of(2, 4, 13, 17, 6, 3, 5, 2, 1, 3, 1));
    assertThat(ConvolutionShapes.parse("2,4,13,7,6,3,5,2,1,1,2"))
        .isEqualTo(Convolution.of(2, 4, 13, 7, 6, 3, 5, 2, 1, 1, 2));
  }

  @Test
  void readsWhatAConvolutionCallsItself() {
    for (Convolution convolution : ConvolutionShapes.networks()) {
      assertThat(ConvolutionShapes.parse(convolution.toString())).isEqualTo(convolution);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "1,2,3 ; found 3 numbers",
        "1,1,8,8,1,3,3,1,1,1,1,1 ; found 12 numbers",
        "1,1,8,8,1,3,x,1,1 ; found \"x\" as number 7",
        "1,1,8,,1,3,3,1,1 ; found \"\" as number 4",
        "1,1,99999999999,8,1,3,3,1,1 ; as number 3",
        "0,1,8,8,1,3,3,1,1 ; at least 1, found 0",
        "1,1,8,8,1,3,3,0,1 ; stride",
        "1,1,2,2,1,5,5,1,0 ; does not fit",
        "1,3,8,8,4,3,3,1,1,1,2 ; groups",
      })
  void refusesEverythingElse(String text, String reason) {
    assertThatThrownBy(() -> ConvolutionShapes.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("convolution " + text + ": ")
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void networkTablesHoldTheKnownShapes() {
    assertThat(ConvolutionShapes.standard()).hasSize(11).doesNotHaveDuplicates();
    assertThat(ConvolutionShapes.vgg16())
        .extracting(Convolution::toString)
        .containsExactly(
            "8,3,224,224,64,3,3,1,1,1,1",
            "8,64,224,224,64,3,3,1,1,1,1",
            "8,64,112,112,128,3,3,1,1,1,1",
            "8,128,112,112,128,3,3,1,1,1,1",
            "8,128,56,56,256,3,3,1,1,1,1",
            "8,256,56,56,256,3,3,1,1,1,1",
            "8,256,28,28,512,3,3,1,1,1,1",
            "8,512,28,28,512,3,3,1,1,1,1",
            "8,512,14,14,512,3,3,1,1,1,1");
    assertThat(ConvolutionShapes.resnet50())
        .extracting(Convolution::toString)
        .contains(
            "8,3,224,224,64,7,7,2,3,1,1",
            "8,256,56,56,512,1,1,2,0,1,1",
            "8,512,14,14,512,3,3,2,1,1,1",
            "8,512,7,7,2048,1,1,1,0,1,1",
            "8,2048,7,7,512,1,1,1,0,1,1")
        .hasSize(23);
    assertThat(ConvolutionShapes.mobilenet())
        .extracting(Convolution::toString)
        .contains(
            "8,32,112,112,32,3,3,1,1,1,32",
            "8,96,112,112,96,3,3,2,1,1,96",
            "8,960,7,7,160,1,1,1,0,1,1",
            "8,320,7,7,1280,1,1,1,0,1,1")
        .allSatisfy(shape -> assertThat(shape).startsWith("8,"));
  }
}
