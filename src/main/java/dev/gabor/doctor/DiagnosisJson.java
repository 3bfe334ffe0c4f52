package dev.gabor.doctor;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.util.List;

/**
 * A diagnosis for programs: {@code
 * {"system":…,"loader":…,"icd_files":[{"file":…,"library":…,"platforms":[N,…],"skipped":[…],"dangerous":…}],
 * "platforms":[{"index":…,"name":…,"vendor":…,"version":…,"devices":[…]}],"skipped":[…],"chosen":…,"reason":…,
 * "remarks":[…],"advice":[…]}}. A device has {@code fp16}, {@code fp64} and {@code subgroups} as
 * probed, the same with {@code _claimed} as the driver says, and {@code _problem} where a probe
 * failed.
 */
public final class DiagnosisJson {
  private DiagnosisJson() {}

  /** One JSON object in one line. */
  public static String of(Diagnosis diagnosis) {
    JsonObject json = new JsonObject();
    json.put("system", diagnosis.system());
    json.put("loader", diagnosis.loader());
    JsonArray drivers = new JsonArray();
    diagnosis.drivers().forEach(driver -> drivers.add(of(driver)));
    json.put("icd_files", drivers);
    JsonArray platforms = new JsonArray();
    diagnosis.allPlatforms().forEach(platform -> platforms.add(of(platform)));
    json.put("platforms", platforms);
    json.put("skipped", strings(diagnosis.allSkipped()));
    json.put("chosen", diagnosis.choice().name());
    json.put("reason", diagnosis.choice().reason());
    json.put("remarks", strings(diagnosis.choice().remarks()));
    json.put("advice", strings(diagnosis.advice()));
    return JsonWriter.string(json);
  }

  private static JsonObject of(DriverFinding driver) {
    JsonObject json = new JsonObject();
    json.put("file", driver.entry().source());
    json.put("library", driver.entry().library());
    JsonArray platforms = new JsonArray();
    driver.platforms().forEach(platform -> platforms.add(platform.index()));
    json.put("platforms", platforms);
    json.put("skipped", strings(driver.skipped()));
    json.put("dangerous", driver.dangerous());
    return json;
  }

  private static JsonObject of(PlatformFinding platform) {
    JsonObject json = new JsonObject();
    json.put("index", platform.index());
    json.put("name", platform.name());
    json.put("vendor", platform.vendor());
    json.put("version", platform.version());
    JsonArray devices = new JsonArray();
    platform.devices().forEach(device -> devices.add(of(device)));
    json.put("devices", devices);
    return json;
  }

  private static JsonObject of(DeviceFinding found) {
    JsonObject json = DeviceJson.write(found.device());
    for (FeatureFinding finding : found.features()) {
      String key = finding.feature().key();
      json.put(key, finding.works());
      json.put(key + "_claimed", finding.claimed());
      finding.problem().ifPresent(problem -> json.put(key + "_problem", problem));
    }
    found
        .selfTest()
        .ifPresent(
            test -> {
              JsonObject object = new JsonObject();
              object.put("passed", test.problem().isEmpty());
              object.put("cases", test.cases());
              object.put("seconds", test.seconds());
              test.problem().ifPresent(problem -> object.put("problem", problem));
              json.put("self_test", object);
            });
    return json;
  }

  private static JsonArray strings(List<String> lines) {
    return new JsonArray(lines);
  }
}
