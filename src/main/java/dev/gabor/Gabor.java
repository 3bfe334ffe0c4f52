package dev.gabor;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.tuning.TuningStore;
import dev.gabor.opencl.CacheFolder;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import dev.gabor.opencl.SelfTest;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way in: finds devices and opens one.
 *
 * <pre>{@code
 * try (Backend backend = Gabor.open("auto")) { … }
 * }</pre>
 */
public final class Gabor {
  private static final Logger LOG = LoggerFactory.getLogger(Gabor.class);

  private Gabor() {}

  /** Every usable OpenCL device, best first; empty where there is none. Never throws. */
  public static List<Device> devices() {
    return OpenCl.devices();
  }

  /**
   * Chooses a device without opening it. OpenCL devices are run through their self-test first.
   *
   * @param name {@code auto} (the best OpenCL device that passes its self-test, else the CPU
   *     reference), {@code cpu} (the CPU reference), {@code opencl} (the best OpenCL device),
   *     {@code opencl:P:D} (that one), or a part of a device name, in any case
   * @throws IllegalArgumentException if no device has that name; the message lists those there are
   * @throws DeviceException if OpenCL is asked for and none is there, or the device fails its
   *     self-test
   */
  public static DeviceChoice choose(String name) {
    return new DeviceChooser(OpenCl.devices(), OpenCl.problem(), SelfTest::run).choose(name);
  }

  /**
   * Chooses a device as {@link #choose} and opens it; the remarks of the choice are logged as
   * warnings, and so is a driver for the CPU in a process without {@link SignalChaining}. Whoever
   * opens it closes it.
   */
  public static Backend open(String name) {
    return open(name, BackendOptions.STANDARD);
  }

  /** The same with kernel times, a limit to scratch memory, or a choice of algorithms. */
  public static Backend open(String name, BackendOptions options) {
    DeviceChoice choice = choose(name);
    choice.remarks().forEach(LOG::warn);
    if (choice.device().filter(device -> device.type() == Device.Type.CPU).isPresent()
        && !SignalChaining.isIn(System.getenv())) {
      SignalChaining.library()
          .ifPresent(
              library ->
                  LOG.warn(
                      "drivers for the CPU hold LLVM, which takes signals from Java, and rarely the"
                          + " process ends with status 139: start Java with {}={}",
                      SignalChaining.VARIABLE,
                      library));
    }
    return choice.open(options);
  }

  /** Where measured choices of algorithms are kept: in the user's folder for caches. */
  public static TuningStore tuningStore() {
    return new TuningStore(CacheFolder.named("tuning"));
  }
}
