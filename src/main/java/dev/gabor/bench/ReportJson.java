package dev.gabor.bench;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A report as JSON: {@code
 * {"device":…,"peak_gflops":…,"peak_gb_s":…,"properties":{…},"results":[…]}}; each result has op,
 * pass, shape (or model and batch), algorithm where there are several, median_ms, min_ms,
 * spread_percent, samples, kernel_ms where the device keeps its own time, the rate under the key of
 * its {@link Unit}, percent_of_peak where there is a ceiling, peak_gflops or peak_gb_s where that
 * ceiling was measured again beside it, flops and bytes of a run where they are counted, and
 * reference_ms where the CPU reference was measured, too.
 */
public final class ReportJson {
  private static final String PEAK_GFLOPS = "peak_gflops";
  private static final String PEAK_GB_S = "peak_gb_s";
  private static final MathContext DIGITS = new MathContext(6);

  private ReportJson() {}

  /** The report in one line. */
  public static String write(Report report) {
    JsonObject json = new JsonObject();
    json.put("device", report.device());
    json.put(PEAK_GFLOPS, rounded(report.peakGflops()));
    json.put(PEAK_GB_S, rounded(report.peakGbS()));
    JsonObject properties = new JsonObject();
    report.properties().forEach(properties::put);
    json.put("properties", properties);
    JsonArray results = new JsonArray();
    report.results().forEach(result -> results.add(object(result)));
    json.put("results", results);
    return JsonWriter.string(json);
  }

  /**
   * Reads what {@link #write} has written; unknown keys are passed over.
   *
   * @param name of the source, for messages
   * @throws IllegalArgumentException if it is no report
   */
  public static Report read(String name, String text) {
    try {
      JsonObject json = JsonParser.object().from(text);
      List<Result> results = new ArrayList<>();
      for (Object result : present(name, json.getArray("results"), "results")) {
        if (!(result instanceof JsonObject object)) {
          throw refused(name, "result " + (results.size() + 1) + " is no object");
        }
        results.add(result(name + ": result " + (results.size() + 1), object));
      }
      return new Report(
          text(name, json, "device"),
          number(name, json, PEAK_GFLOPS),
          number(name, json, PEAK_GB_S),
          properties(json),
          results);
    } catch (JsonParserException e) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new IllegalArgumentException(name + ": expected a benchmark in JSON: " + message, e);
    }
  }

  private static Map<String, String> properties(JsonObject json) {
    Map<String, String> properties = new LinkedHashMap<>();
    Optional.ofNullable(json.getObject("properties"))
        .ifPresent(
            object -> object.forEach((key, value) -> properties.put(key, String.valueOf(value))));
    return properties;
  }

  private static JsonObject object(Result result) {
    Subject subject = result.subject();
    JsonObject json = new JsonObject();
    json.put("op", subject.op());
    if (subject.op().equals(Subject.MODEL)) {
      json.put("model", subject.problem());
      json.put("batch", subject.batch());
      json.put("pass", subject.pass());
    } else {
      json.put("pass", subject.pass());
      json.put("shape", subject.problem());
    }
    if (!subject.algorithm().isEmpty()) {
      json.put("algorithm", subject.algorithm());
    }
    json.put("median_ms", rounded(result.timing().medianMillis()));
    json.put("min_ms", rounded(result.timing().minMillis()));
    json.put("spread_percent", rounded(result.timing().spreadPercent()));
    json.put("samples", result.timing().samples());
    result.timing().kernelMillis().ifPresent(millis -> json.put("kernel_ms", rounded(millis)));
    json.put(result.unit().key(), rounded(result.rate()));
    result.percentOfPeak().ifPresent(percent -> json.put("percent_of_peak", rounded(percent)));
    result.peak().ifPresent(peak -> json.put(peakKey(result.unit()), rounded(peak)));
    if (!result.work().equals(Work.NONE)) {
      json.put("flops", rounded(result.work().flops()));
      json.put("bytes", rounded(result.work().bytes()));
    }
    result.referenceMillis().ifPresent(millis -> json.put("reference_ms", rounded(millis)));
    return json;
  }

  private static Result result(String name, JsonObject json) {
    boolean model = text(name, json, "op").equals(Subject.MODEL);
    Subject subject =
        new Subject(
            json.getString("op"),
            text(name, json, "pass"),
            text(name, json, model ? "model" : "shape"),
            model ? (int) number(name, json, "batch") : 0,
            json.getString("algorithm", ""));
    Unit unit =
        Arrays.stream(Unit.values())
            .filter(candidate -> json.isNumber(candidate.key()))
            .findFirst()
            .orElseThrow(() -> refused(name, "no rate"));
    Timing timing =
        new Timing(
            number(name, json, "median_ms"),
            number(name, json, "min_ms"),
            json.getDouble("spread_percent", 0),
            json.getInt("samples", 1),
            optional(json, "kernel_ms"));
    Work work =
        json.isNumber("bytes")
            ? new Work(json.getDouble("flops"), json.getDouble("bytes"))
            : Work.NONE;
    return new Result(
        subject,
        timing,
        unit,
        json.getDouble(unit.key()),
        optional(json, "percent_of_peak"),
        optional(json, peakKey(unit)),
        work,
        optional(json, "reference_ms"));
  }

  private static String peakKey(Unit unit) {
    return unit == Unit.GIGABYTES ? PEAK_GB_S : PEAK_GFLOPS;
  }

  private static OptionalDouble optional(JsonObject json, String key) {
    return json.isNumber(key) ? OptionalDouble.of(json.getDouble(key)) : OptionalDouble.empty();
  }

  private static String text(String name, JsonObject json, String key) {
    return present(name, json.getString(key), key);
  }

  private static double number(String name, JsonObject json, String key) {
    if (!json.isNumber(key)) {
      throw refused(name, "no number \"" + key + "\"");
    }
    return json.getDouble(key);
  }

  private static <T> T present(String name, T value, String key) {
    if (value == null) {
      throw refused(name, "no \"" + key + "\"");
    }
    return value;
  }

  private static IllegalArgumentException refused(String name, String found) {
    return new IllegalArgumentException(name + ": expected a benchmark in JSON, found " + found);
  }

  private static double rounded(double value) {
    return new BigDecimal(value, DIGITS).doubleValue();
  }
}
