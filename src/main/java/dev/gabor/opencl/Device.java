package dev.gabor.opencl;

import java.util.Set;

/**
 * What a driver says about one device. Pure data: it holds no native object and needs no closing.
 *
 * @param platformIndex position of the platform in {@link OpenCl#platforms()}, from 0
 * @param deviceIndex position of the device in its platform, from 0
 * @param vendor the device's vendor
 * @param version for example "OpenCL 3.0 CUDA"
 * @param clockMhz maximum clock in MHz; 0 where the driver does not know
 * @param unifiedMemory whether device and host share their memory (CPUs, integrated GPUs)
 * @param maxAllocationBytes the largest single buffer
 * @param preferredVectorWidthFloat floats in a native vector, at least 1
 * @param alignmentBytes a slice of a buffer must begin at a multiple of this
 * @param extensions names such as "cl_khr_fp16"
 */
public record Device(
    int platformIndex,
    int deviceIndex,
    String name,
    String vendor,
    String platformName,
    String platformVersion,
    String driverVersion,
    String version,
    Type type,
    int computeUnits,
    int clockMhz,
    boolean unifiedMemory,
    long globalMemoryBytes,
    long maxAllocationBytes,
    long localMemoryBytes,
    int maxWorkGroupSize,
    int preferredVectorWidthFloat,
    int alignmentBytes,
    Set<String> extensions) {

  /** The kinds of devices, most wanted first. */
  public enum Type {
    GPU,
    ACCELERATOR,
    CPU,
    OTHER
  }

  /** Copies the extensions. */
  public Device {
    extensions = Set.copyOf(extensions);
  }

  /** The name that {@code --device} takes: {@code opencl:P:D}. */
  public String id() {
    return "opencl:" + platformIndex + ":" + deviceIndex;
  }

  /** Id and name, for messages. */
  public String title() {
    return id() + " (" + name + ")";
  }

  /** Whether the device is a CPU, where local memory gains nothing and work-groups are loops. */
  public boolean isCpu() {
    return type == Type.CPU;
  }

  /** Whether PoCL runs the device. */
  boolean isPocl() {
    return platformName.equals("Portable Computing Language");
  }

  /** Whether it is a PoCL that does not wait for its threads when the process ends: below 7.0. */
  boolean isPoclBefore7() {
    return isPocl() && platformVersion.matches(".*PoCL [1-6]\\..*");
  }

  /** Whether the device names an extension, for example "cl_khr_fp16". */
  public boolean has(String extension) {
    return extensions.contains(extension);
  }

  /**
   * One line that changes whenever compiled programs or measured times stop being valid: platform
   * and its version, device and its version, driver.
   */
  public String fingerprint() {
    return String.join(" | ", platformName, platformVersion, name, version, driverVersion);
  }
}
