package dev.gabor.backend;

import dev.gabor.backend.opencl.OpenClBackend;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/**
 * The backends that every operator test runs on:
 * {@code @MethodSource("dev.gabor.backend.Backends#all")}.
 */
public final class Backends {
  private Backends() {}

  /** Opens a backend; the test closes it. */
  @FunctionalInterface
  public interface Opener {
    /** Opens it. */
    Backend open();
  }

  /** The CPU reference and every OpenCL device. */
  public static Stream<Named<Opener>> all() {
    return Stream.concat(Stream.of(Named.of("cpu", ReferenceBackend::new)), devices());
  }

  /** Every OpenCL device; at least one must be there. */
  public static Stream<Named<Opener>> devices() {
    List<Device> devices = OpenCl.devices();
    if (devices.isEmpty()) {
      throw new IllegalStateException(
          "the tests need an OpenCL device: " + OpenCl.problem().orElse("none found"));
    }
    return devices.stream()
        .map(device -> Named.of(device.title(), () -> new OpenClBackend(device)));
  }
}
