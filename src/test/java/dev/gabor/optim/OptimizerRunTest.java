package dev.gabor.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.nn.Initializer;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.Parameter.Kind;
import dev.gabor.nn.ParameterNetworks;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerRunTest {
  private static final Parameter FIRST = parameter("a.weight", 7, Kind.WEIGHT);
  private static final Parameter BIAS = parameter("a.bias", 1, Kind.UNDECAYED);
  private static final Parameter MIDDLE = parameter("b.weight", 33, Kind.WEIGHT);
  private static final Parameter MEAN = parameter("b.mean", 5, Kind.STATISTIC);
  private static final Parameter LAST =
      new Parameter("c.weight", Shape.of(5, 3), Layout.FILTER, Initializer.ONES, Kind.WEIGHT);
  private static final Network NETWORK = ParameterNetworks.of(FIRST, BIAS, MIDDLE, MEAN, LAST);

  private static Parameter parameter(String name, int length, Kind kind) {
    return new Parameter(name, Shape.of(length), Layout.PLAIN, Initializer.ONES, kind);
  }

  /** Gradients of 1 everywhere, gaps between parameters excepted; frozen ones keep 0. */
  private static void fillGradients(ParameterStore store, Set<String> frozen) {
    Backend backend = store.backend();
    for (Kind kind : new Kind[] {Kind.WEIGHT, Kind.UNDECAYED}) {
      DeviceTensor block = store.allGradients(kind);
      float[] ones = new float[block.shape().arrayLength()];
      ParameterStore.offsetsBytes(store.network(), backend, kind)
          .forEach(
              (parameter, offset) -> {
                int from = (int) (offset / Float.BYTES);
                int to = from + parameter.shape().arrayLength();
                Arrays.fill(ones, from, to, frozen.contains(parameter.name()) ? 0 : 1);
              });
      backend.write(ones, block);
    }
  }

  private interface Body {
    void with(ParameterStore store, OptimizerRun run, Plan plan);
  }

  private static void train(
      Backends.Opener opener, Optimizer optimizer, Set<String> frozen, Body body) {
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(NETWORK, backend, true, frozen);
        OptimizerRun run = optimizer.start(store)) {
      store.initialize(1);
      fillGradients(store, frozen);
      Recording recording = new Recording();
      run.record(recording);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        body.with(store, run, plan);
      }
    }
  }

  private static void all(ParameterStore store, Parameter parameter, double expected) {
    for (float value : store.get(parameter).data()) {
      assertThat((double) value).as(parameter.name()).isCloseTo(expected, within(1e-6));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void updatesEveryKindAndFollowsTheLearningRate(Backends.Opener opener) {
    Optimizer optimizer = Optimizer.momentum(0.1, 0.5).weightDecay(0.5);
    train(
        opener,
        optimizer,
        Set.of(),
        (store, run, plan) -> {
          plan.run();
          assertThat(run.step()).isEqualTo(1);
          // Weights: g = 1 + 0.5, biases: g = 1.
          all(store, FIRST, 0.85);
          all(store, MIDDLE, 0.85);
          all(store, LAST, 0.85);
          all(store, BIAS, 0.9);
          run.learningRate(0.2);
          plan.run();
          // b = 0.5 · 1.5 + 1 + 0.5 · 0.85 = 2.175; biases: b = 1.5.
          all(store, LAST, 0.85 - 0.435);
          all(store, BIAS, 0.6);
          all(store, MEAN, 1);
          assertThat(run.step()).isEqualTo(2);
          gapsAreZero(store);
        });
    train(
        opener,
        optimizer.decayAll(true),
        Set.of(),
        (store, run, plan) -> {
          plan.run();
          all(store, BIAS, 0.85);
        });
  }

  private static void gapsAreZero(ParameterStore store) {
    Backend backend = store.backend();
    DeviceTensor block = store.all(Kind.WEIGHT);
    float[] values = new float[block.shape().arrayLength()];
    backend.read(block, values);
    ParameterStore.offsetsBytes(NETWORK, backend, Kind.WEIGHT)
        .forEach(
            (parameter, offset) -> {
              int from = (int) (offset / Float.BYTES);
              Arrays.fill(values, from, from + parameter.shape().arrayLength(), 0);
            });
    assertThat(values).containsOnly(0);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void leavesFrozenParametersAlone(Backends.Opener opener) {
    for (Parameter frozen : new Parameter[] {FIRST, MIDDLE, LAST, BIAS}) {
      train(
          opener,
          Optimizer.adam(0.1).weightDecay(0.5).decoupledWeightDecay(0.1).decayAll(true).clipNorm(1),
          Set.of(frozen.name()),
          (store, run, plan) -> {
            Tensor memory = Tensor.zeros(frozen.shape());
            Arrays.fill(memory.data(), 0.5f);
            run.set(frozen.name() + ".exp_avg", memory);
            plan.run();
            plan.run();
            for (Parameter parameter : new Parameter[] {FIRST, MIDDLE, LAST, BIAS}) {
              if (parameter.equals(frozen)) {
                assertThat(store.get(parameter).data()).containsOnly(1);
                assertThat(run.get(parameter.name() + ".exp_avg").data()).containsOnly(0.5f);
              } else {
                // Adam's first steps are 0.1 long whatever the gradient; decay 0.01 comes on top.
                double once = 1 - 0.01 - 0.1;
                assertThat((double) store.get(parameter).data()[0])
                    .isCloseTo(once - 0.01 * once - 0.1, within(2e-3));
              }
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void limitsTheNormOverBothKinds(Backends.Opener opener) {
    // 7 + 1 + 33 + 15 gradients of 1: the norm is √56.
    train(
        opener,
        Optimizer.sgd(1).clipNorm(0.5),
        Set.of(),
        (store, run, plan) -> {
          plan.run();
          all(store, FIRST, 1 - 0.5 / Math.sqrt(56));
          all(store, BIAS, 1 - 0.5 / Math.sqrt(56));
        });
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void goesOnFromSavedStates(Backends.Opener opener) {
    Optimizer optimizer = Optimizer.adamw(0.1);
    train(
        opener,
        optimizer,
        Set.of(),
        (store, run, plan) -> {
          assertThat(run.stateNames())
              .containsExactlyInAnyOrder(
                  "a.weight.exp_avg",
                  "a.weight.exp_avg_sq",
                  "b.weight.exp_avg",
                  "b.weight.exp_avg_sq",
                  "c.weight.exp_avg",
                  "c.weight.exp_avg_sq",
                  "a.bias.exp_avg",
                  "a.bias.exp_avg_sq");
          assertThat(run.stateBytes()).isEqualTo(optimizer.stateBytes(NETWORK, store.backend()));
          plan.run();
          train(
              opener,
              optimizer,
              Set.of(),
              (resumed, resumedRun, resumedPlan) -> {
                NETWORK.parameters().forEach(each -> resumed.set(each, store.get(each)));
                run.stateNames().forEach(name -> resumedRun.set(name, run.get(name)));
                resumedRun.moveTo(run.step());
                plan.run();
                resumedPlan.run();
                for (Parameter each : NETWORK.parameters()) {
                  assertThat(resumed.get(each).data()).isEqualTo(store.get(each).data());
                }
              });
          Tensor state = Tensor.of(Shape.of(5, 3), new float[15]);
          state.data()[4] = 7;
          run.set("c.weight.exp_avg", state);
          assertThat(run.get("c.weight.exp_avg").data()).isEqualTo(state.data());
          assertThatThrownBy(() -> run.set("a.bias.exp_avg", state))
              .hasMessage("optimizer state a.bias.exp_avg: a value of shape (5,3), expected (1)");
          assertThatThrownBy(() -> run.get("a.bias.momentum_buffer"))
              .hasMessage("optimizer adamw has no state a.bias.momentum_buffer");
        });
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void groupsHaveRateAndDecayOfTheirOwn(Backends.Opener opener) {
    train(
        opener,
        Optimizer.sgd(0.1)
            .weightDecay(0.5)
            .group(ParameterGroup.of("b.*").rateFactor(2).weightDecay(0.25))
            .group(ParameterGroup.of("*.bias").weightDecay(1)),
        Set.of(),
        (store, run, plan) -> {
          plan.run();
          all(store, FIRST, 1 - 0.1 * 1.5);
          all(store, MIDDLE, 1 - 0.2 * 1.25);
          all(store, LAST, 1 - 0.1 * 1.5);
          all(store, BIAS, 1 - 0.1 * 2);
          gapsAreZero(store);
        });
    train(
        opener,
        Optimizer.adamw(0.1).group(ParameterGroup.of("c.*").weightDecay(0)),
        Set.of(),
        (store, run, plan) -> {
          plan.run();
          all(store, FIRST, 1 - 0.001 - 0.1);
          all(store, LAST, 1 - 0.1);
        });
    assertThatThrownBy(
            () ->
                train(
                    opener,
                    Optimizer.sgd(0.1).group(ParameterGroup.of("d.*")),
                    Set.of(),
                    (store, run, plan) -> {}))
        .hasMessage("optimizer group d.*: no trained parameter has such a name");
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void larsLeavesBiasesWithoutARatio(Backends.Opener opener) {
    // A weight of n ones with n gradients of 1: ratio 0.001 / (1 + 0.5).
    train(
        opener,
        Optimizer.lars(1, 0.5).weightDecay(0.5),
        Set.of(),
        (store, run, plan) -> {
          plan.run();
          for (Parameter weight : new Parameter[] {FIRST, MIDDLE, LAST}) {
            all(store, weight, 1 - 0.001 / 1.5 * 1.5);
          }
          all(store, BIAS, 0);
          gapsAreZero(store);
        });
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void updatesByTheMeanOfSeveralPasses(Backends.Opener opener) {
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(NETWORK, backend, true);
        OptimizerRun run = Optimizer.momentum(0.1, 0.5).clipNorm(1e6).start(store, 3);
        WeightAverage average = new WeightAverage(store, run, 0.75)) {
      store.initialize(1);
      Recording recording = new Recording();
      run.record(recording);
      average.record(recording);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        DeviceTensor block = store.allGradients(Kind.WEIGHT);
        float[] gradient = new float[block.shape().arrayLength()];
        for (int pass = 0; pass < 9; pass++) {
          // 0, 1, 2: the mean is 1; then 3, 4, 5 and 6, 7, 8.
          Arrays.fill(gradient, pass);
          backend.write(gradient, block);
          plan.run();
          if (pass == 1) {
            all(store, FIRST, 1);
            assertThat(run.get("a.weight.gradient_sum").data()[0]).isCloseTo(1 / 3f, within(1e-6f));
          }
        }
        // b = 1, 4.5, 9.25.
        all(store, FIRST, 1 - 0.1 - 0.45 - 0.925);
        assertThat(run.step()).isEqualTo(3);
        double mean = 0.75 * (0.75 * 0.9 + 0.25 * 0.45) + 0.25 * -0.475;
        all(average.parameters(), FIRST, mean);
        all(average.parameters(), MEAN, 1);
        run.moveTo(7);
        assertThat(run.step()).isEqualTo(2);
      }
    }
    assertThatThrownBy(() -> train(opener, Optimizer.sgd(1), 0))
        .hasMessage("gradient accumulation: expected at least 1 pass, found 0");
  }

  private static void train(Backends.Opener opener, Optimizer optimizer, int passes) {
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(NETWORK, backend, true)) {
      optimizer.start(store, passes).close();
    }
  }
}
