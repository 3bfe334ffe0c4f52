package dev.gabor.opencl;

import java.util.List;

/**
 * One installed OpenCL driver and its usable devices, in the driver's order.
 *
 * @param index position among the installed platforms, from 0
 * @param version for example "OpenCL 3.0 PoCL 3.1"
 */
public record Platform(
    int index, String name, String vendor, String version, List<Device> devices) {

  /** Copies the devices. */
  public Platform {
    devices = List.copyOf(devices);
  }
}
