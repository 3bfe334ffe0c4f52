package dev.gabor.check;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.Layout;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * The three passes of convolution by every algorithm that the device has for a problem; dense
 * layers are its 1×1 case, transposed convolution is its backward-data.
 */
final class ConvolutionCheck implements OperatorCheck {
  private static final Pass[] PASSES = Pass.values();

  /** Work of a case: small, for the sum of all. */
  private static final long MOST_MULTIPLY_ADDS = 400_000;

  /** Work of one of the few cases with long sums. */
  private static final long MOST_OF_LONG_SUMS = 2_000_000;

  private static final int KINDS = 5;

  /**
   * Turns in which each pass of each kind comes once; in the next round comes the next algorithm.
   */
  private static final int ROUND = KINDS * Pass.values().length;

  @Override
  public String operator() {
    return "conv2d";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    Pass pass = PASSES[turn % PASSES.length];
    int kind = turn / PASSES.length % KINDS;
    boolean longSum = draw.oneIn(16);
    long most = longSum ? MOST_OF_LONG_SUMS : MOST_MULTIPLY_ADDS;
    Convolution problem = longSum ? longSum(draw) : problem(kind, draw);
    while (problem.multiplyAdds() > most) {
      problem = longSum ? longSum(draw) : problem(kind, draw);
    }
    List<String> algorithms = backend.convolution().algorithms(problem, pass);
    CheckCase line =
        CheckCase.of(operator())
            .with("pass", pass)
            .with("algorithm", algorithms.get(turn / ROUND % algorithms.size()))
            .with("problem", problem);
    if (pass == Pass.FORWARD) {
      // Each activation is a build of its own, so that most cases use the two common ones.
      Activation.Kind function =
          draw.oneIn(8)
              ? draw.either(Activation.Kind.values())
              : draw.either(Activation.Kind.IDENTITY, Activation.Kind.RELU);
      line =
          line.with("bias", draw.oneIn(2))
              .with("function", function)
              .with("alpha", draw.either("0.01", "1"));
    }
    return Values.drawn(line, draw);
  }

  private static Convolution problem(int kind, Draw draw) {
    return switch (kind) {
      case 0 -> any(draw, 1);
      case 1 -> depthwise(draw);
      case 2 -> draw.oneIn(2) ? pointwise(draw) : any(draw, draw.one(2, 3, 4));
      case 3 -> common(3, draw);
      default -> common(5, draw);
    };
  }

  /** Anything that is allowed: stride over filter, dilation, more padding than needed. */
  private static Convolution any(Draw draw, int groups) {
    int r = draw.one(1, 2, 3, 4, 5, 7);
    int s = draw.one(1, 2, 3, 3, 5, 7);
    int padH = draw.below(r + 2);
    int padW = draw.below(s + 2);
    int dilationH = draw.one(1, 1, 2, 3);
    int dilationW = draw.one(1, 1, 2, 3);
    int h = Math.max(draw.length(), dilationH * (r - 1) + 1 - 2 * padH);
    int w = Math.max(draw.length(), dilationW * (s - 1) + 1 - 2 * padW);
    return new Convolution(
        draw.lengthTo(4),
        groups * draw.length(),
        h,
        w,
        groups * draw.length(),
        r,
        s,
        draw.one(1, 1, 2, 3, 5),
        draw.one(1, 1, 2, 3, 4),
        padH,
        padW,
        dilationH,
        dilationW,
        groups);
  }

  private static Convolution depthwise(Draw draw) {
    int channels = draw.oneIn(2) ? draw.length() : draw.channels();
    int filters = channels * (draw.oneIn(5) ? 2 : 1);
    int r = draw.one(1, 2, 3, 3, 3, 5);
    int s = draw.one(1, 3, 3, 3, 5);
    int stride = draw.one(1, 1, 2, 3);
    int h = Math.max(draw.length(), r);
    int w = Math.max(draw.length(), s);
    return new Convolution(
        draw.lengthTo(4),
        channels,
        h,
        w,
        filters,
        r,
        s,
        stride,
        draw.one(stride, 1, 2),
        draw.below(r + 1),
        draw.below(s + 1),
        1,
        1,
        channels);
  }

  /** 1×1 filters, and dense layers. */
  private static Convolution pointwise(Draw draw) {
    if (draw.oneIn(2)) {
      return Convolution.dense(draw.length(), draw.channels(), draw.channels());
    }
    int pad = draw.oneIn(4) ? 1 : 0;
    return Convolution.of(
        draw.lengthTo(4),
        draw.oneIn(2) ? draw.channels() : wholeVectors(draw),
        draw.lengthTo(16),
        draw.lengthTo(16),
        draw.oneIn(2) ? draw.channels() : wholeVectors(draw),
        1,
        1,
        draw.one(1, 1, 2),
        pad,
        1,
        1);
  }

  /** 3×3 and 5×5 with stride 1, for which most algorithms exist. */
  private static Convolution common(int filter, Draw draw) {
    int pad = draw.one(0, 1, filter / 2, 2);
    int least = filter - 2 * pad;
    int groups = draw.one(1, 1, 1, 2, 3);
    return Convolution.of(
        draw.lengthTo(3),
        groups * (draw.oneIn(3) ? wholeVectors(draw) : draw.length()),
        Math.max(draw.length(), least),
        Math.max(draw.length(), least),
        groups * (draw.oneIn(2) ? draw.length() : wholeVectors(draw)),
        filter,
        filter,
        1,
        pad,
        1,
        groups);
  }

  /** Filters in whole vectors of every length, which some algorithms ask for. */
  private static int wholeVectors(Draw draw) {
    return draw.one(16, 32, 48, 64, 80, 96, 128);
  }

