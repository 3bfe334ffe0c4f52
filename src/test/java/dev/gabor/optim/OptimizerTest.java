package dev.gabor.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.gabor.backend.UpdateRule;
import org.junit.jupiter.api.Test;

class OptimizerTest {
  @Test
  void namesOfTheCommandLineGivePyTorchDefaults() {
    for (String name : Optimizer.names()) {
      assertThat(Optimizer.byName(name, 0.25).name()).isEqualTo(name);
      assertThat(Optimizer.byName(name, 0.25).learningRate()).isEqualTo(0.25);
    }
    assertThat(Optimizer.byName("momentum", 0.1)).isEqualTo(Optimizer.momentum(0.1, 0.9));
    assertThat(Optimizer.byName("nesterov", 0.1)).isEqualTo(Optimizer.nesterov(0.1, 0.9));
    assertThat(Optimizer.adamw(0.1).rule().decoupledDecay()).isEqualTo(0.01);
    assertThat(Optimizer.adam(0.1).rule().decoupledDecay()).isZero();
    assertThat(Optimizer.adam(0.1).rule().smoothing()).isEqualTo(0.999);
    assertThat(Optimizer.rmsprop(0.1).rule().smoothing()).isEqualTo(0.99);
    assertThatThrownBy(() -> Optimizer.byName("Adam", 0.1))
        .hasMessage(
            "unknown optimizer Adam, expected one of sgd, momentum, nesterov, rmsprop, adam,"
                + " adamw, adagrad, adadelta, lion, lars");
  }

  @Test
  void settingsSayWhatIsSet() {
    Optimizer optimizer =
        Optimizer.momentum(0.5, 0.75).weightDecay(0.125).decayAll(true).clipNorm(2).clipValue(3);
    assertThat(optimizer.settings())
        .containsExactly(
            entry("name", "momentum"),
            entry("learning_rate", 0.5),
            entry("momentum", 0.75),
            entry("weight_decay", 0.125),
            entry("decoupled_weight_decay", 0.0),
            entry("decay_all", true),
            entry("clip_norm", 2.0),
            entry("clip_value", 3.0));
    assertThat(Optimizer.sgd(0.5).settings()).doesNotContainKeys("clip_norm", "clip_value");
    assertThat(Optimizer.sgd(1).weightDecay(0.1).decoupledWeightDecay(0.2).rule())
        .isEqualTo(Optimizer.sgd(1).decoupledWeightDecay(0.2).weightDecay(0.1).rule());
  }

  @Test
  void theNewOnesHaveTheDefaultsOfPyTorchAndOfThePapers() {
    assertThat(Optimizer.adagrad(0.1).rule()).isEqualTo(UpdateRule.adagrad(1e-10));
    assertThat(Optimizer.adadelta(0.1).rule()).isEqualTo(UpdateRule.adadelta(0.9, 1e-6));
    assertThat(Optimizer.lion(0.1).rule()).isEqualTo(UpdateRule.lion(0.9, 0.99));
    assertThat(Optimizer.byName("lars", 0.1).rule()).isEqualTo(UpdateRule.lars(0.9, 0.001));
    assertThat(Optimizer.lars(0.1, 0.9).settings()).containsEntry("trust", 0.001);
    assertThat(Optimizer.adadelta(0.1).settings()).containsEntry("rho", 0.9);
    assertThat(Optimizer.lion(0.1).settings()).containsEntry("beta2", 0.99);
    assertThat(Optimizer.adagrad(0.1).settings()).containsEntry("epsilon", 1e-10);
  }

  @Test
  void groupsAreReadAndWritten() {
    ParameterGroup group = ParameterGroup.parse("head.*:lr=10,decay=0");
    assertThat(group).isEqualTo(ParameterGroup.of("head.*").rateFactor(10).weightDecay(0));
    assertThat(ParameterGroup.parse(group.text())).isEqualTo(group);
    assertThat(ParameterGroup.parse("*.bias")).isEqualTo(ParameterGroup.of("*.bias"));
    assertThat(group.matches("head.weight")).isTrue();
    assertThat(group.matches("headXweight")).isFalse();
    assertThat(ParameterGroup.of("conv?.w*").matches("conv3.weight")).isTrue();
    assertThat(ParameterGroup.of("conv?.w*").matches("conv13.weight")).isFalse();
    assertThat(Optimizer.sgd(1).group(group).settings())
        .containsEntry("groups", "head.*:lr=10.0,decay=0.0");
    assertThatThrownBy(() -> ParameterGroup.parse("a:rate=1"))
        .hasMessage("optimizer group a:rate=1: expected lr=X or decay=X, found rate=1");
    assertThatThrownBy(() -> ParameterGroup.parse("a:lr=x"))
        .hasMessage("optimizer group a:lr=x: expected a number, found \"x\"");
    assertThatThrownBy(() -> ParameterGroup.of("a").rateFactor(-1))
        .hasMessage(
            "optimizer group a: rate factor is -1.0, expected a finite number of at least 0");
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertThatThrownBy(() -> Optimizer.sgd(-1))
        .hasMessage("optimizer sgd: learning rate is -1.0, expected a finite number of at least 0");
    assertThatThrownBy(() -> Optimizer.sgd(1).clipNorm(0))
        .hasMessage("optimizer sgd: clip norm is 0.0, expected a number above 0");
  }

  @Test
  void constantScheduleKeepsItsRate() {
    Schedule schedule = Schedule.constant(0.1);
    assertThat(schedule.rate(0, 10)).isEqualTo(schedule.rate(9, 10)).isEqualTo(0.1);
  }
}
