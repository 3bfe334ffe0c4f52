package dev.gabor.opencl;

/** The device that every OpenCL test runs on; a machine without it fails them. */
public final class Pocl {
  private Pocl() {}

  /** The PoCL device. */
  public static Device device() {
    return OpenCl.devices().stream()
        .filter(device -> device.platformName().equals("Portable Computing Language"))
        .findFirst()
        .orElseThrow(
            () ->
                new AssertionError(
                    "the tests need PoCL (apt-get install pocl-opencl-icd): "
                        + OpenCl.problem().orElse("only other devices are installed")));
  }
}
