package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.GroupNormOps;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Group, instance and layer normalisation and their gradients, with weights or without. */
final class GroupNormCheck implements OperatorCheck {
  private static final double MOST_INVERSE = 2;

  @Override
  public String operator() {
    return "group_norm";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    boolean layer = turn / 2 % 3 == 2;
    String drawn = Shapes.drawn(draw);
    // One value a group has no variance.
    String shape =
        Shapes.of(CheckCase.of(operator()).with("shape", drawn), "shape").sample().size() > 1
            ? drawn
            : "2,6";
    CheckCase line =
        CheckCase.of(operator())
            .with("pass", turn % 2 == 0 ? "forward" : "backward")
            .with("affine", !draw.oneIn(3))
            .with("dx", !draw.oneIn(4))
            .with("in_place", draw.oneIn(3))
            .with("offset", draw.one(0, 0, 1, 100))
            .with("epsilon", draw.either("1e-5", "1e-3"))
            .with("elements", layer)
            .with("shape", shape);
    return Values.drawn(line.with("groups", layer ? 1 : groups(line, draw)), draw);
  }

  /** A number of groups that divides the channels and leaves each group more than one value. */
  private static int groups(CheckCase line, Draw draw) {
    Shape shape = Shapes.of(line, "shape");
    int channels = shape.length(1);
    int most = shape.sample().size() > channels ? channels : Math.max(1, channels / 2);
    int groups = 1 + draw.below(most);
    while (channels % groups != 0) {
      groups--;
    }
    return groups;
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    int size = Math.toIntExact(shape.sample().size());
    int channels = line.flag("elements") ? size : shape.length(1);
    GroupNorm problem =
        new GroupNorm(
            shape.length(0),
            channels,
            size / channels,
            line.integer("groups"),
            (float) line.number("epsilon"));
    return switch (line.text("pass")) {
      case "forward" -> forward(line, problem, shape);
      case "backward" -> backward(line, problem, shape);
      default -> throw new IllegalArgumentException("case \"" + line + "\": unknown pass");
    };
  }

  private static Shape weights(CheckCase line, GroupNorm problem, Shape shape) {
    boolean image = line.flag("elements") && shape.rank() == 4;
    return image ? shape.sample().batched(1) : Shape.of(problem.c());
  }

  private static Trial forward(CheckCase line, GroupNorm problem, Shape shape) {
    Values values = Values.of(line);
    Layout layout = Shapes.layout(shape);
    int offset = line.integer("offset");
    Tensor x = values.next(shape);
    for (int i = 0; i < x.data().length; i++) {
      x.data()[i] += offset;
    }
    int size = problem.groupSize();
    double magnitude = values.scale();
    double inverse = largestInverse(problem, x);
    Bounds mean = Bounds.sum(8, magnitude + offset);
    Bounds y = Bounds.sum(size, magnitude * ((magnitude + offset) * inverse + Math.sqrt(size)));
    // A mean off by a rounding of the offset changes a small variance by much of itself.
    Bounds saved =
        mean.plus(Bounds.sum(size, inverse)).plus(Bounds.sum(1, offset * inverse * inverse));
    boolean inPlace = line.flag("in_place");
    String output = inPlace ? "x" : "y";
    Trial trial = inPlace ? new Trial() : new Trial().input("x", x, layout);
    if (line.flag("affine")) {
      Shape weights = weights(line, problem, shape);
      trial
          .input("weight", values.next(weights), Shapes.layout(weights))
          .input("bias", values.next(weights), Shapes.layout(weights));
    }
    return ActivationCheck.written(trial, output, x, inPlace, layout, y)
        .output("saved", GroupNormOps.savedShape(problem), Layout.PLAIN, saved)
        .step(
            (b, t) ->
                b.groupNorm()
                    .forward(
                        problem,
                        t.get("x"),
                        t.get("weight"),
                        t.get("bias"),
                        t.get(output),
                        t.get("saved")));
  }

  /** The largest 1 / sqrt(variance + epsilon) of a group: what a wrong mean is multiplied by. */
  private static double largestInverse(GroupNorm problem, Tensor x) {
    double largest = 0;
    int size = problem.groupSize();
    for (int first = 0; first < x.data().length; first += size) {
      double mean = 0;
      for (int i = first; i < first + size; i++) {
        mean += x.data()[i] / (double) size;
      }
      double variance = 0;
      for (int i = first; i < first + size; i++) {
        variance += (x.data()[i] - mean) * (x.data()[i] - mean) / size;
      }
      largest = Math.max(largest, 1 / Math.sqrt(variance + problem.epsilon()));
    }
    return largest;
  }

  private static Trial backward(CheckCase line, GroupNorm problem, Shape shape) {
    Values values = Values.of(line);
    Layout layout = Shapes.layout(shape);
    boolean affine = line.flag("affine");
    boolean wantDx = line.flag("dx") || !affine;
    boolean inPlace = wantDx && line.flag("in_place");
    double magnitude = values.scale();
    double normalised = 2 * magnitude * MOST_INVERSE;
    double scale = magnitude * normalised;
    Bounds sums = Bounds.sum((long) problem.n() * problem.area(), scale);
    // The sums reach dx divided by the size of a group, times the normalised x.
    double slope = magnitude * magnitude;
    Bounds dx = Bounds.sum(16, MOST_INVERSE * slope * (1 + normalised * normalised));
    Tensor dy = values.next(shape);
    Trial trial =
        new Trial()
            .input("x", values.next(shape), layout)
            .input("saved", saved(values, problem), Layout.PLAIN);
    if (affine) {
      Shape weights = weights(line, problem, shape);
      Layout weightLayout = Shapes.layout(weights);
      trial
          .input("weight", values.next(weights), weightLayout)
          .output("dweight", weights, weightLayout, sums)
          .output("dbias", weights, weightLayout, values.areIntegers() ? Bounds.EXACT : sums)
          .scratch("workspace", b -> b.groupNorm().workspaceBytes(problem));
    }
    if (!inPlace) {
      trial.input("dy", dy, layout);
    }
    String output = inPlace ? "dy" : "dx";
    if (wantDx) {
      ActivationCheck.written(trial, output, dy, inPlace, layout, dx);
    }
    return trial.step(
        (b, t) ->
            b.groupNorm()
                .backward(
                    problem,
                    t.get("x"),
                    t.get("weight"),
                    t.get("dy"),
                    t.get("saved"),
                    t.get(output),
                    t.get("dweight"),
                    t.get("dbias"),
                    t.get("workspace")));
  }

  /** A mean and an inverse deviation for each group, as a forward pass might leave them. */
  private static Tensor saved(Values values, GroupNorm problem) {
    Shape half = Shape.of(problem.n() * problem.groups());
    Tensor mean = values.next(half);
    Tensor inverse = values.between(half, 0.5f, (float) MOST_INVERSE);
    Tensor saved = Tensor.zeros(GroupNormOps.savedShape(problem));
    System.arraycopy(mean.data(), 0, saved.data(), 0, mean.data().length);
    System.arraycopy(inverse.data(), 0, saved.data(), mean.data().length, inverse.data().length);
    return saved;
  }
}
