package dev.gabor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Backend;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeviceChooserTest {
  private static final Device FAST = device(1, "Fast GPU");
  private static final Device SLOW = device(0, "Slow CPU");

  @Test
  void autoTakesTheFirstDeviceThatPasses() {
    DeviceChoice choice = passing(FAST, SLOW).choose("auto");
    assertThat(choice.device()).contains(FAST);
    assertThat(choice.name()).isEqualTo("opencl:1:0");
    assertThat(choice.remarks()).isEmpty();
  }

  @Test
  void autoPassesOverABrokenDeviceAndSaysSo() {
    DeviceChooser chooser = failing(FAST, List.of(FAST, SLOW));
    assertThat(chooser.choose("auto").device()).contains(SLOW);
    assertThat(chooser.choose("AUTO").remarks()).containsExactly("Fast GPU computed 3, not 4");
    assertThat(chooser.choose("opencl").device()).contains(SLOW);
  }

  @Test
  void autoFallsBackToTheReferenceWithOneLine() {
    DeviceChoice choice = none().choose("auto");
    assertThat(choice.device()).isEmpty();
    assertThat(choice.remarks())
        .containsExactly("training goes on with the CPU reference: no driver; install one");
    try (Backend backend = choice.open()) {
      assertThat(backend.name()).isEqualTo(choice.name()).isEqualTo("cpu");
    }
    assertThat(failing(SLOW, List.of(SLOW)).choose("auto").remarks())
        .containsExactly("training goes on with the CPU reference: Slow CPU computed 3, not 4");
  }

  @Test
  void openclFailsWhereThereIsNone() {
    for (String name : List.of("opencl", "opencl:0:0", "OpenCL")) {
      assertThatThrownBy(() -> none().choose(name))
          .isInstanceOf(DeviceException.class)
          .hasMessage("no driver; install one");
    }
    assertThatThrownBy(() -> failing(SLOW, List.of(SLOW)).choose("opencl"))
        .isInstanceOf(DeviceException.class)
        .hasMessage("Slow CPU computed 3, not 4");
  }

  @Test
  void idsAndPartsOfNamesFindTheirDevice() {
    DeviceChooser chooser = passing(FAST, SLOW);
    assertThat(chooser.choose("opencl:0:0").device()).contains(SLOW);
    assertThat(chooser.choose("slow").device()).contains(SLOW);
    assertThat(chooser.choose("PU").device()).contains(FAST);
    assertThat(chooser.choose("cpu").device()).isEmpty();
    assertThatThrownBy(() -> failing(FAST, List.of(FAST, SLOW)).choose("fast"))
        .isInstanceOf(DeviceException.class);
  }

  @Test
  void unknownNamesAreRefusedWithTheDevicesThereAre() {
    for (String name : List.of("radeon", "opencl:7:0", "opencl:x", "", " ")) {
      assertThatThrownBy(() -> passing(FAST, SLOW).choose(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "unknown device \""
                  + name
                  + "\", expected one of auto, cpu, opencl, opencl:1:0 (Fast GPU),"
                  + " opencl:0:0 (Slow CPU), or a part of a device name");
    }
    assertThatThrownBy(() -> none().choose("radeon")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theRealDevicesOpen() {
    assertThat(Gabor.devices()).isNotEmpty().isEqualTo(OpenCl.devices());
    Device last = Gabor.devices().get(Gabor.devices().size() - 1);
    try (Backend backend = Gabor.open(last.id())) {
      assertThat(backend.name()).isEqualTo(last.id());
      assertThat(backend.description()).contains(last.name());
    }
    try (Backend backend = Gabor.open("auto")) {
      assertThat(backend.name()).startsWith("opencl:");
    }
  }

  private static DeviceChooser passing(Device... devices) {
    return new DeviceChooser(List.of(devices), Optional.empty(), device -> Optional.empty());
  }

  private static DeviceChooser failing(Device broken, List<Device> devices) {
    return new DeviceChooser(
        devices,
        Optional.empty(),
        device ->
            device.equals(broken)
                ? Optional.of(device.name() + " computed 3, not 4\nbuild log")
                : Optional.empty());
  }

  private static DeviceChooser none() {
    return new DeviceChooser(
        List.of(), Optional.of("no driver; install one"), device -> Optional.empty());
  }

  private static Device device(int platform, String name) {
    return new Device(
        platform,
        0,
        name,
        "vendor",
        "platform",
        "OpenCL 3.0",
        "1.0",
        "OpenCL 3.0",
        Device.Type.GPU,
        1,
        1000,
        false,
        1 << 30,
        1 << 28,
        1 << 16,
        256,
        4,
        128,
        Set.of());
  }
}
