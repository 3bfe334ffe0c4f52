package dev.gabor.opencl;

import java.util.List;
import java.util.Optional;
import org.jocl.cl_device_id;

/**
 * The OpenCL devices of this machine. The drivers are asked once per JVM, on the first call, and no
 * answer of theirs makes a call here throw: without libOpenCL, without drivers or with broken ones
 * the lists are empty and {@link #problem()} says why.
 */
public final class OpenCl {
  private OpenCl() {}

  /** Every usable device of every driver, best first; the first is what "auto" means. */
  public static List<Device> devices() {
    return Installed.PROBE.devices();
  }

  /** Every installed platform with its usable devices. */
  public static List<Platform> platforms() {
    return Installed.PROBE.platforms();
  }

  /** One line for each platform or device that was left out, with the reason. */
  public static List<String> skipped() {
    return Installed.PROBE.skipped();
  }

  /** One line that says why there is no device and what to install; empty if there is a device. */
  public static Optional<String> problem() {
    return Installed.PROBE.problem();
  }

  /** Why a device comes before the others that could be used in its place. */
  public static String reason(Device device) {
    return DeviceRanking.reason(device, devices());
  }

  static JoclDrivers.Handles handles(Device device) {
    return Installed.DRIVERS.handles(device);
  }

  static Optional<cl_device_id[]> takeHalves(Device device) {
    return Installed.DRIVERS.takeHalves(device);
  }

  static void giveHalvesBack(Device device) {
    Installed.DRIVERS.giveHalvesBack(device);
  }

  /** Loaded, and the drivers asked, on first use. */
  private static final class Installed {
    static final JoclDrivers DRIVERS = new JoclDrivers();
    static final Probe PROBE = Probe.run(DRIVERS, System.getProperty("os.name"));
  }
}
