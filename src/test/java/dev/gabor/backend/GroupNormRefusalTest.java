package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GroupNormRefusalTest {
  @Test
  void refusesImpossibleSizes() {
    assertThatThrownBy(() -> GroupNorm.of(2, 0, 4, 1))
        .hasMessage("group-norm: n, c, area are 2, 0, 4, expected at least 1 each");
    assertThatThrownBy(() -> GroupNorm.of(1 << 16, 1 << 10, 1 << 8, 1))
        .hasMessageEndingWith("more than 2^31 - 1 elements");
    assertThatThrownBy(() -> GroupNorm.of(2, 6, 4, 4))
        .hasMessage("group-norm: 4 groups of 6 channels, expected a divisor");
    assertThatThrownBy(() -> GroupNorm.of(2, 6, 4, 0))
        .hasMessage("group-norm: 0 groups of 6 channels, expected a divisor");
    assertThatThrownBy(() -> GroupNorm.of(2, 6, 1, 6))
        .hasMessage(
            "group-norm: a group has 1 element, which says nothing about a variance: expected fewer"
                + " groups than 6");
    assertThatThrownBy(() -> new GroupNorm(2, 6, 4, 2, 0))
        .hasMessage("group-norm: epsilon is 0.0, expected a finite number above 0");
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void refusesWrongShapes(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      GroupNorm problem = GroupNorm.of(2, 4, 6, 2);
      Shape shape = Shape.of(2, 4, 2, 3);
      GroupNormRun other = new GroupNormRun(problem, Tensor.zeros(2, 3, 4, 2));
      assertThatThrownBy(() -> other.forward(scratch))
          .hasMessage(
              "group-norm forward: x has shape (2,3,4,2), layout IMAGE, expected IMAGE (N,C,H,W) or"
                  + " PLAIN (N,C) with N 2, C 4, H W 6");
      // Two groups of elements would be other ones in another order of the elements.
      GroupNormRun elements = new GroupNormRun(GroupNorm.of(2, 24, 1, 2), Tensor.zeros(shape));
      assertThatThrownBy(() -> elements.backward(scratch))
          .hasMessageStartingWith("group-norm backward: x has shape (2,4,2,3), layout IMAGE");
      GroupNormRun weight = GroupNormRun.random(problem, shape, true, 1);
      weight.weight = Optional.of(Tensor.zeros(2));
      assertThatThrownBy(() -> weight.forward(scratch))
          .hasMessage("group-norm forward: weight has shape (2), expected (4)");
      weight.weight = Optional.empty();
      assertThatThrownBy(() -> weight.forward(scratch))
          .hasMessage(
              "group-norm forward: of weight and bias one is missing, expected both or neither");
      GroupNormRun flat =
          new GroupNormRun(GroupNorm.layer(2, 24), Tensor.zeros(shape))
              .affine(Tensor.zeros(24), Tensor.zeros(24));
      assertThatThrownBy(() -> flat.forward(scratch))
          .hasMessage("group-norm forward: weight has shape (24), expected (1,4,2,3)");
      GroupNormRun dy = GroupNormRun.random(problem, shape, true, 1);
      dy.dy = Tensor.zeros(2, 4, 3, 2);
      assertThatThrownBy(() -> dy.backward(scratch))
          .hasMessage("group-norm backward: dy has shape (2,4,3,2), expected (2,4,2,3)");
      GroupNormRun saved = GroupNormRun.random(problem, shape, true, 1);
      saved.saved = Tensor.zeros(2, 4, 2);
      assertThatThrownBy(() -> saved.backward(scratch))
          .hasMessage("group-norm backward: saved has shape (2,4,2), expected (2,2,2)");
      GroupNormRun nothing = GroupNormRun.random(problem, shape, false, 1);
      nothing.wantDx = false;
      assertThatThrownBy(() -> nothing.backward(scratch))
          .hasMessage("group-norm backward: neither dx nor dweight is wanted");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void refusesASmallWorkspace(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      GroupNorm problem = GroupNorm.of(2, 3, 4, 1);
      DeviceTensor x = scratch.put(Tensor.zeros(2, 3, 2, 2), Layout.IMAGE);
      DeviceTensor c = scratch.put(Tensor.zeros(3));
      DeviceTensor saved = scratch.put(Tensor.zeros(2, 2, 1));
      GroupNormOps ops = scratch.backend().groupNorm();
      assertThatThrownBy(() -> ops.backward(problem, x, c, x, saved, x, c, c, DeviceTensor.NONE))
          .hasMessage(
              "group-norm backward: workspace has 0 bytes, expected at least "
                  + ops.workspaceBytes(problem));
    }
  }
}
