package dev.gabor.optim;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the text form of a schedule. */
final class ScheduleText {
  private static final double COSINE_WARM_UP = 0.05;

  private final String text;
  private final Map<String, String> values = new LinkedHashMap<>();

  private ScheduleText(String text) {
    this.text = text;
  }

  static Schedule read(String text, double rate) {
    int colon = text.indexOf(':');
    ScheduleText reader = new ScheduleText(text);
    if (colon >= 0) {
      reader.split(text.substring(colon + 1));
    }
    String name = colon < 0 ? text : text.substring(0, colon);
    Schedule schedule = reader.named(name, reader.number("rate", rate));
    double warmUp = reader.number("warmup", name.equals("cosine") ? COSINE_WARM_UP : 0);
    if (!reader.values.isEmpty()) {
      throw reader.wrong("unknown setting " + reader.values.keySet().iterator().next());
    }
    return warmUp == 0 ? schedule : schedule.warmedUp(warmUp);
  }

  private void split(String settings) {
    for (String setting : settings.split(",", -1)) {
      int sign = setting.indexOf('=');
      if (sign < 1) {
        throw wrong("expected key=value, found \"" + setting + '"');
      }
      values.put(setting.substring(0, sign), setting.substring(sign + 1));
    }
  }

  private Schedule named(String name, double rate) {
    return switch (name) {
      case "constant" -> Schedule.constant(rate);
      case "step" -> Schedule.step(rate, whole("size", 30), number("gamma", 0.1));
      case "multistep" -> Schedule.multiStep(rate, number("gamma", 0.1), milestones());
      case "exponential" -> Schedule.exponential(rate, number("gamma", 0.95));
      case "cosine" -> Schedule.cosine(rate, number("min", 0));
      case "onecycle" ->
          Schedule.oneCycle(rate, number("start", 0.3), number("div", 25), number("final", 1e4));
      case "plateau" ->
          new Plateau(
              rate,
              number("factor", 0.1),
              whole("patience", 10),
              number("threshold", 1e-4),
              whole("cooldown", 0),
              number("min", 0));
      default ->
          throw new IllegalArgumentException(
              "unknown schedule "
                  + name
                  + ", expected one of constant, step, multistep, exponential, cosine, onecycle,"
                  + " plateau");
    };
  }

  private int[] milestones() {
    String list = values.remove("milestones");
    if (list == null) {
      throw wrong("milestones are missing, expected for example milestones=30+60");
    }
    try {
      return Arrays.stream(list.split("\\+", -1)).mapToInt(Integer::parseInt).toArray();
    } catch (NumberFormatException e) {
      throw wrong("milestones: expected epochs joined by +, found " + list);
    }
  }

  private double number(String key, double absent) {
    String value = values.remove(key);
    if (value == null) {
      return absent;
    }
    try {
      double number = Double.parseDouble(value);
      if (number >= 0 && Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw wrong(key + ": expected a number, found " + value);
    }
    throw wrong(key + ": expected a finite number of at least 0, found " + value);
  }

  private int whole(String key, int absent) {
    double number = number(key, absent);
    if (number != (int) number) {
      throw wrong(key + ": expected a whole number, found " + number);
    }
    return (int) number;
  }

  private IllegalArgumentException wrong(String fault) {
    return new IllegalArgumentException("schedule " + text + ": " + fault);
  }
}
