package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.DropoutOps;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;

/** Dropout. Every task draws the words of its own indices, so the number of tasks never shows. */
final class ReferenceDropout extends DropoutOps {
  private static final int WORDS = 4;

  @Override
  protected Step bind(
      RandomState random,
      int layer,
      float p,
      boolean channels,
      DeviceTensor input,
      DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    Shape shape = input.shape();
    boolean image = shape.rank() == 4;
    int area = image ? shape.length(2) * shape.length(3) : 1;
    int planes = x.size / area;
    float scale = 1 / (1 - p);
    if (channels || area == 1) {
      return () ->
          Parallel.ranges(
              planes,
              (from, to) -> {
                Keeps keeps = new Keeps(random, layer, p);
                for (int plane = from; plane < to; plane++) {
                  fill(x, y, plane * area, area, keeps.at(plane) ? scale : 0);
                }
              });
    }
    int channelCount = image ? shape.length(1) : 1;
    return () ->
        Parallel.ranges(
            planes / channelCount * area,
            (from, to) -> {
              Keeps keeps = new Keeps(random, layer, p);
              for (int pixel = from; pixel < to; pixel++) {
                int first = pixel / area * channelCount * area + pixel % area;
                for (int c = 0; c < channelCount; c++) {
                  boolean kept = keeps.at((long) pixel * channelCount + c);
                  fill(x, y, first + c * area, 1, kept ? scale : 0);
                }
              }
            });
  }

  /** Dropped elements become 0 even where x is infinite. */
  private static void fill(
      ReferenceTensor x, ReferenceTensor y, int first, int count, float scale) {
    for (int i = first; i < first + count; i++) {
      y.data[y.offset + i] = scale == 0 ? 0 : x.data[x.offset + i] * scale;
    }
  }

  /** The mask by index; neighbouring indices share a block of random words. */
  private static final class Keeps {
    private final long seed;
    private final long stream;
    private final float p;
    private final int[] words = new int[WORDS];
    private long block = -1;

    Keeps(RandomState random, int layer, float p) {
      this.seed = random.seed();
      this.stream = random.stream(layer);
      this.p = p;
    }

    boolean at(long index) {
      if (index / WORDS != block) {
        block = index / WORDS;
        Philox.block(seed, stream, block, words);
      }
      return Philox.toUnitFloat(words[(int) (index % WORDS)]) >= p;
    }
  }
}
