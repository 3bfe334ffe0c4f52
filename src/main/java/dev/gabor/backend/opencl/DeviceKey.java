package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceClass;
import dev.gabor.backend.TuningKey;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.ProgramSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What measured choices depend on, read from a device and the kernels of convolutions. */
final class DeviceKey {
  private DeviceKey() {}

  static TuningKey of(Device device) {
    // A CPU driver may be given fewer cores, and parts of a GPU have the GPU's name.
    String name = device.fingerprint() + " | " + device.computeUnits() + " units";
    return new TuningKey(deviceClass(device), name, kernels());
  }

  /** By type first: an Intel CPU is a CPU. */
  static DeviceClass deviceClass(Device device) {
    if (device.isCpu()) {
      return DeviceClass.CPU;
    }
    String vendor = device.vendor().toLowerCase(Locale.ROOT);
    if (vendor.contains("nvidia")) {
      return DeviceClass.NVIDIA;
    }
    if (vendor.contains("advanced micro devices") || vendor.matches("(.*\\W)?amd(\\W.*)?")) {
      return DeviceClass.AMD;
    }
    return vendor.contains("intel") ? DeviceClass.INTEL : DeviceClass.OTHER;
  }

  private static String kernels() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    for (String program : programs()) {
      digest.update(program.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      digest.update(ProgramSource.of(program).text().getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }

  /** The kernel files of all algorithms. */
  static List<String> programs() {
    return Stream.of(
            DirectConvolution.variants(),
            UnfoldConvolution.variants(),
            Gemm.variants(),
            BlockedConvolution.variants(),
            TiledConvolution.variants(),
            WinogradConvolution.variants(),
            StagedWinogradConvolution.variants(),
            DepthwiseConvolution.variants(),
            DepthwiseRowsConvolution.variants(),
            FewChannelsConvolution.variants(),
            RowsConvolution.variants())
        .flatMap(List::stream)
        .map(Variant::program)
        .distinct()
        .sorted()
        .toList();
  }
}
