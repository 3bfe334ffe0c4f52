package dev.gabor.data;

import java.util.ArrayList;
import java.util.List;

/**
 * How one digit is drawn: points in a box from (0,0) at the top left to (1,1), joined by straight
 * lines and quadratic curves.
 *
 * @param points x and y of each point in turn
 * @param curves the points of each curve: two for a line, three for a quadratic curve
 */
@SuppressWarnings("ArrayRecordComponent") // Constants, shared read-only inside the package.
record StrokeGlyph(double[] points, int[][] curves) {
  /** For each digit the ways people write it, in the M, L and Q commands of SVG paths. */
  private static final String[][] PATHS = {
    {"M .5 0 Q .95 0 .95 .5 Q .95 1 .5 1 Q .05 1 .05 .5 Q .05 0 .5 0"},
    {"M .2 .25 L .55 0 L .55 1", "M .5 0 L .5 1", "M .2 .25 L .5 0 L .5 1 M .15 1 L .85 1"},
    {
      "M .05 .27 Q .1 0 .5 0 Q .95 0 .95 .3 Q .95 .5 .5 .75 L 0 1 L 1 1",
      "M .05 .2 Q .3 0 .55 0 Q .9 .05 .85 .35 Q .7 .8 .05 1 Q .5 .85 1 .97"
    },
    {
      "M .05 .12 Q .25 0 .5 0 Q .9 0 .9 .25 Q .9 .47 .4 .47 Q .95 .5 .95 .75 Q .95 1 .45 1 Q .15 1 0 .85",
      "M .05 0 L .9 0 L .45 .42 Q .95 .42 .95 .72 Q .95 1 .45 1 Q .1 1 0 .82"
    },
    {"M .7 1 L .7 0 L 0 .65 L 1 .65", "M .12 0 L .05 .55 L .95 .55 M .78 .05 L .7 1"},
    {
      "M .9 0 L .2 0 L .12 .45 Q .35 .37 .55 .38 Q .95 .42 .95 .7 Q .95 1 .45 1 Q .15 1 0 .85",
      "M .2 0 L .15 .42 Q .9 .3 .9 .68 Q .9 1 .05 .97 M .2 0 L .95 .02"
    },
    {"M .8 0 Q .05 .25 .05 .68 Q .05 1 .5 1 Q .95 1 .95 .7 Q .95 .42 .5 .42 Q .1 .42 .05 .7"},
    {"M 0 0 L 1 0 L .35 1", "M 0 .02 L .95 0 Q .55 .5 .4 1 M .25 .5 L .85 .5"},
    {
      "M .5 .46 Q .1 .42 .1 .22 Q .1 0 .5 0 Q .9 0 .9 .22 Q .9 .42 .5 .46 "
          + "Q 0 .52 0 .76 Q 0 1 .5 1 Q 1 1 1 .76 Q 1 .52 .5 .46",
      "M .9 .15 Q .6 -.1 .25 .1 Q 0 .3 .5 .48 Q 1 .65 .85 .88 Q .5 1.15 .15 .88 Q 0 .65 .5 .46 L .9 .15"
    },
    {
      "M .95 .3 Q .9 .58 .5 .58 Q .05 .58 .05 .3 Q .05 0 .5 0 Q .95 0 .95 .3 Q .95 .8 .7 1",
      "M .85 .25 Q .8 .55 .45 .55 Q .1 .55 .1 .27 Q .1 0 .5 0 Q .85 0 .85 .25 L .8 1"
    },
  };

  private static final StrokeGlyph[][] GLYPHS = parseAll();

  /** The number of digits. */
  static int classes() {
    return GLYPHS.length;
  }

  /** The ways to write a digit. */
  static StrokeGlyph[] variants(int digit) {
    return GLYPHS[digit];
  }

  private static StrokeGlyph[][] parseAll() {
    StrokeGlyph[][] glyphs = new StrokeGlyph[PATHS.length][];
    for (int digit = 0; digit < glyphs.length; digit++) {
      glyphs[digit] = new StrokeGlyph[PATHS[digit].length];
      for (int variant = 0; variant < glyphs[digit].length; variant++) {
        glyphs[digit][variant] = parse(PATHS[digit][variant]);
      }
    }
    return glyphs;
  }

  private static StrokeGlyph parse(String path) {
    List<Double> points = new ArrayList<>();
    List<int[]> curves = new ArrayList<>();
    List<String> words = List.of(path.split(" ", -1));
    for (int at = 0; at < words.size(); ) {
      String command = words.get(at++);
      int added = command.equals("Q") ? 2 : 1;
      int last = points.size() / 2 - 1;
      for (String word : words.subList(at, at + 2 * added)) {
        points.add(Double.valueOf(word));
      }
      at += 2 * added;
      switch (command) {
        case "L" -> curves.add(new int[] {last, last + 1});
        case "Q" -> curves.add(new int[] {last, last + 1, last + 2});
        case "M" -> {
          // Lifts the pen: a new point without a curve to it.
        }
        default -> throw new IllegalStateException("unknown path command " + command);
      }
    }
    return new StrokeGlyph(
        points.stream().mapToDouble(Double::doubleValue).toArray(), curves.toArray(int[][]::new));
  }
}
