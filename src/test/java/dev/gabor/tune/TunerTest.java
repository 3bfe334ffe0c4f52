package dev.gabor.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionChooser.Choice;
import dev.gabor.backend.ConvolutionChooser.Origin;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.opencl.OpenClBackend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.backend.tuning.Found;
import dev.gabor.backend.tuning.Found.Timed;
import dev.gabor.backend.tuning.TuningStore;
import dev.gabor.nn.Network;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunerTest {
  private static final ConvolutionProblem PROBLEM =
      new ConvolutionProblem(Convolution.of(2, 3, 6, 5, 4, 3, 3, 1, 1, 1, 1), Pass.FORWARD);

  @TempDir private Path folder;

  @Test
  void ranksWhatIsRightByItsTime() {
    ScriptedDevice device =
        new ScriptedDevice().with("safe", 5).with("fast", 2).with("middle", 4).with("slow", 21);
    TunedProblem result = tuned(device).measured().get(0);
    assertThat(result.safe()).isEqualTo("safe");
    assertThat(result.safeMillis()).contains(5.0);
    assertThat(result.gain()).isEqualTo(2.5);
    assertThat(result.tried()).isEqualTo(4);
    assertThat(result.refused()).isEmpty();
    assertThat(result.found().complete()).isTrue();
    assertThat(result.found().ranking())
        .as("the slow one is hopeless")
        .containsExactly(new Timed("fast", 2), new Timed("middle", 4), new Timed("safe", 5));
    assertThat(store().read(ScriptedDevice.KEY)).containsEntry(PROBLEM.toString(), result.found());
  }

  @Test
  void theSafeOneComesFirstAndTheOthersInAnOrderOfTheSeed() {
    List<String> first = order(1);
    assertThat(first).startsWith("safe").hasSize(7);
    assertThat(order(1)).isEqualTo(first);
    assertThat(order(2)).startsWith("safe").isNotEqualTo(first);
    assertThat(order(2)).containsExactlyInAnyOrderElementsOf(first);
  }

  private List<String> order(long seed) {
    ScriptedDevice device = new ScriptedDevice().with("safe", 5);
    for (char name = 'a'; name <= 'f'; name++) {
      device.with(String.valueOf(name), 5);
    }
    Tuner.on(device, store()).seed(seed).again(true).run(List.of(PROBLEM));
    return device.begun();
  }

  @Test
  void anAlgorithmThatComputesWronglyIsRefused() {
    for (Pass pass : Pass.values()) {
      ScriptedDevice device = new ScriptedDevice().with("safe", 5).wrong("wrong", 1);
      ConvolutionProblem problem = new ConvolutionProblem(PROBLEM.convolution(), pass);
      TunedProblem result = Tuner.on(device, store()).run(List.of(problem)).measured().get(0);
      assertThat(result.found().ranking()).containsExactly(new Timed("safe", 5));
      assertThat(result.refused())
          .singleElement()
          .asString()
          .startsWith(problem + " wrong: ")
          .contains("device 0.25, reference ");
    }
  }

  @Test
  void anAlgorithmThatFailsIsRefused() {
    ScriptedDevice device = new ScriptedDevice().with("safe", 5).failing("broken").with("good", 3);
    TunedProblem result = tuned(device).measured().get(0);
    assertThat(result.found().ranking())
        .containsExactly(new Timed("good", 3), new Timed("safe", 5));
    assertThat(result.refused())
        .containsExactly(PROBLEM + " broken: IllegalStateException: does not build");
  }

  @Test
  void aSafeOneThatIsWrongIsNotKeptEither() {
    ScriptedDevice device = new ScriptedDevice().wrong("safe", 1).with("good", 3);
    TunedProblem result = tuned(device).measured().get(0);
    assertThat(result.found().ranking()).containsExactly(new Timed("good", 3));
    assertThat(result.safeMillis()).isEmpty();
    assertThat(result.gain()).isEqualTo(1);
    ScriptedDevice hopeless = new ScriptedDevice().wrong("safe", 1);
    assertThat(
            Tuner.on(hopeless, store())
                .again(true)
                .run(List.of(PROBLEM))
                .measured()
                .get(0)
                .found()
                .ranking())
        .isEmpty();
    assertThat(store().read(ScriptedDevice.KEY))
        .as("an empty ranking is no knowledge to keep")
        .containsEntry(PROBLEM.toString(), result.found());
  }

  @Test
  void aLittleFasterDoesNotTakeThePlaceOfTheSafeOne() {
    ScriptedDevice device = new ScriptedDevice().with("safe", 5).with("other", 4.8);
    assertThat(tuned(device).measured().get(0).found().ranking())
        .extracting(Timed::algorithm)
        .containsExactly("safe", "other");
  }

  @Test
  void parametersAreTriedWhereTheirAlgorithmIsNearTheBest() {
    ScriptedDevice device =
        new ScriptedDevice()
            .with("safe", 5)
            .with("near", 8)
            .with("near:1", 4)
            .with("near:2", 6)
            .with("far", 11)
            .with("far:1", 1);
    TunedProblem result = tuned(device).measured().get(0);
    assertThat(device.begun()).doesNotContain("far:1").contains("near:1", "near:2");
    assertThat(result.found().ranking())
        .containsExactly(new Timed("near:1", 4), new Timed("safe", 5), new Timed("far", 11));
  }

  @Test
  void noCandidateIsBegunAfterTheBudget() {
    // A candidate that loses is run 5 times here: the first, three samples, one for the judge.
    ScriptedDevice device = new ScriptedDevice().with("safe", 1000);
    for (char name = 'a'; name <= 'f'; name++) {
      device.with(String.valueOf(name), 1300);
    }
    ConvolutionProblem other =
        new ConvolutionProblem(PROBLEM.convolution().withBatch(1), Pass.FORWARD);
    TuningReport report =
        Tuner.on(device, store())
            .clock(device::nanoTime)
            .budgetSeconds(12)
            .run(List.of(other, PROBLEM));
    TunedProblem begun = report.measured().get(0);
    assertThat(begun.problem()).as("more work first").isEqualTo(PROBLEM);
    assertThat(begun.tried()).as("5 s, 6.5 s, 6.5 s").isEqualTo(3);
    assertThat(begun.found().complete()).isFalse();
    assertThat(begun.found().ranking()).hasSize(3);
    assertThat(report.left()).containsExactly(other);

    // Another run begins the same problem again, for it was not done with.
    TuningReport next = Tuner.on(device, store()).run(List.of(other, PROBLEM));
    assertThat(next.measured()).extracting(TunedProblem::problem).containsExactly(PROBLEM, other);
    assertThat(next.measured()).allMatch(problem -> problem.found().complete());
    TuningReport last = Tuner.on(device, store()).run(List.of(other, PROBLEM));
    assertThat(last.measured()).isEmpty();
    assertThat(last.known()).containsExactly(PROBLEM, other);
    assertThat(Tuner.on(device, store()).again(true).run(List.of(PROBLEM)).measured()).hasSize(1);
  }

  @Test
  void refusesWhatMakesNoSense() {
    ScriptedDevice device = new ScriptedDevice().with("safe", 1);
    assertThatThrownBy(() -> Tuner.on(device, store()).budgetSeconds(0))
        .hasMessageContaining("budget is 0.0 s, expected more than 0");
    try (Backend cpu = new ReferenceBackend()) {
      assertThatThrownBy(() -> Tuner.on(cpu, store()).run(List.of(PROBLEM)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("one algorithm for each pass");
    }
  }

  /** On a real device: the choice of those who open it later, the same each time. */
  @Test
  void whatWasFoundIsTakenByTheNextBackend() {
    Device device = OpenCl.devices().get(0);
    Convolution c = Convolution.of(2, 16, 9, 9, 32, 3, 3, 1, 1, 1, 1);
    List<ConvolutionProblem> problems =
        List.of(
            new ConvolutionProblem(c, Pass.FORWARD),
            new ConvolutionProblem(c, Pass.BACKWARD_WEIGHT));
    try (Backend backend = new OpenClBackend(device, BackendOptions.STANDARD.withProfiling(true))) {
      TuningReport report = Tuner.on(backend, store()).run(problems);
      assertThat(report.refused()).isEmpty();
      assertThat(report.measured()).hasSize(2);
      for (TunedProblem result : report.measured()) {
        Found found = result.found();
        assertThat(found.complete()).isTrue();
        assertThat(found.ranking()).isNotEmpty().allMatch(timed -> timed.millis() > 0);
        BackendOptions options = BackendOptions.STANDARD.withChooser(store()::chooser);
        for (int time = 0; time < 2; time++) {
          try (Backend next = new OpenClBackend(device, options)) {
            ConvolutionOps ops = next.convolution();
            assertThat(ops.choice(c, result.problem().pass()))
                .isEqualTo(new Choice(found.ranking().get(0).algorithm(), Origin.TUNED));
          }
        }
      }
    }
  }

  @Test
  void theProblemsOfANetworkAreThoseOfATrainingStep() {
    Network network =
        Network.input(1, 8, 8)
            .conv2d(4, 3)
            .relu()
            .conv2d(4, 3)
            .convTranspose2d(3, 3, s -> s)
            .flatten()
            .dense(2)
            .build();
    assertThat(network.convolutions(5))
        .extracting(ConvolutionProblem::toString)
        .containsExactly(
            "forward 5,1,8,8,4,3,3,1,1,1,1",
            "backward_weight 5,1,8,8,4,3,3,1,1,1,1",
            "forward 5,4,8,8,4,3,3,1,1,1,1",
            "backward_weight 5,4,8,8,4,3,3,1,1,1,1",
            "backward_data 5,4,8,8,4,3,3,1,1,1,1",
            "backward_data 5,3,8,8,4,3,3,1,1,1,1",
            "backward_weight 5,3,8,8,4,3,3,1,1,1,1",
            "forward 5,3,8,8,4,3,3,1,1,1,1",
            "forward 5,192,1,1,2,1,1,1,0,1,1",
            "backward_weight 5,192,1,1,2,1,1,1,0,1,1",
            "backward_data 5,192,1,1,2,1,1,1,0,1,1");
  }

  private TuningReport tuned(ScriptedDevice device) {
    return Tuner.on(device, store()).run(List.of(PROBLEM));
  }

  private TuningStore store() {
    return new TuningStore(Optional.of(folder));
  }
}
