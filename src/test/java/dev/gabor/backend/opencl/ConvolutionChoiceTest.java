package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionChooser;
import dev.gabor.backend.ConvolutionChooser.Choice;
import dev.gabor.backend.ConvolutionChooser.Origin;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Scratch;
import dev.gabor.check.ConvolutionJudge;
import dev.gabor.check.Verdict;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How a backend takes what it is told to take, and what it may be told. */
class ConvolutionChoiceTest {
  private static final Convolution WINOGRADS = Convolution.of(2, 16, 12, 12, 40, 3, 3, 1, 1, 1, 1);

  static List<Device> devices() {
    assertThat(OpenCl.devices()).isNotEmpty();
    return OpenCl.devices();
  }

  @Test
  void takesTheFirstThatItCanDo() {
    assertThat(choice(chooser("none_such", "tiled:1x1x1/1x1", "direct:7", "unfold", "direct")))
        .isEqualTo(new Choice("unfold", Origin.TUNED));
    assertThat(choice(chooser("depthwise", "blocked:9x9")))
        .isEqualTo(choice(ConvolutionChooser.HEURISTIC));
    assertThat(choice(ConvolutionChooser.HEURISTIC).origin()).isEqualTo(Origin.HEURISTIC);
  }

  @Test
  void choosesNothingThatNeedsMoreThanTheWorkspace() {
    Device device = devices().get(0);
    BackendOptions options = BackendOptions.STANDARD.withChooser(key -> chooser("unfold"));
    try (Backend free = new OpenClBackend(device, options)) {
      for (Pass pass : Pass.values()) {
        long needed = free.convolution().workspaceBytes(WINOGRADS, pass, "unfold");
        assertThat(needed).isPositive();
        try (Backend just = new OpenClBackend(device, options.withWorkspaceBytes(needed));
            Backend less = new OpenClBackend(device, options.withWorkspaceBytes(needed - 1));
            Backend none = new OpenClBackend(device, options.withWorkspaceBytes(0))) {
          assertThat(just.convolution().choose(WINOGRADS, pass)).isEqualTo("unfold");
          Choice other = less.convolution().choice(WINOGRADS, pass);
          assertThat(other.origin()).isEqualTo(Origin.HEURISTIC);
          assertThat(less.convolution().workspaceBytes(WINOGRADS, pass, other.algorithm()))
              .isLessThan(needed);
          String plain = none.convolution().choose(WINOGRADS, pass);
          assertThat(none.convolution().workspaceBytes(WINOGRADS, pass, plain)).isZero();
          assertThat(none.convolution().candidates(WINOGRADS, pass))
              .contains("direct")
              .allMatch(name -> none.convolution().workspaceBytes(WINOGRADS, pass, name) == 0);
          // What is asked for by name is still done.
          assertThat(none.convolution().algorithms(WINOGRADS, pass)).contains("unfold");
        }
      }
    }
    assertThatThrownBy(() -> BackendOptions.STANDARD.withWorkspaceBytes(-1))
        .hasMessageContaining("expected at least 0 bytes, found -1");
  }

  /** Every algorithm with all of its parameters is right, on problems with partial tiles. */
  @ParameterizedTest
  @MethodSource("devices")
  void everyCandidateEqualsTheReference(Device device) {
    Set<String> withParameters = new HashSet<>();
    try (Backend backend = new OpenClBackend(device)) {
      for (Convolution c : List.of(WINOGRADS, Convolution.of(1, 20, 9, 7, 70, 3, 2, 2, 1, 1, 1))) {
        for (Pass pass : Pass.values()) {
          ConvolutionJudge judge = new ConvolutionJudge(new ConvolutionProblem(c, pass));
          for (String candidate : backend.convolution().candidates(c, pass)) {
            Verdict verdict = judge.judge(backend, candidate);
            assertThat(verdict.failure()).as("%s", verdict.line()).isEmpty();
            if (candidate.contains(":")) {
              withParameters.add(pass + " " + ConvolutionOps.withoutParameters(candidate));
            }
          }
        }
      }
    }
    for (Pass pass : Pass.values()) {
      assertThat(withParameters)
          .contains(pass + " tiled", pass + " blocked", pass + " winograd4_staged");
    }
  }

  @Test
  void refusesParametersThatAnAlgorithmDoesNotKnow() {
    try (Scratch scratch = new Scratch(new OpenClBackend(devices().get(0)))) {
      assertRefused(scratch, "tiled:3x3x3/1x1", "unknown tile 3x3x3/1x1, expected one of");
      assertRefused(scratch, "blocked:huge", "unknown register block huge");
      assertRefused(scratch, "direct:7", "direct has no parameters, found 7");
      assertRefused(scratch, "depthwise:7", "algorithm depthwise:7 cannot do this");
    }
  }

  @Test
  void aForcedFamilyKnowsNothingOfWhatWasMeasured() {
    Device device = devices().get(0);
    BackendOptions options = BackendOptions.STANDARD.withChooser(key -> chooser("unfold"));
    try (Backend backend = new OpenClBackend(device, options)) {
      for (String family : backend.families()) {
        boolean own = family.equals(backend.families().get(0));
        ConvolutionOps ops = backend.family(family).convolution();
        assertThat(ops.choose(WINOGRADS, Pass.FORWARD).equals("unfold")).isEqualTo(own);
        assertThat(ops.tuningKey().isPresent()).isEqualTo(own);
      }
    }
  }

  @Test
  void theHashCoversTheKernelsOfAllConvolutions() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("kernels-cl"))) {
      assertThat(DeviceKey.programs())
          .containsAll(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.startsWith("convolution_") && name.endsWith(".cl"))
                  .map(name -> name.substring(0, name.length() - 3))
                  .toList())
          .contains("unfold", "gemm");
    }
  }

  private static void assertRefused(Scratch scratch, String algorithm, String reason) {
    DeviceTensor x = scratch.empty(WINOGRADS.xShape(), Layout.IMAGE);
    DeviceTensor weight = scratch.empty(WINOGRADS.weightShape(), Layout.FILTER);
    DeviceTensor y = scratch.empty(WINOGRADS.yShape(), Layout.IMAGE);
    assertThatThrownBy(
            () ->
                scratch
                    .backend()
                    .convolution()
                    .forward(
                        WINOGRADS,
                        x,
                        weight,
                        DeviceTensor.NONE,
                        y,
                        DeviceTensor.NONE,
                        Activation.IDENTITY,
                        algorithm))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  private static Choice choice(ConvolutionChooser chooser) {
    BackendOptions options = BackendOptions.STANDARD.withChooser(key -> chooser);
    try (Backend backend = new OpenClBackend(devices().get(0), options)) {
      return backend.convolution().choice(WINOGRADS, Pass.FORWARD);
    }
  }

  private static ConvolutionChooser chooser(String... algorithms) {
    return problem -> Stream.of(algorithms).map(name -> new Choice(name, Origin.TUNED)).toList();
  }
}
