package dev.gabor.bench;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
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
    cases.clipping();
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
          Hyperparameters numbers = new Hyperparameters(RATE);
          numbers.advance();
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
                  numbers);
        });
  }
}
