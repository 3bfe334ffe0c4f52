package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every tile on every device: exactly equal to the reference on whole numbers. */
class TiledConvolutionTest {
  /** Partial tiles, several parts, strides beyond the filter, groups, and a sum of 5760 terms. */
  private static final List<Convolution> PROBLEMS =
      List.of(
          Convolution.of(2, 3, 13, 33, 10, 3, 3, 1, 1, 1, 1),
          Convolution.of(3, 8, 19, 17, 136, 3, 3, 2, 1, 1, 1),
          Convolution.of(1, 24, 15, 14, 8, 3, 3, 3, 2, 2, 2),
          new Convolution(2, 6, 9, 21, 9, 2, 5, 4, 2, 1, 4, 2, 3, 3),
          Convolution.of(2, 640, 3, 3, 4, 3, 3, 1, 1, 1, 1));

  private static Stream<Tile> tiles() {
    return Stream.of(
            Stream.of(new Tile(16, 16, 4, 4, 4)), Tile.all(1).stream(), Tile.all(4).stream())
        .flatMap(tiles -> tiles)
        .distinct();
  }

  static List<Device> devices() {
    assertThat(OpenCl.devices()).isNotEmpty();
    return OpenCl.devices();
  }

  @ParameterizedTest
  @MethodSource("tiles")
  void everyTileEqualsTheReference(Tile tile) {
    for (Device device : devices()) {
      try (Scratch scratch = new Scratch(new OpenClBackend(device));
          Scratch reference = new Scratch(new ReferenceBackend())) {
        ConvolutionOps tiled = tiled(scratch, Optional.of(tile));
        for (Convolution c : PROBLEMS) {
          for (Pass pass : Pass.values()) {
            float[] expected = run(reference, reference.backend().convolution(), c, pass, true);
            assertThat(run(scratch, tiled, c, pass, true))
                .as("%s, %s, %s, tile %s", device.title(), c, pass, tile)
                .isEqualTo(expected);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("devices")
  void sameBitsInTwoRuns(Device device) {
    Convolution c = Convolution.of(5, 12, 17, 16, 20, 3, 3, 1, 1, 1, 1);
    try (Scratch scratch = new Scratch(new OpenClBackend(device))) {
      ConvolutionOps tiled = tiled(scratch, Optional.empty());
      assertThat(tiled.workspaceBytes(c, Pass.BACKWARD_WEIGHT, TiledConvolution.NAME))
          .as("more than one part")
          .isPositive();
      for (Pass pass : Pass.values()) {
        assertThat(run(scratch, tiled, c, pass, false))
            .as("%s", pass)
            .isEqualTo(run(scratch, tiled, c, pass, false));
      }
    }
  }

  private static ConvolutionOps tiled(Scratch scratch, Optional<Tile> tile) {
    Launcher launcher = ((OpenClBackend) scratch.backend()).launcher();
    return new OpenClConvolution(launcher, List.of(new TiledConvolution(launcher, tile)));
  }

  private static float[] run(
      Scratch scratch, ConvolutionOps ops, Convolution c, Pass pass, boolean whole) {
    String algorithm = ops.algorithms(c, pass).get(0);
    DeviceTensor x = scratch.put(fill(c.xShape(), 1, whole), Layout.IMAGE);
    DeviceTensor weight = scratch.put(fill(c.weightShape(), 2, whole), Layout.FILTER);
    DeviceTensor bias = scratch.put(fill(Shape.of(c.k()), 3, whole));
    DeviceTensor dy = scratch.put(fill(c.yShape(), 4, whole), Layout.IMAGE);
    DeviceTensor workspace = scratch.workspace(ops.workspaceBytes(c, pass, algorithm));
    DeviceTensor target =
        switch (pass) {
          case FORWARD -> scratch.empty(c.yShape(), Layout.IMAGE);
          case BACKWARD_DATA -> scratch.empty(c.xShape(), Layout.IMAGE);
          case BACKWARD_WEIGHT -> scratch.empty(c.weightShape(), Layout.FILTER);
        };
    scratch.run(
        switch (pass) {
          case FORWARD ->
              ops.forward(c, x, weight, bias, target, workspace, Activation.IDENTITY, algorithm);
          case BACKWARD_DATA -> ops.backwardData(c, dy, weight, target, workspace, algorithm);
          case BACKWARD_WEIGHT -> ops.backwardWeight(c, x, dy, target, workspace, algorithm);
        });
    return scratch.get(target).data();
  }

  private static Tensor fill(Shape shape, long seed, boolean whole) {
    return whole ? Scratch.integers(shape, seed) : Scratch.random(shape, seed);
  }
}
