package dev.gabor.nn.plan;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.util.List;
import java.util.Locale;

/** A {@link Profile} as tables for people and as a trace for Chrome's viewer and Perfetto. */
public final class ProfileText {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final int LAYERS = 30;

  private ProfileText() {}

  /** Three tables: by operation, by kernel, and the layers that took most; times are per run. */
  public static String table(Profile profile) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%d runs, %.3f ms in kernels each%n",
            profile.runs(),
            profile.nanos() / NANOS_PER_MILLI / Math.max(1, profile.runs())));
    append(text, "operation", profile.byOperation(), profile);
    append(text, "kernel", profile.byPart(), profile);
    append(text, "layer", profile.byLayer().stream().limit(LAYERS).toList(), profile);
    return text.toString();
  }

  private static void append(
      StringBuilder text, String heading, List<Profile.Total> totals, Profile profile) {
    int runs = Math.max(1, profile.runs());
    text.append(
        String.format(Locale.ROOT, "%n%-56s %8s %10s %7s%n", heading, "launches", "ms", "%"));
    for (Profile.Total total : totals) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-56s %8.1f %10.4f %7.1f%n",
              total.name(),
              (double) total.count() / runs,
              total.nanos() / NANOS_PER_MILLI / runs,
              100.0 * total.nanos() / Math.max(1, profile.nanos())));
    }
  }

  /**
   * A trace of complete events in Chrome's trace event format: one thread, times in microseconds
   * from the first event, category = operation, arguments = layer and kernel.
   */
  public static String chromeTrace(Profile profile) {
    List<Profile.Span> spans = profile.spans();
    long origin = spans.stream().mapToLong(Profile.Span::startNanos).min().orElse(0);
    JsonArray events = new JsonArray();
    for (Profile.Span span : spans) {
      JsonObject arguments = new JsonObject();
      arguments.put("layer", span.layer());
      arguments.put("kernel", span.part());
      JsonObject event = new JsonObject();
      event.put("name", span.layer() + ": " + span.operation());
      event.put("cat", span.operation());
      event.put("ph", "X");
      event.put("ts", (span.startNanos() - origin) / NANOS_PER_MICRO);
      event.put("dur", span.nanos() / NANOS_PER_MICRO);
      event.put("pid", 1);
      event.put("tid", 1);
      event.put("args", arguments);
      events.add(event);
    }
    JsonObject trace = new JsonObject();
    trace.put("displayTimeUnit", "ms");
    trace.put("traceEvents", events);
    return JsonWriter.string(trace);
  }
}