  /** Many terms in few sums: Mesa's llvmpipe cuts loops of more than 65535 iterations. */
  private static Convolution longSum(Draw draw) {
    int r = draw.one(1, 3);
    if (draw.oneIn(2)) {
      int channels = draw.one(1, 2, 3, 8);
      int groups = draw.oneIn(2) ? channels : 1;
      int rows = draw.one(150, 257);
      return Convolution.of(1, channels, rows, 260, channels, r, r, 1, r / 2, 1, groups);
    }
    int deep = draw.one(520, 1500, 8200, 66_000);
    int flat = draw.one(1, 3, 16, 17);
    boolean manyFilters = draw.oneIn(2);
    return Convolution.of(
        1, manyFilters ? flat : deep, r, r, manyFilters ? deep : flat, r, r, 1, r / 2, 1, 1);
  }

  @Override
  public Trial trial(CheckCase line) {
    Convolution c = problem(line);
    Pass pass = line.constant("pass", Pass.class);
    Values values = Values.of(line);
    return switch (pass) {
      case FORWARD -> forward(line, c, values);
      case BACKWARD_DATA -> backwardData(line, c, values);
      case BACKWARD_WEIGHT -> backwardWeight(line, c, values);
    };
  }

  private static Trial forward(CheckCase line, Convolution c, Values values) {
    Activation activation = ActivationCheck.of(line);
    long terms = (long) c.groupChannels() * c.r() * c.s() + 1;
    boolean exact =
        values.areIntegers()
            && (activation.kind() == Activation.Kind.IDENTITY
                || activation.kind() == Activation.Kind.RELU);
    Bounds bounds = bounds(line, values, terms);
    Trial trial =
        workspace(line, c, Pass.FORWARD)
            .input("x", values.next(c.xShape()), Layout.IMAGE)
            .input("weight", values.next(c.weightShape()), Layout.FILTER)
            .output("y", c.yShape(), Layout.IMAGE, exact ? bounds : bounds.plus(Bounds.FUNCTION));
    if (line.flag("bias")) {
      trial.input("bias", values.next(Shape.of(c.k())), Layout.PLAIN);
    }
    return trial.step(
        (b, t) ->
            b.convolution()
                .forward(
                    c,
                    t.get("x"),
                    t.get("weight"),
                    t.get("bias"),
                    t.get("y"),
                    t.get("workspace"),
                    activation,
                    algorithm(line, b, c, Pass.FORWARD)));
  }

  private static Trial backwardData(CheckCase line, Convolution c, Values values) {
    long terms = (long) c.groupFilters() * c.r() * c.s();
    return workspace(line, c, Pass.BACKWARD_DATA)
        .input("dy", values.next(c.yShape()), Layout.IMAGE)
        .input("weight", values.next(c.weightShape()), Layout.FILTER)
        .output("dx", c.xShape(), Layout.IMAGE, bounds(line, values, terms))
        .step(
            (b, t) ->
                b.convolution()
                    .backwardData(
                        c,
                        t.get("dy"),
                        t.get("weight"),
                        t.get("dx"),
                        t.get("workspace"),
                        algorithm(line, b, c, Pass.BACKWARD_DATA)));
  }

  private static Trial backwardWeight(CheckCase line, Convolution c, Values values) {
    long terms = (long) c.n() * c.p() * c.q();
    return workspace(line, c, Pass.BACKWARD_WEIGHT)
        .input("x", values.next(c.xShape()), Layout.IMAGE)
        .input("dy", values.next(c.yShape()), Layout.IMAGE)
        .output("dweight", c.weightShape(), Layout.FILTER, bounds(line, values, terms))
        .step(
            (b, t) ->
                b.convolution()
                    .backwardWeight(
                        c,
                        t.get("x"),
                        t.get("dy"),
                        t.get("dweight"),
                        t.get("workspace"),
                        algorithm(line, b, c, Pass.BACKWARD_WEIGHT)));
  }

  private static Trial workspace(CheckCase line, Convolution c, Pass pass) {
    return new Trial()
        .scratch(
            "workspace", b -> b.convolution().workspaceBytes(c, pass, algorithm(line, b, c, pass)));
  }

  private static Bounds bounds(CheckCase line, Values values, long terms) {
    if (line.text("algorithm").contains("winograd")) {
      return Bounds.winograd(terms, values.scale() * values.scale());
    }
    return values.areIntegers() ? Bounds.EXACT : Bounds.sum(terms, 1);
  }

  /** The algorithm of a case where it is checked, the backend's own choice on the reference. */
  private static String algorithm(CheckCase line, Backend backend, Convolution c, Pass pass) {
    ConvolutionOps ops = backend.convolution();
    return backend instanceof ReferenceBackend ? ops.choose(c, pass) : line.text("algorithm");
  }

  /** Reads what {@link Convolution#toString} wrote. */
  private static Convolution problem(CheckCase line) {
    String[] fields = line.text("problem").split(",", -1);
    if (fields.length != 11) {
      throw new IllegalArgumentException(
          "case \"" + line + "\": problem needs N,C,H,W,K,R,S,stride,pad,dilation,groups");
    }
    int[][] pairs = new int[fields.length][];
    for (int i = 0; i < fields.length; i++) {
      pairs[i] = CheckCase.of("conv2d").with("problem", fields[i]).integers("problem", 1);
    }
    int[] stride = pairs[7];
    int[] pad = pairs[8];
    int[] dilation = pairs[9];
    return new Convolution(
        pairs[0][0],
        pairs[1][0],
        pairs[2][0],
        pairs[3][0],
        pairs[4][0],
        pairs[5][0],
        pairs[6][0],
        stride[0],
        stride[stride.length - 1],
        pad[0],
        pad[pad.length - 1],
        dilation[0],
        dilation[dilation.length - 1],
        pairs[10][0]);
  }
}
