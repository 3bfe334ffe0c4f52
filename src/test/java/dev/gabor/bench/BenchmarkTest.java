package dev.gabor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.Loss;
import dev.gabor.backend.UpdateRule;
import dev.gabor.backend.opencl.OpenClBackend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.Network;
import dev.gabor.opencl.OpenCl;
import dev.gabor.tensor.Shape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BenchmarkTest {
  private static final Effort ONCE = new Effort(1, 1, 1e-3, 1e-6, 1e9);
  private static final Scale TINY =
      new Scale(
          Shape.of(2, 8, 6, 6),
          Shape.of(4, 10),
          1000,
          1 << 20,
          8,
          8,
          List.of(Convolution.dense(2, 3, 4)));

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void measuresEverythingOnce(Backends.Opener opener) {
    List<String> titles = new ArrayList<>();
    BenchmarkListener listener =
        new BenchmarkListener() {
          @Override
          public void started(int index, int count, String title) {
            assertThat(index).isEqualTo(titles.size()).isLessThan(count);
            titles.add(title);
          }

          @Override
          public void leftOut(String title, String reason) {
            throw new AssertionError(title + ": " + reason);
          }
        };
    try (Backend backend = opener.open()) {
      Report report =
          Benchmark.on(backend)
              .effort(ONCE)
              .scale(TINY)
              .listener(listener)
              .convolutions(List.of(ConvolutionShapes.parse("16,3,9,7,5,3,3,2,1")))
              .transposedConvolution()
              .dense()
              .operators()
              .model("lenet", 2)
              .run();
      assertThat(report.device()).isEqualTo(backend.description());
      assertThat(report.results())
          .allSatisfy(
              result -> {
                assertThat(result.timing().medianMillis()).isPositive();
                assertThat(result.rate()).isPositive().isFinite();
              });
      boolean device = !backend.name().equals("cpu");
      assertThat(report.results())
          .filteredOn(result -> !result.subject().op().equals("ceiling"))
          .allSatisfy(
              result -> {
                assertThat(result.referenceMillis().isPresent()).isEqualTo(device);
                assertThat(result.timing().kernelMillis()).isEmpty();
                boolean model = result.subject().op().equals("model");
                assertThat(result.percentOfPeak().orElseThrow())
                    .isCloseTo(
                        100
                            * (model ? result.gflops() : result.rate())
                            / result.peak().orElseThrow(),
                        within(1e-9));
              });
      assertThat(report.properties()).containsKeys("host", "date");
      assertThat(report.results())
          .extracting(result -> result.subject().op())
          .contains("dense", "concat", "huber", "nesterov")
          .contains("ceiling", "conv2d", "add", "batch_norm", "max_pool", "adam", "model");
      assertThat(report.results())
          .filteredOn(result -> result.subject().op().equals("conv2d"))
          .extracting(result -> result.subject().problem())
          .containsExactly(
              "2,3,9,7,5,3,3,2,1,1,1", "2,3,9,7,5,3,3,2,1,1,1", "2,3,9,7,5,3,3,2,1,1,1");
      assertThat(report.results())
          .filteredOn(result -> result.subject().op().equals("conv_transpose2d"))
          .extracting(result -> result.subject().pass() + " " + result.subject().problem())
          .containsExactly(
              "forward 2,128,28,28,64,4,4,2,1,1,1",
              "backward_data 2,128,28,28,64,4,4,2,1,1,1",
              "backward_weight 2,128,28,28,64,4,4,2,1,1,1");
      assertThat(report.peakGflops()).isEqualTo(report.results().get(0).rate());
      assertThat(report.peakGbS()).isEqualTo(report.results().get(1).rate());
      assertThat(titles)
          .startsWith("ceilings")
          .endsWith("lenet train batch 2", "lenet infer batch 2");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void measuresEveryAlgorithm(Backends.Opener opener) {
    Convolution convolution = ConvolutionShapes.parse("1,4,5,5,4,3,3,1,1");
    try (Backend backend = opener.open()) {
      Bench bench =
          new Bench(
              backend,
              new Stopwatch(backend, ONCE),
              Optional.empty(),
              false,
              BenchmarkListener.NONE);
      for (Pass pass : Pass.values()) {
        assertThat(new ConvolutionCase(convolution, pass, true).measure(bench))
            .extracting(result -> result.subject().algorithm())
            .containsExactlyElementsOf(backend.convolution().algorithms(convolution, pass));
        assertThat(new ConvolutionCase(convolution, pass, false).measure(bench))
            .extracting(result -> result.subject().algorithm())
            .containsExactly(backend.convolution().choose(convolution, pass));
      }
    }
  }

  @Test
  void asksTheDeviceForItsOwnTime() {
    try (Backend backend =
        new OpenClBackend(OpenCl.devices().get(0), BackendOptions.STANDARD.withProfiling(true))) {
      Report report =
          Benchmark.on(backend)
              .effort(ONCE)
              .scale(TINY)
              .convolution(ConvolutionShapes.parse("1,4,16,16,4,3,3,1,1"))
              .run();
      assertThat(report.results())
          .filteredOn(result -> result.subject().op().equals("conv2d"))
          .hasSize(3)
          .allSatisfy(
              result -> assertThat(result.timing().kernelMillis().orElseThrow()).isPositive());
    }
  }

  @Test
  void leavesOutWhatDoesNotFit() {
    List<String> leftOut = new ArrayList<>();
    BenchmarkListener listener =
        new BenchmarkListener() {
          @Override
          public void leftOut(String title, String reason) {
            leftOut.add(title + ": " + reason);
          }
        };
    try (ReferenceBackend small =
        new ReferenceBackend() {
          @Override
          public long maxAllocationBytes() {
            return 1 << 20;
          }
        }) {
      Report report =
          Benchmark.on(small)
              .effort(ONCE)
              .scale(TINY)
              .listener(listener)
              .convolution(ConvolutionShapes.parse("1,8,256,256,1,1,1,1,0"))
              .run();
      assertThat(report.results())
          .allSatisfy(result -> assertThat(result.subject().op()).isEqualTo("ceiling"));
      assertThat(leftOut)
          .hasSize(3)
          .allSatisfy(line -> assertThat(line).contains("allocates at most 1048576"));
    }
  }

  @Test
  void beginsNothingWhenTheTimeIsOver() {
    List<String> ended = new ArrayList<>();
    BenchmarkListener listener =
        new BenchmarkListener() {
          @Override
          public void ended(int left, String first) {
            ended.add(left + " from " + first);
          }
        };
    try (ReferenceBackend backend = new ReferenceBackend()) {
      Report report =
          Benchmark.on(backend)
              .effort(ONCE)
              .scale(TINY)
              .budget(Duration.ofNanos(1))
              .listener(listener)
              .dense()
              .model("lenet", 2)
              .run();
      assertThat(report.results())
          .isNotEmpty()
          .allSatisfy(result -> assertThat(result.subject().op()).isEqualTo("ceiling"));
      assertThat(ended).containsExactly("5 from dense forward 2,3,4");
      assertThat(report.properties()).containsEntry("left out", "the last 5 of 6 cases");
    }
  }

  @Test
  void hasARowForEveryRuleAndEveryLoss() {
    List<String> rows = CaseTable.of(TINY).stream().map(OperatorCase::op).toList();
    // AdamW is Adam, and the rest goes by its own name.
    for (UpdateRule.Kind kind : UpdateRule.Kind.values()) {
      assertThat(rows).contains(kind.name().toLowerCase(Locale.ROOT));
    }
    assertThat(rows).contains("trust_ratios", "clip_norm", "moving_average");
    for (Loss.Kind kind : Loss.Kind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      assertThat(rows).anyMatch(name::startsWith);
    }
  }

  @Test
  void countsTheOperationsOfAModel() {
    Network network = Network.input(2, 6, 5).conv2d(4, 3).relu().flatten().dense(7).build();
    double convolution = 2.0 * 4 * 6 * 5 * 2 * 3 * 3;
    double dense = 2.0 * 7 * 4 * 6 * 5;
    assertThat(new ModelCase("lenet", 3, false).flops(network))
        .isEqualTo(3 * (convolution + dense));
    assertThat(new ModelCase("lenet", 3, true).flops(network))
        .isEqualTo(3 * (2 * convolution + 3 * dense));
  }

  @Test
  void refusesUnknownModelsAndEmptyBatches() {
    try (ReferenceBackend backend = new ReferenceBackend()) {
      Benchmark benchmark = Benchmark.on(backend);
      assertThatThrownBy(() -> benchmark.model("alexnet"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("unknown model alexnet");
      assertThatThrownBy(() -> benchmark.model("lenet", 0)).hasMessageContaining("batch is 0");
    }
  }
}
