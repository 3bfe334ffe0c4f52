package dev.gabor.bench;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.Layout;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.Segments;
import dev.gabor.backend.UpdateRule;
import java.util.ArrayList;
import java.util.List;

/** The updates of parameters. */
final class UpdateCases {
  private static final double RATE = 1e-6;

  private final CaseTable table;
  private final int parameters;

  private UpdateCases(CaseTable table) {
    this.table = table;
    this.parameters = table.scale().parameters();
  }

  static void addTo(CaseTable table) {
    UpdateCases cases = new UpdateCases(table);
    cases.update("sgd", UpdateRule.sgd(), 2);
    cases.update("momentum", UpdateRule.momentum(0.9), 4);
    cases.update("nesterov", UpdateRule.nesterov(0.9), 6);
    cases.update("rmsprop", UpdateRule.rmsprop(0.99, 1e-8, 0), 8);
    // AdamW is Adam with a decay that is given with each step.
    cases.update("adam", UpdateRule.adam(0.9, 0.999, 1e-8), 12);
    cases.update("adagrad", UpdateRule.adagrad(1e-10), 7);
    cases.update("adadelta", UpdateRule.adadelta(0.9, 1e-6), 14);
    cases.update("lion", UpdateRule.lion(0.9, 0.99), 9);
    cases.lars();
    cases.clipping();
    cases.blend();
  }

  /** The ratios of one parameter that is all there is, then the update by them. */
  private void lars() {
    UpdateRule rule = UpdateRule.lars(0.9, 1e-3);
    Segments all = new Segments(List.of(runs()));
    table.onParameters(
        "trust_ratios",
        2,
        4,
        (b, in) ->
            b.optimizer()
                .trustRatios(
                    rule,
                    in.random(aligned()),
                    DeviceTensor.NONE,
                    in.random(aligned()),
                    in.of(all.pieces(), all.piecesShape()),
                    in.of(all.ranges(), all.rangesShape()),
                    in.random(all.piecesShape(), Layout.PLAIN),
                    in.random(all.ratiosShape(), Layout.PLAIN)));
    table.onParameters(
        "lars",
        5,
        6,
        (b, in) ->
            b.optimizer()
                .update(
                    rule,
                    in.random(aligned()),
                    DeviceTensor.NONE,
                    List.of(in.filled(1, aligned())),
                    in.random(aligned()),
                    numbers(),
                    in.of(all.numbers(), all.numbersShape()),
                    in.filled(1e-3f, 1)));
  }

  private int runs() {
    return Math.max(1, parameters / Segments.RUN);
  }

  private int aligned() {
    return runs() * Segments.RUN;
  }

  /** A moving average of the parameters. */
  private void blend() {
    OptimizerOps.Blend factors =
        new OptimizerOps.Blend() {
          @Override
          public float keep() {
            return 0.999f;
          }

          @Override
          public float add() {
            return 0.001f;
          }
        };
    table.onParameters(
        "moving_average",
        3,
        3,
        (b, in) -> b.optimizer().blend(in.random(parameters), in.random(parameters), factors));
  }

  private void clipping() {
    List<Long> sizes = List.of((long) parameters);
    table.onParameters(
        "clip_norm",
        1,
        2,
        (b, in) ->
            b.optimizer()
                .clipScale(
                    List.of(in.random(parameters)),
                    in.random(1),
                    in.workspace(b.optimizer().clipScaleWorkspaceBytes(sizes)),
                    1));
  }

  /** The gradient is read, the parameters and each state read and written. */
  private void update(String name, UpdateRule rule, int flops) {
    int states = rule.states().size();
    table.onParameters(
        name,
        3 + 2 * states,
        flops,
        (b, in) -> {
          List<DeviceTensor> remembered = new ArrayList<>();
          for (int i = 0; i < states; i++) {
            // A mean of squares is above 0.
            remembered.add(in.filled(1, parameters));
          }
          return b.optimizer()
              .update(
                  rule,
                  in.random(parameters),
                  DeviceTensor.NONE,
                  remembered,
                  in.random(parameters),
                  numbers());
        });
  }

  private static Hyperparameters numbers() {
    Hyperparameters numbers = new Hyperparameters(RATE);
    numbers.advance();
    return numbers;
  }
}
