package dev.gabor.opencl;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_device_partition_property;
import org.jocl.cl_platform_id;

/** The drivers that libOpenCL finds, through JOCL, and the native handles of their devices. */
final class JoclDrivers implements Drivers {
  private static final int PLATFORM_NOT_FOUND = -1001;
  private static final int INVALID_PLATFORM_OR_DEVICE_TYPE = -31;

  /**
   * JOCL's constant is -1, all 64 bits, which rusticl refuses: the type is 32 bits of a 64-bit
   * word.
   */
  private static final long ALL_DEVICE_TYPES = 0xFFFFFFFFL;

  /** JOCL's constant is deprecated, as OpenCL 2.0 deprecates the property; drivers still answer. */
  private static final int HOST_UNIFIED_MEMORY = 0x1035;

  private final Map<String, Handles> handles = new ConcurrentHashMap<>();
  private final Map<String, Optional<cl_device_id[]>> halves = new ConcurrentHashMap<>();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();

  /** The native names of one device. */
  record Handles(cl_platform_id platform, cl_device_id device) {}

  /** The native names of a device that this object listed. */
  Handles handles(Device device) {
    Handles found = handles.get(device.id());
    if (found == null) {
      throw new IllegalArgumentException(
          "there is no device " + device.title() + " in this machine");
    }
    return found;
  }

  /**
   * The two halves of a device with two cores where PoCL computes, for one at a time: two that wait
   * in kernels would wait crosswise for the same threads for ever. Where PoCL waits for its threads
   * when the process ends there are none, as one may then wait for a half that was never launched.
   */
  Optional<cl_device_id[]> takeHalves(Device device) {
    if (!device.isPoclBefore7() || !device.isCpu() || device.computeUnits() != 2) {
      return Optional.empty();
    }
    if (!taken.add(device.id())) {
      return Optional.empty();
    }
    // Made once and kept, as devices are: PoCL frees a part of a device though queues use it.
    Optional<cl_device_id[]> made =
        halves.computeIfAbsent(device.id(), id -> halve(handles(device).device()));
    if (made.isEmpty()) {
      giveHalvesBack(device);
    }
    return made;
  }

  /** After {@link #takeHalves} gave them, and nothing runs there any more. */
  void giveHalvesBack(Device device) {
    taken.remove(device.id());
  }

  private static Optional<cl_device_id[]> halve(cl_device_id whole) {
    cl_device_partition_property equally = new cl_device_partition_property();
    equally.addProperty(CL.CL_DEVICE_PARTITION_EQUALLY, 1);
    cl_device_id[] parts = new cl_device_id[2];
    int status = CL.clCreateSubDevices(whole, equally, parts.length, parts, null);
    return status == CL.CL_SUCCESS ? Optional.of(parts) : Optional.empty();
  }

  @Override
  public List<Driver> platforms() {
    load();
    int[] count = new int[1];
    int status = CL.clGetPlatformIDs(0, null, count);
    if (status == PLATFORM_NOT_FOUND || count[0] == 0) {
      return List.of();
    }
    Status.check(status, "clGetPlatformIDs", "counting platforms");
    cl_platform_id[] ids = new cl_platform_id[count[0]];
    Status.check(CL.clGetPlatformIDs(ids.length, ids, null), "clGetPlatformIDs", "listing");
    return IntStream.range(0, ids.length)
        .<Driver>mapToObj(index -> new JoclDriver(index, ids[index]))
        .toList();
  }

  /**
   * Loads JOCL and libOpenCL, the first time in this JVM. Without unique library names several JVMs
   * that start cold at once share one half-written file and crash. With no libOpenCL, JOCL's native
   * code prints to stdout from within the class initialiser, where nobody can reach it but through
   * the message that JOCL logs just before: that message turns its printing off.
   */
  private static void load() {
    System.setProperty("uniqueLibraryNames", "true");
    Logger logger = Logger.getLogger("org.jocl.LibTracker");
    Level level = logger.getLevel();
    logger.setLevel(Level.FINE);
    logger.setFilter(
        entry -> {
          if (entry.getMessage().startsWith("Trying library")) {
            CL.setLogLevel(CL.LogLevel.LOG_QUIET);
          }
          return false;
        });
    try {
      CL.setExceptionsEnabled(false);
    } finally {
      logger.setFilter(null);
      logger.setLevel(level);
    }
  }

