package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final Network SMALL =
      Network.input(1, 8, 8)
          .conv2d(4, 3, c -> c.bias(false))
          .batchNorm()
          .relu()
          .flatten()
          .dense(3)
          .build();

  @Test
  void countsParametersAndActivations() {
    Summary summary = Summary.of(SMALL, 10);
    assertThat(summary.layers())
        .containsExactly(
            new Summary.Layer("input", "input", Shape.of(1, 8, 8), 0, 0, 64 * 40),
            new Summary.Layer("conv1", "conv2d", Shape.of(4, 8, 8), 36, 0, 256 * 40),
            new Summary.Layer("batch_norm1", "batch_norm", Shape.of(4, 8, 8), 8, 8, 256 * 40),
            new Summary.Layer("relu1", "activation", Shape.of(4, 8, 8), 0, 0, 256 * 40),
            new Summary.Layer("flatten1", "flatten", Shape.of(256), 0, 0, 256 * 40),
            new Summary.Layer("dense1", "dense", Shape.of(3), 771, 0, 3 * 40));
    assertThat(summary.parameters()).isEqualTo(36 + 8 + 771);
    assertThat(summary.statistics()).isEqualTo(8);
    assertThat(summary.activationBytes()).isEqualTo((64 + 4 * 256 + 3) * 40);
    assertThat(summary.remarks()).isEmpty();
  }

  @Test
  void printsATableWithTotals() {
    List<String> lines = Summary.of(SMALL, 10).toString().lines().toList();
    assertThat(lines).hasSize(1 + 6 + 1);
    assertThat(lines.get(0)).contains("layer", "operator", "output", "parameters", "activations");
    assertThat(lines.get(2)).contains("conv1", "conv2d", "(4,8,8)", "36", "10.0 KiB");
    assertThat(lines.get(7))
        .isEqualTo(
            "6 layers, 815 parameters, 8 running statistics, 42.6 KiB of activations at batch 10");
  }

  @Test
  void remarksOnMoreFiltersThanAFilterHasElements() {
    Network nine = Network.input(1, 8, 8).conv2d(9, 3).build();
    assertThat(Summary.of(nine, 1).remarks()).isEmpty();
    Network ten = Network.input(1, 8, 8).conv2d(10, 3).conv2d(512, 1).build();
    assertThat(Summary.of(ten, 1).remarks())
        .containsExactly(
            "remark: conv1 asks for 10 filters, but one has only 3x3x1 = 9 elements: more than 9"
                + " are linear combinations of each other");
    Network grouped = Network.input(4, 8, 8).conv2d(12, 3, c -> c.groups(4)).build();
    assertThat(Summary.of(grouped, 1).remarks()).hasSize(1);
    assertThat(Summary.of(ten, 1).toString()).endsWith("of each other");
  }

  @Test
  void aBatchHasAtLeastOneSample() {
    assertThatThrownBy(() -> Summary.of(SMALL, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("summary: batch size 0, expected at least 1");
  }

  @Test
  void remarksOnBatchNormOverFewValues() {
    Network network =
        Network.input(1, 4, 4)
            .conv2d(4, 3)
            .batchNorm()
            .maxPool(2)
            .batchNorm()
            .flatten()
            .dense(5)
            .batchNorm()
            .build();
    assertThat(Summary.of(network, 8).remarks()).isEmpty();
    assertThat(Summary.of(network, 7).remarks())
        .containsExactly(
            "remark: batch_norm3 normalises over 7 values a channel (batch 7 of (5)) where 8 are the"
                + " least that serve: take a larger batch, or group-norm (groupNorm(groups)),"
                + " which does not look at the batch");
    assertThat(Summary.of(network, 1).remarks())
        .hasSize(2)
        .first()
        .asString()
        .contains("batch_norm2 normalises over 4 values a channel (batch 1 of (4,2,2))");
  }
}
