package dev.gabor.doctor;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.Feature;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the journal of a process says.
 *
 * @param platforms with what was found about their devices
 * @param skipped lines about what was left out
 * @param choice what {@code auto} takes, if it was asked for and answered
 * @param unfinished the stage that began and did not end; empty if the process came to its end
 */
record Findings(
    List<PlatformFinding> platforms,
    List<String> skipped,
    Optional<ChoiceFinding> choice,
    Optional<String> unfinished) {
  static final Findings NONE =
      new Findings(List.of(), List.of(), Optional.empty(), Optional.empty());

  /**
   * Reads a journal.
   *
   * @param lines of it; a last line that was cut off is passed over
   * @param deaths the stages that ended earlier processes, and how
   */
  static Findings of(List<String> lines, Map<String, String> deaths) {
    List<JsonObject> entries = lines.stream().flatMap(line -> parse(line).stream()).toList();
    List<String> skipped =
        new ArrayList<>(of(entries, "skipped").map(entry -> entry.getString("line")).toList());
    List<PlatformFinding> platforms =
        of(entries, "platform").map(platform -> platform(platform, entries, deaths)).toList();
    Optional<ChoiceFinding> choice = of(entries, "choice").findFirst().map(Findings::choice);
    return new Findings(platforms, skipped, choice, unfinished(entries));
  }

  private static Optional<JsonObject> parse(String line) {
    try {
      return Optional.of(JsonParser.object().from(line));
    } catch (JsonParserException e) {
      // The process died while it wrote.
      return Optional.empty();
    }
  }

  private static Stream<JsonObject> of(List<JsonObject> entries, String event) {
    return entries.stream().filter(entry -> event.equals(entry.getString(Journal.EVENT)));
  }

  private static Optional<String> unfinished(List<JsonObject> entries) {
    String open = "";
    for (JsonObject entry : entries) {
      String event = entry.getString(Journal.EVENT);
      if (event.equals(Journal.BEGIN)) {
        open = entry.getString(Journal.STAGE);
      } else if (event.equals(Journal.END)) {
        open = "";
      }
    }
    return open.isEmpty() ? Optional.empty() : Optional.of(open);
  }

  private static PlatformFinding platform(
      JsonObject platform, List<JsonObject> entries, Map<String, String> deaths) {
    int index = platform.getInt("index");
    String name = platform.getString("name");
    String version = platform.getString("version");
    List<DeviceFinding> devices = new ArrayList<>();
    for (Object element : platform.getArray("devices")) {
      Device device = DeviceJson.read((JsonObject) element, index, name, version);
      devices.add(
          new DeviceFinding(
              device, features(device, entries, deaths), selfTest(device, entries, deaths)));
    }
    return new PlatformFinding(index, name, platform.getString("vendor"), version, devices);
  }

  private static List<FeatureFinding> features(
      Device device, List<JsonObject> entries, Map<String, String> deaths) {
    List<FeatureFinding> found = new ArrayList<>();
    for (Feature feature : Feature.values()) {
      boolean claimed = feature.isClaimedBy(device);
      String death = deaths.get(ProbeProcess.stage(feature, device.id()));
      if (death != null) {
        found.add(new FeatureFinding(feature, claimed, Optional.of("the probe " + death)));
      }
      of(entries, "feature")
          .filter(entry -> entry.getString("device").equals(device.id()))
          .filter(entry -> entry.getString("feature").equals(feature.name()))
          .map(entry -> new FeatureFinding(feature, claimed, text(entry, "problem")))
          .forEach(found::add);
    }
    return found;
  }

  private static Optional<SelfTestFinding> selfTest(
      Device device, List<JsonObject> entries, Map<String, String> deaths) {
    String death = deaths.get(ProbeProcess.selfTestStage(device.id()));
    if (death != null) {
      return Optional.of(new SelfTestFinding(0, 0, Optional.of("the test " + death)));
    }
    return of(entries, "self_test")
        .filter(entry -> entry.getString("device").equals(device.id()))
        .map(
            entry ->
                new SelfTestFinding(
                    entry.getInt("cases"), entry.getDouble("seconds"), text(entry, "problem")))
        .findFirst();
  }

  private static ChoiceFinding choice(JsonObject entry) {
    JsonArray remarks = entry.getArray("remarks");
    return new ChoiceFinding(
        entry.getString("name"),
        entry.getString("title"),
        entry.getString("reason"),
        remarks.stream().map(String::valueOf).toList());
  }

  private static Optional<String> text(JsonObject entry, String key) {
    return Optional.ofNullable(entry.getString(key));
  }
}
