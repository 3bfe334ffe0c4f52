package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.Layout;
import dev.gabor.backend.UpdateRule;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Parameter updates by every rule, and the scale that limits the norm of gradients. */
final class OptimizerCheck implements OperatorCheck {
  private static final UpdateRule.Kind[] KINDS = UpdateRule.Kind.values();

  @Override
  public String operator() {
    return "optimizer";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    CheckCase line = CheckCase.of(operator());
    int due = turn % (KINDS.length + 1);
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
            .with("l2", draw.either("0", "0.01"))
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
    return line.text("rule").equals("clip") ? clip(line) : update(line);
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
    };
  }
}
