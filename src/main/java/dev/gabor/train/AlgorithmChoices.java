package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.ConvolutionChooser.Origin;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.nn.Network;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the algorithms of a network's convolutions come from on a device.
 *
 * @param counts how many of the different convolutions of a training step, by origin
 */
public record AlgorithmChoices(Map<Origin, Integer> counts) {
  /** Its name among the settings of a run. */
  static final String SETTING = "algorithms";

  /** Copies the counts. */
  public AlgorithmChoices {
    counts = Map.copyOf(counts);
  }

  /** The choices for a batch of so many samples; empty where a device has no choice. */
  public static Optional<AlgorithmChoices> of(Network network, Backend backend, int batch) {
    ConvolutionOps ops = backend.convolution();
    if (ops.tuningKey().isEmpty()) {
      return Optional.empty();
    }
    Map<Origin, Integer> counts = new EnumMap<>(Origin.class);
    network.convolutions(batch).stream()
        .distinct()
        .map(problem -> ops.choice(problem.convolution(), problem.pass()).origin())
        .forEach(origin -> counts.merge(origin, 1, Integer::sum));
    return Optional.of(new AlgorithmChoices(counts));
  }

  /**
   * The best source that any choice comes from: {@code tuned}, {@code defaults}, {@code heuristic}.
   */
  public String word() {
    return key(counts.keySet().stream().min(Origin::compareTo).orElse(Origin.HEURISTIC));
  }

  /** Whether any choice is tuned or a default, which is worth a line. */
  public boolean areNotOnlyHeuristic() {
    return !counts.keySet().equals(Set.of(Origin.HEURISTIC));
  }

  /** For example {@code 12 tuned, 3 heuristic}. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    for (Origin origin : Origin.values()) {
      if (counts.containsKey(origin)) {
        parts.add(counts.get(origin) + " " + key(origin));
      }
    }
    return String.join(", ", parts);
  }

  private static String key(Origin origin) {
    return origin.name().toLowerCase(Locale.ROOT);
  }
}
