package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Layout;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Scratch;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Operation;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Batch-norm and dropout as layers of a network. */
class NormalisedNetworkTest {
  private static final int BATCH = 6;

  private static final Network NETWORK =
      Network.input(3, 4, 5).batchNorm().relu().dropout(0.25f).batchNorm(1e-3f, 0.5f).build();

  @Test
  void namesItsParametersAsPeopleKnowThem() {
    assertThat(NETWORK.parameters())
        .extracting(Parameter::name)
        .containsExactly(
            "batch_norm1.weight",
            "batch_norm1.bias",
            "batch_norm1.running_mean",
            "batch_norm1.running_var",
            "batch_norm2.weight",
            "batch_norm2.bias",
            "batch_norm2.running_mean",
            "batch_norm2.running_var");
    assertThat(NETWORK.parameters().subList(0, 4))
        .extracting(Parameter::kind)
        .containsExactly(
            Parameter.Kind.UNDECAYED,
            Parameter.Kind.UNDECAYED,
            Parameter.Kind.STATISTIC,
            Parameter.Kind.STATISTIC);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void trainsOnBatchStatisticsAndMovesTheRunningOnes(Backends.Opener opener) {
    try (Backend backend = opener.open();
        Training training = new Training(backend, NETWORK, Set.of())) {
      Tensor x = Scratch.random(Shape.of(BATCH, 3, 4, 5), 1);
      float[] y = training.step(x);
      // The last layer normalises: mean 0, variance 1 in each channel.
      for (int c = 0; c < 3; c++) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < BATCH * 20; i++) {
          float value = y[(i / 20 * 3 + c) * 20 + i % 20];
          sum += value;
          squares += value * value;
        }
        assertThat(sum / (BATCH * 20)).isCloseTo(0, within(1e-5));
        assertThat(squares / (BATCH * 20)).isCloseTo(1, within(1e-2));
      }
      double mean = 0;
      for (int i = 0; i < BATCH * 20; i++) {
        mean += x.data()[i / 20 * 60 + i % 20];
      }
      float[] running = training.store.get(NETWORK.parameters().get(2)).data();
      assertThat((double) running[0]).isCloseTo(0.1 * mean / (BATCH * 20), within(1e-6));
      assertThat(training.store.getGradient(NETWORK.parameters().get(5)).data())
          .containsExactly(BATCH * 20, BATCH * 20, BATCH * 20);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void frozenLayersLeaveGradientsAloneAndPassThemOn(Backends.Opener opener) {
    Set<String> frozen = Set.of("batch_norm2.weight", "batch_norm2.bias");
    Tensor x = Scratch.random(Shape.of(BATCH, 3, 4, 5), 1);
    try (Backend backend = opener.open();
        Training all = new Training(backend, NETWORK, Set.of());
        Training part = new Training(backend, NETWORK, frozen)) {
      all.step(x);
      part.step(x);
      for (Parameter parameter : NETWORK.parameters()) {
        if (parameter.trains()) {
          float[] expected =
              frozen.contains(parameter.name())
                  ? new float[3]
                  : all.store.getGradient(parameter).data();
          assertThat(part.store.getGradient(parameter).data())
              .as(parameter.name())
              .containsExactly(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void dropsOtherElementsInEachStep(Backends.Opener opener) {
    Network network = Network.input(9).batchNorm().dropout(0.5f).build();
    Tensor x = Scratch.random(Shape.of(BATCH, 9), 2);
    try (Backend backend = opener.open();
        Training training = new Training(backend, network, Set.of())) {
      float[] first = training.step(x);
      training.random.moveTo(1);
      assertThat(training.step(x)).isNotEqualTo(first);
      training.random.moveTo(0);
      assertThat(training.step(x)).containsExactly(first);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void dropoutIsNoOperationAtInference(Backends.Opener opener) {
    Network network =
        Network.input(3, 4, 5)
            .dropout(0.5f)
            .batchNorm()
            .channelDropout(0.5f)
            .residual(body -> body.dropout(0.9f))
            .dropout(0.1f)
            .build();
    Tensor x = Scratch.random(Shape.of(BATCH, 3, 4, 5), 3);
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(network, backend, false)) {
      store.initialize(1);
      Recording recording = new Recording();
      Compiler.Ends ends = Compiler.inference(recording, store, BATCH);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        assertThat(plan.operations())
            .extracting(Operation::name)
            .containsExactly("batch-norm forward", "add");
        backend.write(x.data(), plan.tensor(ends.input()));
        plan.run();
        float[] y = new float[x.data().length];
        backend.read(plan.tensor(ends.output()), y);
        for (int i = 0; i < y.length; i++) {
          assertThat((double) y[i]).isCloseTo(2 * x.data()[i] / Math.sqrt(1 + 1e-5), within(1e-6));
        }
      }
    }
  }

  @Test
  void aNetworkOfDropoutAloneAnswersWithItsInput() {
    Network network = Network.input(4).dropout(0.5f).build();
    try (Backend backend = new dev.gabor.backend.reference.ReferenceBackend();
        ParameterStore store = new ParameterStore(network, backend, false)) {
      Recording recording = new Recording();
      Compiler.Ends ends = Compiler.inference(recording, store, 1);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        backend.write(new float[] {1, 2, 3, 4}, plan.tensor(ends.input()));
        plan.run();
        float[] y = new float[4];
        backend.read(plan.tensor(ends.output()), y);
        assertThat(y).containsExactly(1, 2, 3, 4);
      }
    }
  }

  @Test
  void isReadAgainFromItsSettings() {
    Node input = Network.input(3, 4, 5).build().input();
    for (Node node : NETWORK.nodes().subList(1, NETWORK.nodes().size())) {
      Node read =
          Operators.read(
              node.operator(),
              node.name(),
              List.of(input),
              new Settings(node.name(), node.settings()));
      assertThat(read.settings()).isEqualTo(node.settings());
      assertThat(read.parameters()).isEqualTo(node.parameters());
    }
  }

  @Test
  void refusesBadSettings() {
    assertThatThrownBy(() -> Network.input(3).dropout(1))
        .hasMessage("layer dropout1: p is 1.0, expected 0 to below 1");
    assertThatThrownBy(() -> Network.input(3).batchNorm(-1, 0.1f))
        .hasMessage("batch-norm: epsilon is -1.0, expected a finite number above 0");
    Node input = Network.input(3).build().input();
    Settings wrong = new Settings("d", Map.of("p", 0.5, "channel", true));
    assertThatThrownBy(() -> Operators.read("dropout", "d", List.of(input), wrong))
        .hasMessage("layer d: unknown setting channel");
  }

  /** A compiled network whose loss is the sum of its outputs. */
  private static final class Training implements AutoCloseable {
    final RandomState random = new RandomState(4);
    final ParameterStore store;
    private final Backend backend;
    private final Plan plan;
    private final Compiler.Ends ends;
    private final Value dLoss;

    Training(Backend backend, Network network, Set<String> frozen) {
      this.backend = backend;
      store = new ParameterStore(network, backend, true, frozen);
      store.initialize(1);
      Recording recording = new Recording();
      Shape output = network.output().shape().batched(BATCH);
      Layout layout = network.output().layout();
      dLoss = recording.input("gradient of the loss", output, layout);
      ends = Compiler.training(recording, store, BATCH, random, (recorder, y) -> dLoss);
      recording.output(dLoss);
      plan = new Plan(recording, new Arena(recording, backend), backend);
      float[] ones = new float[output.arrayLength()];
      java.util.Arrays.fill(ones, 1);
      backend.write(ones, plan.tensor(dLoss));
    }

    float[] step(Tensor x) {
      backend.write(x.data(), plan.tensor(ends.input()));
      plan.run();
      float[] y = new float[ends.output().shape().arrayLength()];
      backend.read(plan.tensor(ends.output()), y);
      return y;
    }

    @Override
    public void close() {
      plan.close();
      store.close();
    }
  }
}
