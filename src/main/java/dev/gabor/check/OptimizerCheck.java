package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.Layout;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.Segments;
import dev.gabor.backend.UpdateRule;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Parameter updates by every rule, the scale that limits the norm of gradients, the ratios of LARS,
 * and weighted sums.
 */
final class OptimizerCheck implements OperatorCheck {
  private static final UpdateRule.Kind[] KINDS = UpdateRule.Kind.values();

  @Override
  public String operator() {
    return "optimizer";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    CheckCase line = CheckCase.of(operator());
    int due = turn % (KINDS.length + 3);
    if (due == KINDS.length + 1) {
      return Values.drawn(
          line.with("rule", "ratios")
              .with("momentum", draw.either("0", "0.9"))
              .with("l2", draw.either("0", "0.01"))
              .with("scale", draw.oneIn(2))
              .with(
                  "runs", Shapes.text(draw.one(1, 2, 257), draw.one(1, 256, 600), draw.one(1, 5))),
          draw);
    }
    if (due == KINDS.length + 2) {
      return Values.drawn(
          line.with("rule", "blend")
              .with("keep", draw.either("0", "1", "0.875"))
              .with("sizes", draw.one(1, 3, 4, 15, 16, 17, 33, 1000, 4099)),
          draw);
    }
    if (due == KINDS.length) {
      String sizes =
          draw.oneIn(2)
              ? Shapes.text(draw.one(1, 33, 4096, 4097, 9000))
              : Shapes.text(draw.one(1, 7, 5000), draw.length(), draw.channels());
      return Values.drawn(
          line.with("rule", "clip")
              .with("limit", draw.either("0.5", "10", "1000"))
              .with("sizes", sizes),
          draw);
    }
    return Values.drawn(
        line.with("rule", KINDS[due])
            .with("momentum", draw.either("0", "0.9"))
            // A direction of Lion may be either one where gradient and decay cancel.
            .with("l2", KINDS[due] == UpdateRule.Kind.LION ? "0" : draw.either("0", "0.01"))
            .with("decay", draw.either("0", "0.1"))
            .with("clip", draw.either("Infinity", "0.25"))
            .with("scale", draw.oneIn(2))
            .with("rate", draw.either("0.001", "0.1"))
            .with("step", draw.one(1, 2, 1000))
            .with("sizes", draw.one(1, 3, 4, 15, 16, 17, 33, 1000, 4099)),
        draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    return switch (line.text("rule")) {
      case "clip" -> clip(line);
      case "ratios" -> ratios(line);
      case "blend" -> blend(line);
      default -> update(line);
    };
  }

  private static Trial blend(CheckCase line) {
    Shape shape = Shapes.of(line, "sizes");
    Values values = Values.of(line);
    float keep = (float) line.number("keep");
    OptimizerOps.Blend factors =
        new OptimizerOps.Blend() {
          @Override
          public float keep() {
            return keep;
          }

          @Override
          public float add() {
            return 0.25f;
          }
        };
    return new Trial()
        .input("x", values.next(shape), Layout.PLAIN)
        .update("y", values.next(shape), Layout.PLAIN, Bounds.sum(2, values.scale()))
        .step((b, t) -> b.optimizer().blend(t.get("x"), t.get("y"), factors));
  }

  /** The ratios, then the update by them. */
  private static Trial ratios(CheckCase line) {
    Segments segments = new Segments(Arrays.stream(line.integers("runs", 1)).boxed().toList());
    Shape shape = Shape.of(segments.numbersShape().arrayLength() * Segments.RUN);
    Values values = Values.of(line);
    UpdateRule rule =
        UpdateRule.lars(line.number("momentum"), 0.001).withDecay(line.number("l2"), 0);
    double scale = values.scale();
    Trial trial =
        new Trial()
            .input("gradient", values.next(shape), Layout.PLAIN)
            .input(
                "segments", new Tensor(segments.numbersShape(), segments.numbers()), Layout.PLAIN)
            .input("pieces", new Tensor(segments.piecesShape(), segments.pieces()), Layout.PLAIN)
            .input("ranges", new Tensor(segments.rangesShape(), segments.ranges()), Layout.PLAIN)
            .update("w", values.next(shape), Layout.PLAIN, Bounds.sum(2, scale))
            .update(
                "momentum_buffer",
                values.between(shape, 0.1f, 1),
                Layout.PLAIN,
                Bounds.sum(2, scale))
            .scratch("sums", b -> (long) segments.pieces().length * Float.BYTES)
            .output("ratios", segments.ratiosShape(), Layout.PLAIN, Bounds.sum(4096, 1e-3 * scale));
    if (line.flag("scale")) {
      trial.input("scale", values.between(Shape.of(1), 0.1f, 1), Layout.PLAIN);
    }
    return trial
        .step(
            (b, t) ->
                b.optimizer()
                    .trustRatios(
                        rule,
                        t.get("gradient"),
                        t.get("scale"),
                        t.get("w"),
                        t.get("pieces"),
                        t.get("ranges"),
                        t.get("sums"),
                        t.get("ratios")))
        .step(
            (b, t) ->
                b.optimizer()
                    .update(
                        rule,
                        t.get("gradient"),
                        t.get("scale"),
                        List.of(t.get("momentum_buffer")),
                        t.get("w"),
                        new Hyperparameters(0.1),
                        t.get("segments"),
                        t.get("ratios")));
  }

  private static Trial clip(CheckCase line) {
    int[] sizes = line.integers("sizes", 1);
    Values values = Values.of(line);
    List<String> names = new ArrayList<>();
    List<Long> elements = new ArrayList<>();
    long terms = 0;
    Trial trial = new Trial();
    for (int size : sizes) {
      String name = "gradient" + names.size();
      names.add(name);
      elements.add((long) size);
      terms += size;
      trial.input(name, values.next(Shape.of(size)), Layout.PLAIN);
    }
    double limit = line.number("limit");
    return trial
        .output("scale", Shape.of(1), Layout.PLAIN, Bounds.sum(terms, 1))
        .scratch("workspace", b -> b.optimizer().clipScaleWorkspaceBytes(elements))
        .step(
            (b, t) -> {
              List<DeviceTensor> gradients = names.stream().map(t::get).toList();
              return b.optimizer().clipScale(gradients, t.get("scale"), t.get("workspace"), limit);
            });
  }

  private static Trial update(CheckCase line) {
    Shape shape = Shapes.of(line, "sizes");
    Values values = Values.of(line);
    UpdateRule rule =
        rule(line)
            .withDecay(line.number("l2"), line.number("decay"))
            .withClipValue(line.number("clip"));
    Bounds bounds = Bounds.sum(2, values.scale());
    Trial trial =
        new Trial()
            .input("gradient", values.next(shape), Layout.PLAIN)
            .update("w", values.next(shape), Layout.PLAIN, bounds);
    if (line.flag("scale")) {
      trial.input("scale", values.between(Shape.of(1), 0.1f, 1), Layout.PLAIN);
    }
    for (String state : rule.states()) {
      // Away from 0: an update divides by the root of a state.
      trial.update(state, values.between(shape, 0.1f, 1), Layout.PLAIN, bounds);
    }
    Hyperparameters hyperparameters = new Hyperparameters(line.number("rate"));
    hyperparameters.moveTo(line.integer("step"));
    return trial.step(
        (b, t) ->
            b.optimizer()
                .update(
                    rule,
                    t.get("gradient"),
                    t.get("scale"),
                    rule.states().stream().map(t::get).toList(),
                    t.get("w"),
                    hyperparameters));
  }

  private static UpdateRule rule(CheckCase line) {
    double momentum = line.number("momentum");
    return switch (line.constant("rule", UpdateRule.Kind.class)) {
      case SGD -> UpdateRule.sgd();
      case MOMENTUM -> UpdateRule.momentum(momentum);
      case NESTEROV -> UpdateRule.nesterov(momentum);
      case RMSPROP -> UpdateRule.rmsprop(0.99, 1e-8, momentum);
      case ADAM -> UpdateRule.adam(momentum, 0.999, 1e-8);
      case ADAGRAD -> UpdateRule.adagrad(1e-10);
      case ADADELTA -> UpdateRule.adadelta(0.9, 1e-6);
      case LION -> UpdateRule.lion(momentum, 0.99);
      case LARS -> UpdateRule.lars(momentum, 0.001);
    };
  }
}
