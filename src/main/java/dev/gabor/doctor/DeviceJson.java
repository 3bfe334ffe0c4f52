package dev.gabor.doctor;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import dev.gabor.opencl.Device;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A device as JSON. */
final class DeviceJson {
  private DeviceJson() {}

  static JsonObject write(Device device) {
    JsonObject json = new JsonObject();
    json.put("id", device.id());
    json.put("name", device.name());
    json.put("vendor", device.vendor());
    json.put("type", device.type().name().toLowerCase(Locale.ROOT));
    json.put("version", device.version());
    json.put("driver_version", device.driverVersion());
    json.put("compute_units", device.computeUnits());
    json.put("clock_mhz", device.clockMhz());
    json.put("memory_bytes", device.globalMemoryBytes());
    json.put("max_allocation_bytes", device.maxAllocationBytes());
    json.put("local_memory_bytes", device.localMemoryBytes());
    json.put("max_work_group_size", device.maxWorkGroupSize());
    json.put("vector_width_float", device.preferredVectorWidthFloat());
    json.put("alignment_bytes", device.alignmentBytes());
    json.put("unified_memory", device.unifiedMemory());
    json.put("extensions", new JsonArray(new TreeSet<>(device.extensions())));
    return json;
  }

  /**
   * Reads what {@link #write} has written, as a device of a platform.
   *
   * @param platformIndex under which the device is to be named
   */
  static Device read(
      JsonObject json, int platformIndex, String platformName, String platformVersion) {
    Set<String> extensions =
        json.getArray("extensions").stream().map(String::valueOf).collect(Collectors.toSet());
    String[] id = json.getString("id").split(":", -1);
    return new Device(
        platformIndex,
        Integer.parseInt(id[2]),
        json.getString("name"),
        json.getString("vendor"),
        platformName,
        platformVersion,
        json.getString("driver_version"),
        json.getString("version"),
        Device.Type.valueOf(json.getString("type").toUpperCase(Locale.ROOT)),
        json.getInt("compute_units"),
        json.getInt("clock_mhz"),
        json.getBoolean("unified_memory"),
        json.getLong("memory_bytes"),
        json.getLong("max_allocation_bytes"),
        json.getLong("local_memory_bytes"),
        json.getInt("max_work_group_size"),
        json.getInt("vector_width_float"),
        json.getInt("alignment_bytes"),
        extensions);
  }
}
