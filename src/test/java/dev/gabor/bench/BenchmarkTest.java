package dev.gabor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.opencl.OpenClBackend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.opencl.OpenCl;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
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
          new Bench(backend, new Stopwatch(backend, ONCE), 1, 1, false, BenchmarkListener.NONE);
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
    try (Backend backend = new OpenClBackend(OpenCl.devices().get(0), true)) {
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
