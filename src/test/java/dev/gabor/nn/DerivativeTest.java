package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradient of a value by another as the network infers, and values inside. */
class DerivativeTest {
  private static final int BATCH = 2;
  private static final int CLASSES = 3;

  /** All that differs between training and inference, and a value that two nodes read. */
  private static final Network NETWORK =
      Network.input(2, 6, 5)
          .conv2d(4, 3, c -> c.bias(false))
          .batchNorm()
          .silu()
          .residual(b -> b.conv2d(4, 3, c -> c.bias(false)).batchNorm().dropout(0.5f))
          .tanh()
          .groupNorm(2)
          .averagePool(2)
          .flatten()
          .dense(6)
          .batchNorm()
          .gelu()
          .dropout(0.5f)
          .dense(CLASSES)
          .build();

  private static Node node(String name) {
    return NETWORK.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }

  /** All nodes but the flatten, which the dense layer does without. */
  private static List<Node> read() {
    return NETWORK.nodes().stream().filter(n -> !n.name().equals("flatten1")).toList();
  }

  private static ParameterStore filled(Backend backend) {
    ParameterStore store = new ParameterStore(NETWORK, backend, false);
    for (int i = 0; i < NETWORK.parameters().size(); i++) {
      Parameter parameter = NETWORK.parameters().get(i);
      Tensor value = Scratch.random(parameter.shape(), i + 1);
      if (parameter.name().endsWith("running_var")) {
        for (int j = 0; j < value.data().length; j++) {
          value.data()[j] = 1.5f + value.data()[j];
        }
      }
      store.set(parameter, value);
    }
    return store;
  }

  private static Tensor read(Plan plan, Value value) {
    Tensor tensor = Tensor.zeros(value.shape());
    plan.backend().read(plan.tensor(value), tensor.data());
    return tensor;
  }

  private static Tensor infer(Backend backend, ParameterStore store, Tensor x) {
    Recording recording = new Recording();
    Compiler.Ends ends = Compiler.inference(recording, store, BATCH);
    try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
      backend.write(x.data(), plan.tensor(ends.input()));
      plan.run();
      return read(plan, ends.output());
    }
  }

  /** The gradient by a node, and by the samples alone the value Σ dy y. */
  private static Tensor gradient(Backend backend, Node by, Tensor x, Tensor dy) {
    try (ParameterStore store = filled(backend)) {
      Recording recording = new Recording();
      Compiler.Derivative derivative =
          Compiler.derivative(recording, store, BATCH, NETWORK.output(), by);
      Value output = derivative.pass().values().get(NETWORK.output());
      recording.output(output);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        Tensor gradient = Tensor.zeros(derivative.dBy().shape());
        // Twice, because the gradient to begin from may be overwritten in place.
        for (int run = 0; run < 2; run++) {
          backend.write(x.data(), plan.tensor(derivative.pass().input()));
          backend.write(dy.data(), plan.tensor(derivative.dOf()));
          plan.run();
          gradient = read(plan, derivative.dBy());
        }
        assertThat(read(plan, output).data())
            .containsExactly(infer(backend, store, x).data(), within(1e-4f));
        return gradient;
      }
    }
  }

  @Test
  void theSamplesGradientIsThatOfDifferencesOfInference() {
    Tensor x = Scratch.random(Shape.of(BATCH, 2, 6, 5), 100);
    Tensor dy = Scratch.random(Shape.of(BATCH, CLASSES), 101);
    float step = 1e-2f;
    try (Backend backend = new ReferenceBackend();
        ParameterStore store = filled(backend)) {
      Tensor gradient = gradient(backend, NETWORK.input(), x, dy);
      for (int i = 0; i < x.data().length; i += 7) {
        float value = x.data()[i];
        x.data()[i] = value + step;
        double above = sum(infer(backend, store, x), dy);
        x.data()[i] = value - step;
        double below = sum(infer(backend, store, x), dy);
        x.data()[i] = value;
        assertThat((double) gradient.data()[i])
            .as("dx[%d]", i)
            .isCloseTo((above - below) / (2 * step), within(2e-3));
      }
    }
  }

  private static double sum(Tensor y, Tensor dy) {
    double sum = 0;
    for (int i = 0; i < y.data().length; i++) {
      sum += (double) y.data()[i] * dy.data()[i];
    }
    return sum;
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void devicesGiveTheGradientsOfTheReferenceAtEveryLayer(Backends.Opener opener) {
    Tensor x = Scratch.random(Shape.of(BATCH, 2, 6, 5), 100);
    Tensor dy = Scratch.random(Shape.of(BATCH, CLASSES), 101);
    try (Backend device = opener.open();
        Backend reference = new ReferenceBackend()) {
      for (Node by : read()) {
        assertThat(gradient(device, by, x, dy).data())
            .as(by.name())
            .containsExactly(gradient(reference, by, x, dy).data(), within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void everyValueCanBeRead(Backends.Opener opener) {
    Tensor x = Scratch.random(Shape.of(BATCH, 2, 6, 5), 100);
    try (Backend backend = opener.open();
        ParameterStore store = filled(backend)) {
      Recording recording = new Recording();
      Compiler.Inspection pass = Compiler.inspection(recording, store, BATCH);
      assertThat(pass.values()).containsOnlyKeys(read());
      pass.values().values().forEach(recording::output);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        backend.write(x.data(), plan.tensor(pass.input()));
        plan.run();
        assertThat(read(plan, pass.values().get(NETWORK.input())).data()).isEqualTo(x.data());
        float[] before = read(plan, pass.values().get(node("add1"))).data();
        float[] after = read(plan, pass.values().get(node("tanh1"))).data();
        for (int i = 0; i < after.length; i++) {
          assertThat(after[i]).isCloseTo((float) Math.tanh(before[i]), within(1e-5f));
        }
        assertThat(read(plan, pass.values().get(NETWORK.output())).data())
            .containsExactly(infer(backend, store, x).data(), within(1e-4f));
      }
    }
  }

  @Test
  void refusesWhatDoesNotDepend() {
    try (Backend backend = new ReferenceBackend();
        ParameterStore store = filled(backend)) {
      assertThatThrownBy(
              () ->
                  Compiler.derivative(new Recording(), store, BATCH, node("conv1"), node("dense1")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("layer conv1 does not depend on layer dense1");
    }
  }
}
