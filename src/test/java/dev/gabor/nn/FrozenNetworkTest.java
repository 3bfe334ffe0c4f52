package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is frozen: it stays, it costs no gradients before what trains, and passes them on. */
class FrozenNetworkTest {
  private static final int BATCH = 5;

  /** Frozen batch-norms behind trained layers: with ReLU, with a sum, alone, of features. */
  private static Network mixed() {
    return Network.input(2, 7, 5)
        .conv2d(3, 3)
        .batchNorm()
        .relu()
        .residual(b -> b.conv2d(3, 3).batchNorm(), b -> b.conv2d(3, 1).batchNorm())
        .relu()
        .residual(b -> b.conv2d(3, 3).batchNorm())
        .flatten()
        .dense(6)
        .batchNorm()
        .relu()
        .dense(4)
        .build();
  }

  /** The same with a maximum behind it. */
  private static Network pooled() {
    return Network.input(2, 6, 5)
        .conv2d(3, 3)
        .batchNorm()
        .relu()
        .maxPool(2)
        .flatten()
        .dense(4)
        .build();
  }

  private static Set<String> named(Network network, String... patterns) {
    Set<String> names = new TreeSet<>();
    for (String pattern : patterns) {
      network.parameters().stream()
          .map(Parameter::name)
          .filter(new NamePattern(pattern)::matches)
          .forEach(names::add);
    }
    return names;
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void gradientsThroughFrozenNormsEqualCentralDifferences(Backends.Opener opener) {
    gradientsThroughFrozenNorms(opener, mixed());
    gradientsThroughFrozenNorms(opener, pooled());
  }

  private static void gradientsThroughFrozenNorms(Backends.Opener opener, Network network) {
    try (Backend backend = opener.open();
        Run run = new Run(backend, network, named(network, "batch_norm*"))) {
      run.run();
      List<Parameter> trained = network.parameters().stream().filter(run.store::trains).toList();
      assertThat(trained).extracting(Parameter::name).contains("conv1.weight", "dense1.bias");
      for (Parameter parameter : trained) {
        float[] gradient = run.store.getGradient(parameter).data();
        for (int i = 0; i < gradient.length; i += Math.max(1, gradient.length / 7)) {
          assertThat((double) gradient[i])
              .as("%s[%d]", parameter.name(), i)
              .isCloseTo(run.slope(parameter, i), within(0.02 * Math.abs(gradient[i]) + 0.02));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void frozenNormsAnswerAsAtInference(Backends.Opener opener) {
    frozenNormsAnswerAsAtInference(opener, mixed());
    frozenNormsAnswerAsAtInference(opener, pooled());
  }

  private static void frozenNormsAnswerAsAtInference(Backends.Opener opener, Network network) {
    try (Backend backend = opener.open();
        Run run = new Run(backend, network, named(network, "*"))) {
      float[] training = run.run();
      Recording recording = new Recording();
      Compiler.Ends ends = Compiler.inference(recording, run.store, BATCH);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        backend.write(run.x.data(), plan.tensor(ends.input()));
        plan.run();
        float[] inference = new float[training.length];
        backend.read(plan.tensor(ends.output()), inference);
        for (int i = 0; i < training.length; i++) {
          assertThat(training[i]).isCloseTo(inference[i], within(1e-4f));
        }
      }
    }
  }

  @Test
  void whatIsFrozenAtTheFrontIsRecordedWithoutGradientsAndFolded() {
    Network network = mixed();
    Set<String> frozen = named(network, "conv1", "batch_norm1", "conv2", "batch_norm2");
    try (Backend backend = new ReferenceBackend();
        Run run = new Run(backend, network, frozen)) {
      Set<String> backwards =
          run.plan.operations().stream()
              .filter(operation -> operation.name().contains("backward"))
              .map(operation -> operation.layer())
              .collect(Collectors.toSet());
      assertThat(backwards)
          // Of the frozen ones batch_norm2 alone: it became one with the sum that conv3 trains
          // through.
          .contains("dense2", "dense1", "conv4", "conv3", "batch_norm3")
          .doesNotContain("conv1", "batch_norm1", "conv2");
      assertThat(run.plan.operations())
          .filteredOn(operation -> operation.layer().equals("conv1"))
          .extracting(operation -> operation.name())
          .containsExactly("convolution forward");
      assertThat(run.plan.operations())
          .noneMatch(operation -> operation.layer().equals("batch_norm1"));
    }
  }

  @Test
  void statisticsStayOnlyWhereTheWholeNormIsFrozen() {
    Network network = Network.input(2, 3, 3).conv2d(2, 1).batchNorm().conv2d(2, 1).build();
    try (Backend backend = new ReferenceBackend();
        Run whole = new Run(backend, network, named(network, "batch_norm1"));
        Run half = new Run(backend, network, named(network, "batch_norm1.weight", "*1.bias"))) {
      Parameter mean = network.parameters().get(4);
      assertThat(mean.name()).isEqualTo("batch_norm1.running_mean");
      float[] before = whole.store.get(mean).data();
      whole.run();
      half.run();
      assertThat(whole.store.get(mean).data()).containsExactly(before);
      assertThat(half.store.get(mean).data()).isNotEqualTo(before);
    }
    assertThatThrownBy(
            () -> new Run(new ReferenceBackend(), network, named(network, "*.running_mean")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("layer batch_norm1: its running statistics are frozen and not");
  }

  /** A compiled network whose loss is a weighted sum of its outputs. */
  private static final class Run implements AutoCloseable {
    final ParameterStore store;
    final Plan plan;
    final Tensor x;
    private final Tensor dy;
    private final Backend backend;
    private final Compiler.Ends ends;
    private final Value dLoss;

    Run(Backend backend, Network network, Set<String> frozen) {
      this.backend = backend;
      Shape output = network.output().shape().batched(BATCH);
      x = Scratch.random(network.input().shape().batched(BATCH), 1);
      dy = Scratch.random(output, 2);
      store = new ParameterStore(network, backend, true, frozen);
      int seed = 3;
      for (Parameter parameter : network.parameters()) {
        Tensor value = Scratch.random(parameter.shape(), seed++);
        if (parameter.name().endsWith("running_var")) {
          for (int i = 0; i < value.data().length; i++) {
            value.data()[i] = 0.5f + Math.abs(value.data()[i]);
          }
        }
        store.set(parameter, value);
      }
      Recording recording = new Recording();
      dLoss = recording.input("gradient of the loss", output, network.output().layout());
      ends = Compiler.training(recording, store, BATCH, new RandomState(4), (recorder, y) -> dLoss);
      recording.output(dLoss);
      plan = new Plan(recording, new Arena(recording, backend), backend);
    }

    float[] run() {
      backend.write(x.data(), plan.tensor(ends.input()));
      backend.write(dy.data(), plan.tensor(dLoss));
      plan.run();
      float[] y = new float[dy.data().length];
      backend.read(plan.tensor(ends.output()), y);
      return y;
    }

    double slope(Parameter parameter, int i) {
      float h = 1e-3f;
      Tensor value = store.get(parameter);
      float at = value.data()[i];
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        value.data()[i] = side == 0 ? at + h : at - h;
        store.set(parameter, value);
        float[] y = run();
        for (int j = 0; j < y.length; j++) {
          losses[side] += (double) y[j] * dy.data()[j];
        }
      }
      value.data()[i] = at;
      store.set(parameter, value);
      return (losses[0] - losses[1]) / (2 * h);
    }

    @Override
    public void close() {
      plan.close();
      store.close();
    }
  }
}
