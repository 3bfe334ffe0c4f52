package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.DeviceClass;
import dev.gabor.backend.tuning.ShippedDefaults;
import dev.gabor.bench.ConvolutionShapes;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What ships for classes of devices. */
class ClassDefaultsTest {
  /** Plain, strided, depthwise, grouped, dense. */
  private static final List<Convolution> PROBLEMS =
      List.of(
          Convolution.of(2, 16, 8, 8, 16, 3, 3, 1, 1, 1, 1),
          Convolution.of(2, 16, 8, 8, 32, 5, 5, 2, 2, 1, 1),
          Convolution.of(2, 16, 8, 8, 16, 3, 3, 1, 1, 1, 16),
          Convolution.of(2, 16, 8, 8, 16, 3, 3, 1, 1, 1, 4),
          Convolution.dense(4, 16, 10));

  @ParameterizedTest
  @EnumSource(
      value = DeviceClass.class,
      names = {"NVIDIA", "AMD", "INTEL"})
  void whatWasNotMeasuredIsTheHeuristic(DeviceClass deviceClass) {
    ShippedDefaults defaults = ShippedDefaults.of(deviceClass);
    assertThat(defaults.areMeasured()).isFalse();
    assertThat(defaults.source()).contains("estimates");
    assertThat(TileWeights.of(defaults.numbers("tile_choice"))).isEqualTo(TileWeights.ESTIMATED);
    assertThat(defaults.numbers("tile_choice")).hasSize(4);
    Device device = OpenCl.devices().get(0);
    try (Backend opened = new OpenClBackend(device);
        Backend backend = opened.family("gpu")) {
      for (Convolution c : PROBLEMS) {
        for (Pass pass : Pass.values()) {
          List<String> possible = backend.convolution().algorithms(c, pass);
          assertThat(defaults.algorithms(new ConvolutionProblem(c, pass)))
              .filteredOn(possible::contains)
              .first()
              .isEqualTo(ConvolutionHeuristic.choose(c, pass, false, possible));
        }
      }
    }
  }

  /**
   * For the staged Winograd at its thresholds, below each of them, and for a filter with a stride.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10,128,10,10,128,3,3,1,1 | winograd4_staged",
        "10,96,10,10,192,3,3,1,1 | winograd4_staged",
        "9,128,10,11,128,3,3,1,1 | tiled",
        "10,127,10,10,128,3,3,1,1 | tiled",
        "400,128,2,2,128,3,3,1,1 | tiled",
        "40,128,10,10,128,3,3,2,1 | tiled",
        "10,128,10,10,128,3,3,1,1,1,128 | depthwise"
      })
  void theHeuristicOfGpusAndTheirDefaultsAgree(String problem, String expected) {
    Convolution c = ConvolutionShapes.parse(problem);
    try (Backend opened = new OpenClBackend(OpenCl.devices().get(0));
        Backend backend = opened.family("gpu")) {
      for (Pass pass : Pass.values()) {
        List<String> possible = backend.convolution().algorithms(c, pass);
        assertThat(ConvolutionHeuristic.choose(c, pass, false, possible)).isEqualTo(expected);
        for (DeviceClass gpu : List.of(DeviceClass.NVIDIA, DeviceClass.AMD, DeviceClass.INTEL)) {
          assertThat(ShippedDefaults.of(gpu).algorithms(new ConvolutionProblem(c, pass)))
              .filteredOn(possible::contains)
              .first()
              .isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void otherDevicesHaveNone() {
    ShippedDefaults none = ShippedDefaults.of(DeviceClass.OTHER);
    assertThat(none.problems()).isEmpty();
    assertThat(TileWeights.of(none.numbers("tile_choice"))).isEqualTo(TileWeights.ESTIMATED);
  }

  @Test
  void thoseOfCpusNameProblemsAndAlgorithmsThatThereAre() {
    ShippedDefaults defaults = ShippedDefaults.of(DeviceClass.CPU);
    assertThat(defaults.areMeasured()).isTrue();
    assertThat(defaults.source()).contains("PoCL");
    assertThat(defaults.problems()).doesNotHaveDuplicates();
    Device device = OpenCl.devices().stream().filter(Device::isCpu).findFirst().orElseThrow();
    try (Backend backend = new OpenClBackend(device)) {
      for (String line : defaults.problems()) {
        String[] words = line.split(" ", 2);
        Pass pass = Pass.valueOf(words[0].toUpperCase(Locale.ROOT));
        Convolution c = ConvolutionShapes.parse(words[1]);
        assertThat(c).hasToString(words[1]);
        assertThat(defaults.algorithms(new ConvolutionProblem(c, pass)))
            .isNotEmpty()
            .extracting(ConvolutionOps::withoutParameters)
            .isSubsetOf(backend.convolution().algorithms(c, pass));
      }
    }
  }

  @Test
  void aKnownProblemIsKnownForHalfAndTwiceTheImages() {
    ShippedDefaults defaults = ShippedDefaults.of(DeviceClass.CPU);
    String[] words = defaults.problems().get(0).split(" ", 2);
    Pass pass = Pass.valueOf(words[0].toUpperCase(Locale.ROOT));
    Convolution c = ConvolutionShapes.parse(words[1]);
    List<Integer> known = new ArrayList<>();
    for (int images : Set.of(c.n() / 4, c.n() / 2, c.n(), 2 * c.n(), 4 * c.n())) {
      if (!defaults.algorithms(new ConvolutionProblem(c.withBatch(images), pass)).isEmpty()) {
        known.add(images);
      }
    }
    assertThat(known).containsExactlyInAnyOrder(c.n() / 2, c.n(), 2 * c.n());
  }

  @ParameterizedTest
  @CsvSource({
    "GPU,NVIDIA Corporation,NVIDIA",
    "GPU,'Advanced Micro Devices, Inc.',AMD",
    "GPU,AMD,AMD",
    "GPU,Intel(R) Corporation,INTEL",
    "GPU,Apple,OTHER",
    "GPU,Samdung,OTHER",
    "CPU,GenuineIntel,CPU",
    "CPU,AuthenticAMD,CPU",
    "ACCELERATOR,Xilinx,OTHER"
  })
  void aDeviceIsOfTheClassOfItsMaker(Device.Type type, String vendor, DeviceClass expected) {
    assertThat(DeviceKey.deviceClass(device(type, vendor, 8))).isEqualTo(expected);
  }

  @Test
  void theKeyTellsDevicesOfOneNameApart() {
    assertThat(DeviceKey.of(device(Device.Type.GPU, "AMD", 8)))
        .isEqualTo(DeviceKey.of(device(Device.Type.GPU, "AMD", 8)))
        .isNotEqualTo(DeviceKey.of(device(Device.Type.GPU, "AMD", 16)));
    assertThat(DeviceKey.of(device(Device.Type.GPU, "AMD", 8)).kernels()).matches("[0-9a-f]{16}");
  }

  private static Device device(Device.Type type, String vendor, int units) {
    return new Device(
        0,
        0,
        "name",
        vendor,
        "platform",
        "1",
        "2",
        "3",
        type,
        units,
        0,
        false,
        1L << 30,
        1L << 28,
        32768,
        256,
        1,
        64,
        Set.of());
  }
}
