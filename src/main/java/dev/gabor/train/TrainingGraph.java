package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.RandomState;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Operation;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;

/** A recorded training step: forward, loss with its gradient, backward, and what it reports. */
final class TrainingGraph {
  private static final String LAYER = "loss";

  private final TrainingSetup setup;
  private final Recording recording = new Recording();
  private final Value target;
  private final Value losses;
  private final Value correct;
  private final Compiler.Ends ends;

  /** Records forward, loss and backward. */
  TrainingGraph(TrainingSetup setup, ParameterStore parameters, RandomState random) {
    this.setup = setup;
    int batch = setup.batch();
    target =
        recording.input(
            "target", Targets.shape(setup.loss(), batch, setup.classes()), Layout.PLAIN);
    losses = recording.value("losses", Shape.of(batch), Layout.PLAIN);
    correct = recording.value("correct", Shape.of(batch), Layout.PLAIN);
    ends =
        Compiler.training(
            recording, parameters, batch, random, (recorder, prediction) -> loss(prediction));
  }

  private Value loss(Value prediction) {
    Backend backend = setup.backend();
    Value dprediction =
        recording.value("gradient of " + prediction.label(), prediction.shape(), Layout.PLAIN);
    add(
        "count correct",
        List.of(prediction, target),
        List.of(correct),
        slots ->
            backend.loss().countCorrect(slots.of(prediction), slots.of(target), slots.of(correct)));
    add(
        "loss and its gradient",
        List.of(prediction, target),
        List.of(losses, dprediction),
        slots ->
            backend
                .loss()
                .forwardBackward(
                    setup.loss(),
                    slots.of(prediction),
                    slots.of(target),
                    slots.of(losses),
                    slots.of(dprediction)));
    return dprediction;
  }

  /** Appends the report of a step to its row of the history. */
  void summarize(RandomState random, DeviceTensor history) {
    add(
        "summarize",
        List.of(losses, correct),
        List.of(recording.external("loss history", history)),
        slots ->
            setup.backend().loss().summarize(slots.of(losses), slots.of(correct), random, history));
  }

  private void add(String name, List<Value> reads, List<Value> writes, Operation.Binding binding) {
    recording.add(new Operation(LAYER, name, reads, writes, false, binding));
  }

  Recording recording() {
    return recording;
  }

  Compiler.Ends ends() {
    return ends;
  }

  Value target() {
    return target;
  }
}
