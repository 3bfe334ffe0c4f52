package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is left of drivers that answer all kinds of things. */
class ProbeTest {
  @Test
  void ranksGpuThenAcceleratorThenCpuThenPower() {
    Device cpu = device(0, 0, Device.Type.CPU, 64, 4000, true);
    Device accelerator = device(0, 1, Device.Type.ACCELERATOR, 1, 100, false);
    Device integrated = device(1, 0, Device.Type.GPU, 96, 1300, true);
    Device small = device(2, 0, Device.Type.GPU, 20, 1500, false);
    Device large = device(2, 1, Device.Type.GPU, 80, 1500, false);
    Device other = device(3, 0, Device.Type.OTHER, 999, 9999, false);
    assertThat(DeviceRanking.bestFirst(List.of(other, cpu, accelerator, integrated, small, large)))
        .containsExactly(large, small, integrated, accelerator, cpu, other);
  }

  @Test
  void ranksEqualDevicesInTheDriversOrder() {
    Device first = device(0, 0, Device.Type.GPU, 8, 1000, false);
    Device second = device(0, 1, Device.Type.GPU, 8, 1000, false);
    Device third = device(1, 0, Device.Type.GPU, 8, 1000, false);
    assertThat(DeviceRanking.bestFirst(List.of(third, second, first)))
        .containsExactly(first, second, third);
  }

  @Test
  void powerDoesNotOverflowOrVanish() {
    assertThat(DeviceRanking.power(device(0, 0, Device.Type.GPU, 1 << 20, 1 << 20, false)))
        .isEqualTo(4L << 40);
    assertThat(DeviceRanking.power(device(0, 0, Device.Type.GPU, 16, 0, false))).isEqualTo(64);
  }

  @Test
  void survivesEmptyAndBrokenPlatforms() {
    Device good = device(3, 0, Device.Type.CPU, 2, 2000, true);
    Fake empty = new Fake("empty");
    Fake broken = new Fake("broken");
    broken.failure = Optional.of(OpenClException.failed("clGetDeviceIDs", -6, "fake"));
    Fake half = new Fake("half");
    half.devices.add(device(2, 0, Device.Type.GPU, 9, 9, false));
    half.flaw = Optional.of("has no compiler");
    Fake fine = new Fake("fine");
    fine.devices.add(good);

    Probe probe = Probe.run(() -> List.of(empty, broken, half, fine), "Linux");

    assertThat(probe.devices()).containsExactly(good);
    assertThat(probe.problem()).isEmpty();
    assertThat(probe.platforms()).extracting(Platform::index).containsExactly(0, 2, 3);
    assertThat(probe.skipped())
        .containsExactly(
            "platform 0 (empty) has no devices",
            "platform 1 (broken): clGetDeviceIDs failed with CL_OUT_OF_HOST_MEMORY (-6): fake",
            "platform 2 (half), device 0 (name 2:0) has no compiler");
  }

  @Test
  void skipsOldDrivers() {
    Fake old = new Fake("old");
    old.devices.add(withVersion("OpenCL 1.1 Mesa"));
    old.devices.add(withVersion("no version"));
    old.devices.add(withVersion("OpenCL 1.2 "));
    old.devices.add(withVersion("OpenCL 3.0 PoCL"));
    Probe probe = Probe.run(() -> List.of(old), "Linux");
    assertThat(probe.devices())
        .extracting(Device::version)
        .containsExactly("OpenCL 1.2 ", "OpenCL 3.0 PoCL");
    assertThat(probe.skipped()).hasSize(2);
    assertThat(probe.skipped().get(0)).contains("\"OpenCL 1.1 Mesa\", OpenCL 1.2 is needed");
  }

  @Test
  void saysWhatToInstallWhereTheLibraryIsMissing() {
    Probe probe =
        Probe.run(
            () -> {
              throw new UnsatisfiedLinkError(
                  "Could not initialize native OpenCL library. Implementation library could not");
            },
            "Linux");
    assertThat(probe.devices()).isEmpty();
    assertThat(probe.problem().orElseThrow())
        .startsWith("no OpenCL device: libOpenCL is not installed; install")
        .contains("apt-get install pocl-opencl-icd", "dnf install", "pacman -S")
        .doesNotContain("\n");
  }

  @Test
  void tellsABrokenBindingFromAMissingLibrary() {
    Probe probe =
        Probe.run(
            () -> {
              throw new NoClassDefFoundError("Could not initialize class org.jocl.CL\nat …");
            },
            "Mac OS X");
    assertThat(probe.problem().orElseThrow())
        .contains("JOCL's native library cannot be loaded: Could not initialize class")
        .contains("brew install pocl")
        .doesNotContain("\n");
  }

  @Test
  void namesEveryReasonWhenNothingIsLeft() {
    Fake empty = new Fake("rusticl");
    Probe probe = Probe.run(() -> List.of(empty), "Windows 11");
    assertThat(probe.problem().orElseThrow())
        .contains("platform 0 (rusticl) has no devices")
        .contains("graphics driver of your GPU's vendor");
    assertThat(Probe.run(List::of, "Linux").problem().orElseThrow()).contains("finds no driver");
  }

  private static Device device(
      int platform, int index, Device.Type type, int units, int mhz, boolean unified) {
    return new Device(
        platform,
        index,
        "name " + platform + ":" + index,
        "vendor",
        "platform",
        "OpenCL 3.0",
        "driver",
        "OpenCL 3.0",
        type,
        units,
        mhz,
        unified,
        1 << 30,
        1 << 28,
        1 << 15,
        256,
        4,
        128,
        Set.of());
  }

  private static Device withVersion(String version) {
    return new Device(
        0,
        0,
        "n",
        "v",
        "p",
        "pv",
        "d",
        version,
        Device.Type.CPU,
        1,
        1,
        true,
        1,
        1,
        1,
        1,
        1,
        1,
        Set.of());
  }

  /** A driver with given answers. */
  private static final class Fake implements Drivers.Driver {
    private final String name;
    private final List<Device> devices = new ArrayList<>();
    private Optional<OpenClException> failure = Optional.empty();
    private Optional<String> flaw = Optional.empty();

    Fake(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String vendor() {
      return "vendor of " + name;
    }

    @Override
    public String version() {
      return "OpenCL 3.0";
    }

    @Override
    public int deviceCount() {
      failure.ifPresent(
          e -> {
            throw e;
          });
      return devices.size();
    }

    @Override
    public Optional<String> flaw(int deviceIndex) {
      return flaw;
    }

    @Override
    public Device device(int platformIndex, int deviceIndex) {
      return devices.get(deviceIndex);
    }
  }
}
