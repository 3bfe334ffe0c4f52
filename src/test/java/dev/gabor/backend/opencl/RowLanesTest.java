package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormOps;
import dev.gabor.backend.BatchNormPool;
import dev.gabor.backend.BatchNormPoolOps;
import dev.gabor.backend.BatchNormPoolRun;
import dev.gabor.backend.BatchNormRun;
import dev.gabor.backend.PoolWindow;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import dev.gabor.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RowLanesTest {
  private static final int[] COUNTS = {1, 2, 7, 8, 9, 32, 33, 48, 64, 130, 1000, 4099, 50176};

  /** None at once, and all that are not too many for a loop of llvmpipe; a GPU does none. */
  private static int[] rowsAtOnce(boolean cpu) {
    return cpu ? new int[] {0, 4096} : new int[] {0};
  }

  static Iterable<Device> devices() {
    assertThat(OpenCl.devices()).isNotEmpty();
    return OpenCl.devices();
  }

  @Test
  void giveEachRowToOneLaneAndNoneToNobody() {
    for (int rows : COUNTS) {
      for (int channels : COUNTS) {
        for (RowLanes lanes :
            List.of(
                RowLanes.consecutive(2, rows, channels),
                RowLanes.consecutiveWindows(2, rows, channels, 9),
                RowLanes.interleavedSums(rows, channels),
                RowLanes.interleavedElements(rows, channels))) {
          assertThat((long) lanes.rows() * lanes.columns()).isEqualTo((long) rows * channels);
          assertThat(lanes.columns() % channels).isZero();
          int[] owners = new int[lanes.rows()];
          for (int lane = 0; lane < lanes.lanes(); lane++) {
            int first = lane * lanes.laneStride();
            assertThat(first)
                .as("%s of %d rows: lane %d", lanes, rows, lane)
                .isLessThan(lanes.rows());
            for (int k = 0; k < lanes.rowsPerLane(); k++) {
              long row = first + (long) k * lanes.rowStep();
              if (row < lanes.rows()) {
                owners[(int) row]++;
              }
            }
          }
          assertThat(owners).as("%s of %d rows", lanes, rows).containsOnly(1);
          assertThat(lanes.groups()[1] * lanes.local()[1]).isGreaterThanOrEqualTo(lanes.lanes());
        }
      }
    }
  }

  @Test
  void giveEachCoreOfACpuAsMuch() {
    for (int rows : new int[] {2304, 9216, 9219, 50176}) {
      RowLanes lanes = RowLanes.consecutiveWindows(2, rows, 20, 4);
      assertThat(lanes.lanes()).as("%d rows", rows).isGreaterThan(2).isEven();
      assertThat(lanes.lanes() * lanes.rowsPerLane() - rows).isLessThan(lanes.lanes());
    }
    assertThat(RowLanes.consecutive(64, 1000, 128).lanes()).isEqualTo(2);
  }

  @Test
  void putRowsOfFewChannelsSideBySideOnACpu() {
    assertThat(RowLanes.consecutive(2, 100, 32).columns()).isEqualTo(64);
    assertThat(RowLanes.consecutive(2, 100, 16).columns()).isEqualTo(64);
    assertThat(RowLanes.consecutive(2, 100, 48).columns()).isEqualTo(192);
    // Rows that do not come out even, no whole vectors, blocks that are full already.
    assertThat(RowLanes.consecutive(2, 101, 32).columns()).isEqualTo(32);
    assertThat(RowLanes.consecutive(2, 100, 8).columns()).isEqualTo(8);
    assertThat(RowLanes.consecutive(2, 100, 128).columns()).isEqualTo(128);
    assertThat(RowLanes.interleavedSums(100, 32).columns()).isEqualTo(32);
  }

  @ParameterizedTest
  @MethodSource("devices")
  void bothDealsEqualTheReference(Device device) {
    OpenClBackend backend = new OpenClBackend(device);
    try (Scratch scratch = new Scratch(backend);
        Scratch reference = new Scratch(new ReferenceBackend())) {
      for (boolean cpu : new boolean[] {true, false}) {
        for (int rowsAtOnce : rowsAtOnce(cpu)) {
          BatchNormAtOnce atOnce = new BatchNormAtOnce(backend.launcher(), rowsAtOnce);
          BatchNormOps ops = new OpenClBatchNorm(backend.launcher(), cpu, atOnce);
          String as = "cpu " + cpu + " rows at once " + rowsAtOnce;
          compare(scratch, reference, ops, Shape.of(1, 3, 33, 31), as);
          compare(scratch, reference, ops, Shape.of(33, 17), as);
          compare(scratch, reference, ops, Shape.of(2, 130, 7, 9), as);
          compare(scratch, reference, ops, Shape.of(3, 64, 13, 13), as);
          compare(scratch, reference, ops, Shape.of(2, 32, 9, 9), as);
          compare(scratch, reference, ops, Shape.of(3, 32, 5, 7), as);
          compare(scratch, reference, ops, Shape.of(2, 48, 8, 9), as);
          compare(scratch, reference, ops, Shape.of(4, 16, 31, 33), as);
          compare(scratch, reference, ops, Shape.of(70, 1, 20, 20), as);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("devices")
  void bothDealsOfWindowsEqualTheReference(Device device) {
    OpenClBackend backend = new OpenClBackend(device);
    try (Scratch scratch = new Scratch(backend);
        Scratch reference = new Scratch(new ReferenceBackend())) {
      for (boolean cpu : new boolean[] {true, false}) {
        for (int rowsAtOnce : rowsAtOnce(cpu)) {
          BatchNormAtOnce atOnce = new BatchNormAtOnce(backend.launcher(), rowsAtOnce);
          BatchNormPoolOps ops = new OpenClBatchNormPool(backend.launcher(), cpu, atOnce);
          for (int[] size : new int[][] {{2, 3, 33, 31}, {3, 64, 13, 13}, {2, 96, 8, 9}}) {
            BatchNorm norm = BatchNorm.of(size[0], size[1], size[2] * size[3]).withRelu();
            PoolWindow window = PoolWindow.of(PoolWindow.Kind.MAX, 2).ceilMode(size[1] == 3);
            BatchNormPool problem = new BatchNormPool(norm, window, size[2], size[3]);
            BatchNormPoolRun expected = BatchNormPoolRun.random(problem, 11);
            BatchNormPoolRun actual = BatchNormPoolRun.random(problem, 11);
            expected.run(reference, reference.backend().batchNormPool());
            actual.run(scratch, ops);
            actual.compare(expected, 2e-5, "cpu " + cpu + " " + problem);
          }
        }
      }
    }
  }

  private static void compare(
      Scratch scratch, Scratch reference, BatchNormOps ops, Shape shape, String as) {
    int area = shape.rank() == 4 ? shape.length(2) * shape.length(3) : 1;
    BatchNorm problem =
        BatchNorm.of(shape.length(0), shape.length(1), area).withRelu().withResidual();
    BatchNormOps plain = reference.backend().batchNorm();
    BatchNormRun expected = BatchNormRun.random(problem, shape, 11);
    BatchNormRun actual = BatchNormRun.random(problem, shape, 11);
    BatchNormRun.assertEqual(
        actual.infer(scratch, ops), expected.infer(reference, plain), 1e-5, as);
    expected.forward(reference, plain);
    expected.backward(reference, plain);
    actual.forward(scratch, ops);
    actual.maskBy(expected);
    actual.backward(scratch, ops);
    actual.compare(expected, 2e-5, as + " " + problem);
  }
}
