package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Loss;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Scratch;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SoftmaxNodeTest {
  private static final int BATCH = 7;
  private static final Tensor CLASSES = Tensor.of(Shape.of(BATCH), 0, 1, 2, 2, 1, 0, 2);

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void logSoftmaxWithLikelihoodEqualsCrossEntropy(Backends.Opener opener) {
    Network logits = Network.input(5).dense(3).build();
    Network logarithms = Network.input(5).dense(3).logSoftmax().build();
    List<Tensor> expected = gradients(opener, logits, Loss.crossEntropy());
    List<Tensor> actual = gradients(opener, logarithms, Loss.negativeLogLikelihood());
    assertThat(actual).hasSameSizeAs(expected).isNotEmpty();
    for (int p = 0; p < expected.size(); p++) {
      assertThat(actual.get(p).data())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(expected.get(p).data());
      assertThat(expected.get(p).data()).doesNotContain(0);
    }
  }

  private static List<Tensor> gradients(Backends.Opener opener, Network network, Loss loss) {
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(network, backend, true)) {
      store.initialize(1);
      Recording recording = new Recording();
      Value target = recording.input("classes", CLASSES.shape(), Layout.PLAIN);
      Compiler.Ends ends =
          Compiler.training(
              recording,
              store,
              BATCH,
              new RandomState(1),
              (recorder, y) -> recordLoss(recorder, loss, y, target));
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        backend.write(Scratch.random(Shape.of(BATCH, 5), 2).data(), plan.tensor(ends.input()));
        backend.write(CLASSES.data(), plan.tensor(target));
        plan.run();
        return network.parameters().stream().map(store::getGradient).toList();
      }
    }
  }

  private static Value recordLoss(Recorder recorder, Loss loss, Value y, Value target) {
    Value losses = recorder.value("losses", target.shape(), Layout.PLAIN);
    Value dy = recorder.value("gradient", y.shape(), y.layout());
    recorder.add(
        "loss",
        List.of(y, target),
        List.of(losses, dy),
        slots ->
            recorder
                .backend()
                .loss()
                .forwardBackward(
                    loss, slots.of(y), slots.of(target), slots.of(losses), slots.of(dy)));
    return dy;
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void inferenceGivesProbabilities(Backends.Opener opener) {
    Network network = Network.input(3).softmax().build();
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(network, backend, false)) {
      Recording recording = new Recording();
      Compiler.Ends ends = Compiler.inference(recording, store, 1);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        backend.write(new float[] {1, 2, 3}, plan.tensor(ends.input()));
        plan.run();
        float[] y = new float[3];
        backend.read(plan.tensor(ends.output()), y);
        assertThat(y[0]).isCloseTo(0.0900306f, within(1e-6f));
        assertThat(y[2]).isCloseTo(0.665241f, within(1e-6f));
      }
    }
  }

  @Test
  void isReadBackAndRefusesImages() {
    Node input = Network.input(3).build().input();
    for (String operator : new String[] {"softmax", "log_softmax"}) {
      Node node = Operators.read(operator, "y", List.of(input), new Settings("y", Map.of()));
      assertThat(node.operator()).isEqualTo(operator);
    }
    assertThatThrownBy(() -> Network.input(1, 2, 2).softmax())
        .hasMessage(
            "layer softmax1: softmax of input(1,2,2), expected (features): flatten or pool first");
  }
}
