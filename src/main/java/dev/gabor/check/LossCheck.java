package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Loss;
import dev.gabor.backend.RandomState;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Losses and their gradients, correct answers counted, and a step's report. */
final class LossCheck implements OperatorCheck {
  private static final Loss.Kind[] KINDS = Loss.Kind.values();
  private static final int OPERATIONS = KINDS.length + 2;
  private static final int SLOTS = 5;

  @Override
  public String operator() {
    return "loss";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    int due = turn % OPERATIONS;
    CheckCase line = CheckCase.of(operator());
    if (due == KINDS.length) {
      line =
          line.with("operation", "count_correct")
              .with("target", draw.either("classes", "probabilities"))
              .with("shape", Shapes.features(draw));
    } else if (due == KINDS.length + 1) {
      line =
          line.with("operation", "summarize")
              .with("correct", draw.oneIn(2))
              .with("step", draw.below(12))
              .with("shape", Shapes.text(draw.oneIn(3) ? 1000 : draw.length()));
    } else {
      Loss.Kind kind = KINDS[due];
      boolean classes = new Loss(kind, 1).isOfClasses();
      line =
          line.with("operation", draw.either("forward", "forward_backward"))
              .with("kind", kind)
              .with("parameter", draw.either("0.1", "1"))
              .with("target", draw.either("classes", "probabilities"))
              .with("weighted", classes && draw.oneIn(3))
              .with("in_place", draw.oneIn(3))
              .with("range", draw.one(1, 4, 80))
              .with("shape", classes ? Shapes.features(draw) : Shapes.drawn(draw));
    }
    return Values.drawn(line, draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    return switch (line.text("operation")) {
      case "count_correct" -> countCorrect(line);
      case "summarize" -> summarize(line);
      default -> loss(line);
    };
  }

  private static Trial countCorrect(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    Values values = Values.of(line);
    boolean classes = line.text("target").equals("classes");
    Tensor target =
        classes ? values.classes(Shape.of(shape.length(0)), shape.length(1)) : values.next(shape);
    return new Trial()
        .input("prediction", values.next(shape), Layout.PLAIN)
        .input("target", target, Layout.PLAIN)
        .output("correct", Shape.of(shape.length(0)), Layout.PLAIN, Bounds.EXACT)
        .step(
            (b, t) ->
                b.loss().countCorrect(t.get("prediction"), t.get("target"), t.get("correct")));
  }

  private static Trial summarize(CheckCase line) {
    Shape samples = Shapes.of(line, "shape");
    Values values = Values.of(line);
    RandomState state = new RandomState(0);
    state.moveTo(line.integer("step"));
    Trial trial = new Trial().input("losses", values.next(samples), Layout.PLAIN);
    if (line.flag("correct")) {
      trial.input("correct", values.classes(samples, 2), Layout.PLAIN);
    }
    return trial
        .update(
            "history",
            values.next(Shape.of(SLOTS, 2)),
            Layout.PLAIN,
            Bounds.sum(samples.length(0), values.scale()))
        .step(
            (b, t) ->
                b.loss().summarize(t.get("losses"), t.get("correct"), state, t.get("history")));
  }

  private static Trial loss(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    Layout layout = Shapes.layout(shape);
    Loss plain = new Loss(line.constant("kind", Loss.Kind.class), (float) line.number("parameter"));
    Values values = Values.of(line);
    int range = line.integer("range");
    Loss loss =
        line.has("weighted") && line.flag("weighted")
            ? plain.weighted(values.between(Shape.of(shape.length(1)), 0.5f, 2).data())
            : plain;
    Tensor prediction = values.between(shape, -range, range);
    Tensor target = target(line, loss, shape, values);
    long elements = shape.size() / shape.length(0);
    // A squared error grows with the square of what it is given.
    Bounds bounds = Bounds.sum(elements, 2.0 + range).plus(Bounds.sum(1, (double) range * range));
    if (!loss.classWeights().isEmpty()) {
      // Weights of 0.5 to 2 and a scale of 0.5 to 2, itself a sum over the samples.
      bounds =
          bounds
              .plus(Bounds.sum(elements, 8.0 + 4 * range))
              .plus(Bounds.sum(shape.length(0), 4.0 * range));
    }
    Trial trial = new Trial().input("target", target, layoutOf(target, layout));
    trial.output("losses", Shape.of(shape.length(0)), Layout.PLAIN, bounds);
    if (line.text("operation").equals("forward")) {
      return trial
          .input("prediction", prediction, layout)
          .step(
              (b, t) ->
                  b.loss().forward(loss, t.get("prediction"), t.get("target"), t.get("losses")));
    }
    boolean inPlace = line.flag("in_place");
    String gradient = inPlace ? "prediction" : "dprediction";
    ActivationCheck.written(
        inPlace ? trial : trial.input("prediction", prediction, layout),
        gradient,
        prediction,
        inPlace,
        layout,
        Bounds.sum(elements, (loss.classWeights().isEmpty() ? 1.0 : 4.0) / shape.length(0))
            .plus(Bounds.sum(1, range)));
    return trial.step(
        (b, t) ->
            b.loss()
                .forwardBackward(
                    loss, t.get("prediction"), t.get("target"), t.get("losses"), t.get(gradient)));
  }

  private static Layout layoutOf(Tensor target, Layout layout) {
    return target.shape().rank() == 4 ? layout : Layout.PLAIN;
  }

  private static Tensor target(CheckCase line, Loss loss, Shape shape, Values values) {
    boolean classes =
        loss.isOfClasses()
            && (loss.kind() != Loss.Kind.CROSS_ENTROPY || line.text("target").equals("classes"));
    if (classes) {
      return values.classes(Shape.of(shape.length(0)), shape.length(1));
    }
    Tensor target = values.between(shape, 0, 1);
    if (loss.kind() != Loss.Kind.CROSS_ENTROPY) {
      return target;
    }
    int length = shape.length(1);
    for (int n = 0; n < shape.length(0); n++) {
      float sum = 0;
      for (int c = 0; c < length; c++) {
        sum += target.data()[n * length + c] + 0.01f;
      }
      for (int c = 0; c < length; c++) {
        target.data()[n * length + c] = (target.data()[n * length + c] + 0.01f) / sum;
      }
    }
    return target;
  }
}
