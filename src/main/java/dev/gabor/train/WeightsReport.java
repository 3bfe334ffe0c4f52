package dev.gabor.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@link Weights} give a network.
 *
 * @param source where they come from, in words
 * @param loaded the parameters that take their first values from them
 * @param leftOut the tensors that no parameter takes, each with the reason
 * @param untouched the parameters that begin as they would without them
 */
public record WeightsReport(
    String source, List<String> loaded, Map<String, String> leftOut, List<String> untouched) {
  private static final int LINES = 8;

  /** Copies the lists, and keeps the order. */
  public WeightsReport {
    loaded = List.copyOf(loaded);
    leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
    untouched = List.copyOf(untouched);
  }

  /** How many were taken, then a line for each of the first tensors that were not. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        "weights: %d of %d parameters from %s"
            .formatted(loaded.size(), loaded.size() + untouched.size(), source));
    if (!untouched.isEmpty()) {
      text.append("; as they would begin without: ").append(some(untouched));
    }
    leftOut.entrySet().stream()
        .limit(LINES)
        .forEach(
            tensor ->
                text.append(System.lineSeparator())
                    .append("weights: not taken: ")
                    .append(tensor.getKey())
                    .append(": ")
                    .append(tensor.getValue()));
    if (leftOut.size() > LINES) {
      text.append(System.lineSeparator())
          .append("weights: not taken: %d more".formatted(leftOut.size() - LINES));
    }
    return text.toString();
  }

  private static String some(List<String> names) {
    String first = String.join(", ", names.subList(0, Math.min(LINES, names.size())));
    return names.size() > LINES ? first + " and %d more".formatted(names.size() - LINES) : first;
  }
}