  private final class JoclDriver implements Driver {
    private final int index;
    private final cl_platform_id id;

    JoclDriver(int index, cl_platform_id id) {
      this.index = index;
      this.id = id;
    }

    @Override
    public String name() {
      return text(CL.CL_PLATFORM_NAME);
    }

    @Override
    public String vendor() {
      return text(CL.CL_PLATFORM_VENDOR);
    }

    @Override
    public String version() {
      return text(CL.CL_PLATFORM_VERSION);
    }

    @Override
    public int deviceCount() {
      int[] count = new int[1];
      int status = CL.clGetDeviceIDs(id, ALL_DEVICE_TYPES, 0, null, count);
      if (status == CL.CL_DEVICE_NOT_FOUND || status == INVALID_PLATFORM_OR_DEVICE_TYPE) {
        return 0;
      }
      Status.check(status, "clGetDeviceIDs", "counting the devices of platform " + index);
      return count[0];
    }

    @Override
    public Optional<String> flaw(int deviceIndex) {
      DeviceInfo info = info(deviceIndex);
      if (info.number(CL.CL_DEVICE_AVAILABLE) == 0) {
        return Optional.of("is not available");
      }
      if (info.number(CL.CL_DEVICE_COMPILER_AVAILABLE) == 0) {
        return Optional.of("has no compiler");
      }
      return Optional.empty();
    }

    @Override
    public Device device(int platformIndex, int deviceIndex) {
      DeviceInfo info = info(deviceIndex);
      Device device =
          new Device(
              platformIndex,
              deviceIndex,
              info.text(CL.CL_DEVICE_NAME),
              info.text(CL.CL_DEVICE_VENDOR),
              name(),
              version(),
              info.text(CL.CL_DRIVER_VERSION),
              info.text(CL.CL_DEVICE_VERSION),
              type(info.number(CL.CL_DEVICE_TYPE)),
              (int) info.number(CL.CL_DEVICE_MAX_COMPUTE_UNITS),
              (int) info.number(CL.CL_DEVICE_MAX_CLOCK_FREQUENCY),
              info.number(HOST_UNIFIED_MEMORY) != 0,
              info.number(CL.CL_DEVICE_GLOBAL_MEM_SIZE),
              info.number(CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
              info.number(CL.CL_DEVICE_LOCAL_MEM_SIZE),
              (int) info.number(CL.CL_DEVICE_MAX_WORK_GROUP_SIZE),
              (int) Math.max(1, info.number(CL.CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT)),
              (int) Math.max(1, info.number(CL.CL_DEVICE_MEM_BASE_ADDR_ALIGN) / Byte.SIZE),
              Set.of(info.text(CL.CL_DEVICE_EXTENSIONS).split("\\s+")));
      handles.put(device.id(), new Handles(id, info.device()));
      return device;
    }

    private DeviceInfo info(int deviceIndex) {
      cl_device_id[] ids = new cl_device_id[deviceCount()];
      int status = CL.clGetDeviceIDs(id, ALL_DEVICE_TYPES, ids.length, ids, null);
      Status.check(status, "clGetDeviceIDs", "listing the devices of platform " + index);
      return new DeviceInfo(ids[deviceIndex], "device " + index + ":" + deviceIndex);
    }

    private String text(int parameter) {
      return Info.text(
          "clGetPlatformInfo",
          "platform " + index,
          (size, target, needed) -> CL.clGetPlatformInfo(id, parameter, size, target, needed));
    }

    private static Device.Type type(long bits) {
      if ((bits & CL.CL_DEVICE_TYPE_GPU) != 0) {
        return Device.Type.GPU;
      }
      if ((bits & CL.CL_DEVICE_TYPE_ACCELERATOR) != 0) {
        return Device.Type.ACCELERATOR;
      }
      return (bits & CL.CL_DEVICE_TYPE_CPU) != 0 ? Device.Type.CPU : Device.Type.OTHER;
    }
  }

  /** Asks one device for its properties. */
  private record DeviceInfo(cl_device_id device, String label) {
    String text(int parameter) {
      return Info.text("clGetDeviceInfo", label, query(parameter));
    }

    long number(int parameter) {
      return Info.number("clGetDeviceInfo", label, query(parameter));
    }

    private Info.Query query(int parameter) {
      return (size, target, needed) -> CL.clGetDeviceInfo(device, parameter, size, target, needed);
    }
  }
}
