package dev.gabor.backend.reference;

import dev.gabor.backend.CeilingOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.Arrays;

/** What plain Java on all cores can do at most. */
final class ReferenceCeilings extends CeilingOps {
  /** Floats that the first cache surely holds, in a loop that HotSpot vectorises. */
  private static final int BLOCK = 512;

  @Override
  protected Step bindMultiplyAdd(
      DeviceTensor input, DeviceTensor output, int rounds, float a, float b) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.forEach(
            (y.size + BLOCK - 1) / BLOCK,
            block -> {
              int from = block * BLOCK;
              int length = Math.min(BLOCK, y.size - from);
              float[] t = Arrays.copyOfRange(x.data, x.offset + from, x.offset + from + length);
              for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < t.length; i++) {
                  t[i] = t[i] * a + b;
                }
              }
              System.arraycopy(t, 0, y.data, y.offset + from, length);
            });
  }

  @Override
  protected Step bindCopy(DeviceTensor input, DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.ranges(
            y.size,
            (from, to) ->
                System.arraycopy(x.data, x.offset + from, y.data, y.offset + from, to - from));
  }

  @Override
  protected Step bindRead(DeviceTensor input, DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor partial = ReferenceTensor.of(output);
    return () ->
        Parallel.forEach(
            partial.size,
            part -> {
              int from = (int) ((long) x.size * part / partial.size);
              int to = (int) ((long) x.size * (part + 1) / partial.size);
              partial.data[partial.offset + part] = sum(x, from, to);
            });
  }

  // Eight sums, or each addition would wait for the one before it.
  private static float sum(ReferenceTensor x, int from, int to) {
    float[] sums = new float[8];
    int i = from;
    for (; i + 8 <= to; i += 8) {
      for (int lane = 0; lane < 8; lane++) {
        sums[lane] += x.data[x.offset + i + lane];
      }
    }
    for (; i < to; i++) {
      sums[0] += x.data[x.offset + i];
    }
    float sum = 0;
    for (float lane : sums) {
      sum += lane;
    }
    return sum;
  }

  @Override
  protected Step bindFill(DeviceTensor output, float value) {
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.ranges(
            y.size, (from, to) -> Arrays.fill(y.data, y.offset + from, y.offset + to, value));
  }

  @Override
  protected Step bindLocal(DeviceTensor input, DeviceTensor output, int rounds) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.forEach(
            y.size / TILE,
            tile -> {
              int base = tile * TILE;
              float[] sums = new float[TILE];
              for (int round = 0; round < rounds; round++) {
                int turn = round * TURN % TILE;
                add(x.data, x.offset + base + turn, sums, 0, TILE - turn);
                add(x.data, x.offset + base, sums, TILE - turn, turn);
              }
              System.arraycopy(sums, 0, y.data, y.offset + base, TILE);
            });
  }

  private static void add(float[] from, int offset, float[] to, int target, int count) {
    for (int i = 0; i < count; i++) {
      to[target + i] += from[offset + i];
    }
  }
}
