package dev.gabor.backend.tuning;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.DeviceClass;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What holds on a class of devices where nothing was measured: {@code <class>.json} beside this
 * class in the jar. {@code measured} and {@code source} say whether and on what it was measured;
 * {@code find} names algorithms for a problem, or for {@code any}, perhaps only from some size on
 * ({@code at_least}); {@code perf} has the numbers by which algorithms choose their own parameters.
 *
 * <p>A problem counts as known if it differs in the number of images alone, by a factor of at most
 * {@value #BATCH_FACTOR}.
 */
public final class ShippedDefaults {
  private static final String ANY = "any";
  private static final int BATCH_FACTOR = 2;

  /**
   * The smallest sizes that a rule is for.
   *
   * @param side the shorter side of y
   * @param pixels N·P·Q
   * @param channels C·K / (C + K)
   */
  private record Least(long side, long pixels, long channels) {
    boolean isReachedBy(Convolution c) {
      return Math.min(c.p(), c.q()) >= side
          && (long) c.n() * c.p() * c.q() >= pixels
          && (long) c.c() * c.k() >= channels * ((long) c.c() + c.k());
    }
  }

  private record Rule(String pass, String problem, Least least, List<String> algorithms) {
    boolean isFor(ConvolutionProblem wanted) {
      return (pass.equals(ANY) || pass.equals(wanted.passKey()))
          && (problem.equals(ANY) || isSame(wanted.convolution()))
          && least.isReachedBy(wanted.convolution());
    }

    private boolean isSame(Convolution c) {
      int comma = problem.indexOf(',');
      long images = Long.parseLong(problem.substring(0, comma));
      return problem.substring(comma).equals(c.toString().substring(c.toString().indexOf(',')))
          && c.n() <= images * BATCH_FACTOR
          && images <= (long) c.n() * BATCH_FACTOR;
    }
  }

  private final boolean measured;
  private final String source;
  private final List<Rule> rules;
  private final Map<String, Map<String, Double>> numbers;

  private ShippedDefaults(
      boolean measured, String source, List<Rule> rules, Map<String, Map<String, Double>> numbers) {
    this.measured = measured;
    this.source = source;
    this.rules = rules;
    this.numbers = numbers;
  }

  /** The defaults of a class; none for {@link DeviceClass#OTHER}. */
  public static ShippedDefaults of(DeviceClass deviceClass) {
    String name = deviceClass.key() + ".json";
    try (InputStream stream = ShippedDefaults.class.getResourceAsStream(name)) {
      if (stream == null) {
        return new ShippedDefaults(false, "none", List.of(), Map.of());
      }
      return read(JsonParser.object().from(stream));
    } catch (IOException | JsonParserException | RuntimeException e) {
      throw new IllegalStateException("the defaults in the jar are damaged: " + name, e);
    }
  }

  private static ShippedDefaults read(JsonObject json) {
    List<Rule> rules =
        json.getArray("find").stream()
            .map(JsonObject.class::cast)
            .map(
                rule ->
                    new Rule(
                        rule.getString("pass"),
                        rule.getString("problem"),
                        least(rule.getObject("at_least", new JsonObject())),
                        strings(rule.getArray("algorithms"))))
            .toList();
    Map<String, Map<String, Double>> numbers = new LinkedHashMap<>();
    JsonObject perf = json.getObject("perf");
    for (String name : perf.keySet()) {
      Map<String, Double> named = new TreeMap<>();
      JsonObject object = perf.getObject(name);
      object.keySet().forEach(key -> named.put(key, object.getDouble(key)));
      numbers.put(name, named);
    }
    return new ShippedDefaults(
        json.getBoolean("measured"), json.getString("source"), rules, numbers);
  }

  private static Least least(JsonObject sizes) {
    return new Least(sizes.getLong("side"), sizes.getLong("pixels"), sizes.getLong("channels"));
  }

  private static List<String> strings(JsonArray array) {
    return array.stream().map(String.class::cast).toList();
  }

  /** Whether a device of the class was measured, or all are estimates. */
  public boolean areMeasured() {
    return measured;
  }

  /** On what device and when it was measured, or where the estimates come from. */
  public String source() {
    return source;
  }

  /** The problems that rules name, as they name them: {@code pass N,C,…}. */
  public List<String> problems() {
    return rules.stream().map(rule -> rule.pass() + " " + rule.problem()).toList();
  }

  /** The algorithms for a problem, the best first; none where the heuristic is as good. */
  public List<String> algorithms(ConvolutionProblem problem) {
    return rules.stream()
        .filter(rule -> rule.isFor(problem))
        .flatMap(rule -> rule.algorithms().stream())
        .distinct()
        .toList();
  }

  /** The numbers by which something chooses its parameters; none where it knows better. */
  public Map<String, Double> numbers(String name) {
    return numbers.getOrDefault(name, Map.of());
  }
}
