package dev.gabor;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.opencl.OpenClBackend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenClException;
import java.util.List;
import java.util.Optional;

/**
 * A device that was chosen and is not open yet.
 *
 * @param device the OpenCL device; empty for the CPU reference
 * @param remarks one line for each better device that was left out, and one for the fallback to the
 *     CPU reference with what to install; empty where the choice needs no words
 */
public record DeviceChoice(Optional<Device> device, List<String> remarks) {
  /** Copies the remarks. */
  public DeviceChoice {
    remarks = List.copyOf(remarks);
  }

  /** The name that {@link Gabor#choose} takes: {@code cpu} or {@code opencl:P:D}. */
  public String name() {
    return device.map(Device::id).orElse("cpu");
  }

  /**
   * Opens the device. Whoever opens it closes it.
   *
   * @throws DeviceException if the driver refuses
   */
  public Backend open() {
    return open(BackendOptions.STANDARD);
  }

  /**
   * Opens the device. Whoever opens it closes it.
   *
   * @param options without a chooser, algorithms are taken from what the user has measured, then
   *     from what ships for the class of the device, then by the heuristic
   * @throws DeviceException if the driver refuses
   */
  public Backend open(BackendOptions options) {
    if (device.isEmpty()) {
      return new ReferenceBackend();
    }
    try {
      return new OpenClBackend(
          device.get(),
          options.chooser().isPresent()
              ? options
              : options.withChooser(Gabor.tuningStore()::chooser));
    } catch (OpenClException e) {
      throw new DeviceException(device.get().title() + " cannot be opened: " + e.getMessage(), e);
    }
  }
}
