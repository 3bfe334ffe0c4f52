package dev.gabor.backend.tuning;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import dev.gabor.backend.ConvolutionChooser;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.TuningKey;
import dev.gabor.backend.tuning.Found.Timed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tuning databases of a folder, and the defaults in the jar behind them. */
public final class TuningStore {
  private static final String DEVICE = "device";
  private static final String KERNELS = "kernels";
  private static final String PASS = "pass";
  private static final String PROBLEM = "problem";
  private static final String ALGORITHM = "algorithm";
  private static final String MILLIS = "ms";
  private static final String RANKING = "ranking";
  private static final String COMPLETE = "complete";
  private static final String PARAMETERS = "parameters";

  private final Optional<JsonDatabase> find;
  private final Optional<JsonDatabase> perf;

  /** The databases in a folder, which need not exist; without one, the defaults alone. */
  public TuningStore(Optional<Path> folder) {
    find =
        folder.map(
            into ->
                new JsonDatabase(
                    into.resolve("find-db.json"),
                    "gabor-find-db",
                    List.of(DEVICE, KERNELS, PASS, PROBLEM),
                    TuningStore::isFound));
    perf =
        folder.map(
            into ->
                new JsonDatabase(
                    into.resolve("perf-db.json"),
                    "gabor-perf-db",
                    List.of(DEVICE, KERNELS, PASS, PROBLEM, ALGORITHM),
                    entry -> entry.isString(PARAMETERS) && isTime(entry)));
  }

  /** Whether there is a folder to keep results in. */
  public boolean keepsResults() {
    return find.isPresent();
  }

  /**
   * What a backend asks: first what was measured on this device, then the defaults of its class.
   * Read once; what is kept later is for those opened later.
   */
  public ConvolutionChooser chooser(TuningKey key) {
    Map<String, Found> measured = read(key);
    ShippedDefaults defaults = ShippedDefaults.of(key.deviceClass());
    return problem -> {
      List<ConvolutionChooser.Choice> choices = new ArrayList<>();
      Found found = measured.getOrDefault(problem.toString(), new Found(List.of(), false));
      found
          .ranking()
          .forEach(
              timed ->
                  choices.add(
                      new ConvolutionChooser.Choice(
                          timed.algorithm(), ConvolutionChooser.Origin.TUNED)));
      defaults
          .algorithms(problem)
          .forEach(
              algorithm ->
                  choices.add(
                      new ConvolutionChooser.Choice(
                          algorithm, ConvolutionChooser.Origin.DEFAULTS)));
      return choices;
    };
  }

  /**
   * What was measured on a device.
   *
   * @return for each problem, by its text
   */
  public Map<String, Found> read(TuningKey key) {
    Map<String, String> parameters = new HashMap<>();
    perf.map(JsonDatabase::read).orElse(Map.of()).values().stream()
        .filter(entry -> isOf(key, entry))
        .forEach(
            entry ->
                parameters.put(
                    title(entry) + " " + entry.getString(ALGORITHM), entry.getString(PARAMETERS)));
    Map<String, Found> all = new HashMap<>();
    find.map(JsonDatabase::read).orElse(Map.of()).values().stream()
        .filter(entry -> isOf(key, entry))
        .forEach(entry -> all.put(title(entry), found(entry, parameters)));
    return all;
  }

  /**
   * Keeps what was measured for a problem, in the place of what was known before. Other entries
   * stay, those that another process has written meanwhile included.
   */
  public void keep(TuningKey key, ConvolutionProblem problem, Found found) {
    JsonArray ranking = new JsonArray();
    List<JsonObject> parameters = new ArrayList<>();
    for (Timed timed : found.ranking()) {
      String name = ConvolutionOps.withoutParameters(timed.algorithm());
      JsonObject place = new JsonObject();
      place.put(ALGORITHM, name);
      place.put(MILLIS, timed.millis());
      ranking.add(place);
      JsonObject setting = identity(key, problem);
      setting.put(ALGORITHM, name);
      // Empty for its own choice, which must overwrite what an earlier run found.
      setting.put(
          PARAMETERS,
          timed.algorithm().substring(Math.min(name.length() + 1, timed.algorithm().length())));
      setting.put(MILLIS, timed.millis());
      parameters.add(setting);
    }
    JsonObject entry = identity(key, problem);
    entry.put(COMPLETE, found.complete());
    entry.put(RANKING, ranking);
    // Parameters first: who reads between the two finds the old ranking, at most otherwise set.
    perf.ifPresent(database -> database.merge(parameters));
    find.ifPresent(database -> database.merge(List.of(entry)));
  }

  private static JsonObject identity(TuningKey key, ConvolutionProblem problem) {
    JsonObject entry = new JsonObject();
    entry.put(DEVICE, key.device());
    entry.put(KERNELS, key.kernels());
    entry.put(PASS, problem.passKey());
    entry.put(PROBLEM, problem.convolution().toString());
    return entry;
  }

  private static boolean isOf(TuningKey key, JsonObject entry) {
    return entry.getString(DEVICE).equals(key.device())
        && entry.getString(KERNELS).equals(key.kernels());
  }

  /** As {@link ConvolutionProblem#toString} writes it. */
  private static String title(JsonObject entry) {
    return entry.getString(PASS) + " " + entry.getString(PROBLEM);
  }

  private static Found found(JsonObject entry, Map<String, String> parameters) {
    List<Timed> ranking = new ArrayList<>();
    for (Object element : entry.getArray(RANKING)) {
      JsonObject place = (JsonObject) element;
      String name = place.getString(ALGORITHM);
      String set = parameters.getOrDefault(title(entry) + " " + name, "");
      ranking.add(new Timed(set.isEmpty() ? name : name + ":" + set, place.getDouble(MILLIS)));
    }
    return new Found(ranking, entry.getBoolean(COMPLETE));
  }

  private static boolean isFound(JsonObject entry) {
    return entry.isBoolean(COMPLETE)
        && entry.get(RANKING) instanceof JsonArray ranking
        && ranking.stream()
            .allMatch(
                element ->
                    element instanceof JsonObject place
                        && place.isString(ALGORITHM)
                        && isTime(place));
  }

  private static boolean isTime(JsonObject entry) {
    return entry.isNumber(MILLIS)
        && entry.getDouble(MILLIS) > 0
        && Double.isFinite(entry.getDouble(MILLIS));
  }
}
