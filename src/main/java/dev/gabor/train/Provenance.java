package dev.gabor.train;

import com.grack.nanojson.JsonObject;
import dev.gabor.backend.Backend;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where a model comes from.
 *
 * @param version of Gabor
 * @param device that trained it, in words, with its driver
 * @param seed of weights, dropout and the order of samples
 * @param settings of the run: numbers, booleans, text; the optimizer's begin with {@code
 *     optimizer.}
 * @param data what it was trained on: shape, number of samples and classes, and a fingerprint
 */
public record Provenance(
    String version, String device, long seed, Map<String, Object> settings, String data) {
  /** Keeps the order of the settings. */
  public Provenance {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  /** What computed, in words: the device, its driver and the driver's version. */
  static String deviceOf(Backend backend) {
    return backend.description() + ", " + backend.driver();
  }

  /** The version of this library, or {@code unreleased} where it does not run from its jar. */
  static String ownVersion() {
    return Optional.ofNullable(Provenance.class.getPackage().getImplementationVersion())
        .orElse("unreleased");
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.put("version", version);
    json.put("device", device);
    json.put("seed", seed);
    json.put("settings", new JsonObject(settings));
    json.put("data", data);
    return json;
  }

  /** Reads what {@link #toJson} wrote; a field that is missing is empty. */
  static Provenance fromJson(JsonObject json) {
    return new Provenance(
        json.getString("version", ""),
        json.getString("device", ""),
        json.getLong("seed", 0L),
        json.getObject("settings", new JsonObject()),
        json.getString("data", ""));
  }
}
