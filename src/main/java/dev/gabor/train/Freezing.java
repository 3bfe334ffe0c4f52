package dev.gabor.train;

import dev.gabor.nn.NamePattern;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which parameters are meant by those who freeze. */
final class Freezing {
  private Freezing() {}

  /** The names of all parameters that a pattern fits; at least one for each. */
  static Set<String> matching(Network network, String... patterns) {
    Set<String> names = new TreeSet<>();
    for (String text : patterns) {
      NamePattern pattern = new NamePattern(text);
      List<String> matched =
          network.parameters().stream().map(Parameter::name).filter(pattern::matches).toList();
      if (matched.isEmpty()) {
        throw new IllegalArgumentException(
            "freeze %s: the network has no parameter of this name; its first is %s, its head %s"
                .formatted(text, network.parameters().get(0).name(), network.head().name()));
      }
      names.addAll(matched);
    }
    return names;
  }

  /** The names of all parameters but the head's. */
  static Set<String> backbone(Network network) {
    Set<String> names = new TreeSet<>();
    network.parameters().forEach(parameter -> names.add(parameter.name()));
    network.head().parameters().forEach(parameter -> names.remove(parameter.name()));
    return names;
  }
}
