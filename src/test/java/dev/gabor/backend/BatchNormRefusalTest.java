package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchNormRefusalTest {
  @Test
  void refusesImpossibleSettings() {
    assertThatThrownBy(() -> BatchNorm.of(2, 0, 4))
        .hasMessage("batch-norm: n, c, area are 2, 0, 4, expected at least 1 each");
    assertThatThrownBy(() -> BatchNorm.of(1 << 16, 1 << 10, 1 << 8))
        .hasMessageEndingWith("more than 2^31 - 1 elements");
    assertThatThrownBy(() -> new BatchNorm(1, 1, 1, 0, 0.1f, false, false))
        .hasMessage("batch-norm: epsilon is 0.0, expected a finite number above 0");
    assertThatThrownBy(() -> new BatchNorm(1, 1, 1, 1e-5f, Float.NaN, false, false))
        .hasMessage("batch-norm: momentum is NaN, expected 0 to 1");
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void refusesToTrainOnOneValuePerChannel(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      BatchNormRun run =
          new BatchNormRun(BatchNorm.of(1, 3, 1), Tensor.of(Shape.of(1, 3), 1, 2, 3));
      assertThatThrownBy(() -> run.forward(scratch))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "batch-norm forward (training): expected more than 1 value per channel when training,"
                  + " got input (1,3)");
      float scale = (float) (1 / Math.sqrt(1 + 1e-5));
      assertThat(run.infer(scratch).data()).containsExactly(scale, 2 * scale, 3 * scale);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void refusesWrongShapes(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      BatchNorm problem = BatchNorm.of(2, 3, 4);
      BatchNormRun other = new BatchNormRun(problem, Tensor.zeros(2, 4, 3, 1));
      assertThatThrownBy(() -> other.forward(scratch))
          .hasMessage(
              "batch-norm forward (training): x has shape (2,4,3,1), layout IMAGE, expected IMAGE"
                  + " (N,C,H,W) or PLAIN (N,C) with N 2, C 3, H W 4");
      BatchNormRun gamma = new BatchNormRun(problem, Tensor.zeros(2, 3, 2, 2));
      gamma.gamma = Tensor.zeros(4);
      assertThatThrownBy(() -> gamma.infer(scratch))
          .hasMessage("batch-norm forward (inference): gamma has shape (4), expected (3)");
      BatchNormRun z = new BatchNormRun(problem.withResidual(), Tensor.zeros(2, 3, 2, 2));
      z.z = Tensor.zeros(2, 3, 4, 1);
      assertThatThrownBy(() -> z.forward(scratch))
          .hasMessage("batch-norm forward (training): z has shape (2,3,4,1), expected (2,3,2,2)");
      BatchNormRun saved = new BatchNormRun(problem, Tensor.zeros(2, 3, 2, 2));
      saved.saved = Tensor.zeros(3, 2);
      assertThatThrownBy(() -> saved.backward(scratch))
          .hasMessage("batch-norm backward: saved has shape (3,2), expected (2,3)");
      BatchNormRun dz = new BatchNormRun(problem, Tensor.zeros(2, 3, 2, 2));
      dz.wantDz = true;
      assertThatThrownBy(() -> dz.backward(scratch))
          .hasMessage("batch-norm backward: dz is given, but the problem has no residual");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void refusesASmallWorkspace(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      BatchNorm problem = BatchNorm.of(2, 3, 1);
      DeviceTensor x = scratch.put(Tensor.zeros(2, 3));
      DeviceTensor c = scratch.put(Tensor.zeros(3));
      DeviceTensor saved = scratch.put(Tensor.zeros(2, 3));
      BatchNormOps ops = scratch.backend().batchNorm();
      assertThatThrownBy(
              () ->
                  ops.forwardTrain(
                      problem, x, DeviceTensor.NONE, c, c, c, c, x, saved, DeviceTensor.NONE))
          .hasMessage(
              "batch-norm forward (training): workspace has 0 bytes, expected at least "
                  + ops.workspaceBytes(problem));
    }
  }
}
