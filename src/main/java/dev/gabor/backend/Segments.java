package dev.gabor.backend;

import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A flat block cut into segments, the parameters in it, for updates that need a number for each:
 * tables of whole numbers, which floats hold exactly up to 2^24.
 *
 * @param runs the length of each segment in runs of {@value #RUN} elements, gaps included
 */
public record Segments(List<Integer> runs) {
  /** Every segment begins at a multiple of so many elements. */
  public static final int RUN = 16;

  /** The runs that one work-group sums. */
  private static final int PIECE = 256;

  private static final int MOST_RUNS = 1 << 24;

  /** Checks that the tables can hold the block. */
  public Segments {
    runs = List.copyOf(runs);
    Require.that(
        runs.stream().mapToLong(Integer::longValue).sum() <= MOST_RUNS,
        "segments",
        "more than 2^28 elements");
  }

  /** Which segment each run belongs to. */
  public float[] numbers() {
    float[] numbers = new float[runs.stream().mapToInt(Integer::intValue).sum()];
    int at = 0;
    for (int segment = 0; segment < runs.size(); segment++) {
      for (int run = 0; run < runs.get(segment); run++) {
        numbers[at++] = segment;
      }
    }
    return numbers;
  }

  /** What work-groups sum, (pieces,2): the first run and the number of runs. */
  public float[] pieces() {
    float[] pieces = new float[2 * pieceCount()];
    int at = 0;
    int begin = 0;
    for (int length : runs) {
      for (int done = 0; done < length; done += PIECE) {
        pieces[at++] = begin + done;
        pieces[at++] = Math.min(PIECE, length - done);
      }
      begin += length;
    }
    return pieces;
  }

  /** What makes up each segment, (segments,2): the first piece and the number of pieces. */
  public float[] ranges() {
    float[] ranges = new float[2 * runs.size()];
    int first = 0;
    for (int segment = 0; segment < runs.size(); segment++) {
      int count = (runs.get(segment) + PIECE - 1) / PIECE;
      ranges[2 * segment] = first;
      ranges[2 * segment + 1] = count;
      first += count;
    }
    return ranges;
  }

  /** The shape of {@link #numbers}. */
  public Shape numbersShape() {
    return Shape.of(runs.stream().mapToInt(Integer::intValue).sum());
  }

  /** The shape of {@link #pieces}, and of the sums over them. */
  public Shape piecesShape() {
    return Shape.of(pieceCount(), 2);
  }

  /** The shape of {@link #ranges}. */
  public Shape rangesShape() {
    return Shape.of(runs.size(), 2);
  }

  /** The shape of one number a segment. */
  public Shape ratiosShape() {
    return Shape.of(runs.size());
  }

  private int pieceCount() {
    return IntStream.range(0, runs.size()).map(s -> (runs.get(s) + PIECE - 1) / PIECE).sum();
  }
}
