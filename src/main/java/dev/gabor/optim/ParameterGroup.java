package dev.gabor.optim;

import dev.gabor.nn.NamePattern;
import java.util.OptionalDouble;

/**
 * Parameters with settings of their own, as PyTorch's param_groups.
 *
 * @param pattern their names, see {@link NamePattern}, for example {@code dense2} or {@code *.bias}
 * @param rateFactor multiplies the learning rate; finite, at least 0
 * @param weightDecay in place of the optimizer's, of its kind (decoupled or L2), also of biases and
 *     batch-norm; at least 0
 */
public record ParameterGroup(String pattern, double rateFactor, OptionalDouble weightDecay) {
  /** What belongs to no group. */
  static final ParameterGroup REST = of("*");

  /** Checks every number. */
  public ParameterGroup {
    if (!(rateFactor >= 0 && Double.isFinite(rateFactor))) {
      throw new IllegalArgumentException(
          "optimizer group %s: rate factor is %s, expected a finite number of at least 0"
              .formatted(pattern, rateFactor));
    }
  }

  /** Parameters by name, with nothing of their own yet. */
  public static ParameterGroup of(String pattern) {
    return new ParameterGroup(pattern, 1, OptionalDouble.empty());
  }

  /** With the learning rate multiplied. */
  public ParameterGroup rateFactor(double factor) {
    return new ParameterGroup(pattern, factor, weightDecay);
  }

  /** With a decay of their own. */
  public ParameterGroup weightDecay(double decay) {
    return new ParameterGroup(pattern, rateFactor, OptionalDouble.of(decay));
  }

  /**
   * Reads {@code PATTERN:lr=0.1,decay=0}; both settings may be left out.
   *
   * @throws IllegalArgumentException naming the part that is wrong
   */
  public static ParameterGroup parse(String text) {
    int colon = text.indexOf(':');
    ParameterGroup group = of(colon < 0 ? text : text.substring(0, colon));
    if (colon < 0) {
      return group;
    }
    for (String setting : text.substring(colon + 1).split(",", -1)) {
      int sign = setting.indexOf('=');
      String key = sign < 0 ? setting : setting.substring(0, sign);
      double value = number(text, setting.substring(sign + 1));
      group =
          switch (key) {
            case "lr" -> group.rateFactor(value);
            case "decay" -> group.weightDecay(value);
            default ->
                throw new IllegalArgumentException(
                    "optimizer group " + text + ": expected lr=X or decay=X, found " + setting);
          };
    }
    return group;
  }

  private static double number(String text, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "optimizer group " + text + ": expected a number, found \"" + value + '"', e);
    }
  }

  /** The form that {@link #parse} reads. */
  public String text() {
    String decay = weightDecay.isPresent() ? ",decay=" + weightDecay.getAsDouble() : "";
    return pattern + ":lr=" + rateFactor + decay;
  }

  boolean matches(String name) {
    return new NamePattern(pattern).matches(name);
  }
}
