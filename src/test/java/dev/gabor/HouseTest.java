package dev.gabor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the floors of the house on the JDK's own jdeps. */
class HouseTest {
  private static final Pattern EDGE = Pattern.compile("^\\s+(\\S+)\\s+->\\s+(\\S+)\\s+.*$");
  private static final String ROOT = "dev.gabor";

  /** Sub-packages stand on the floor of the longest name that they begin with. */
  private static final Map<String, Integer> FLOORS =
      Map.ofEntries(
          Map.entry("dev.gabor.cli", 6),
          Map.entry("dev.gabor.spark", 6),
          Map.entry("dev.gabor.examples", 6),
          Map.entry("dev.gabor.doctor", 5),
          Map.entry("dev.gabor.train", 4),
          Map.entry("dev.gabor.onnx", 4),
          Map.entry("dev.gabor.bench", 4),
          Map.entry("dev.gabor.check", 4),
          Map.entry("dev.gabor.tune", 4),
          Map.entry("dev.gabor.nn", 3),
          Map.entry("dev.gabor.optim", 3),
          Map.entry("dev.gabor.backend.reference", 2),
          Map.entry("dev.gabor.backend.opencl", 2),
          Map.entry("dev.gabor.backend", 1),
          Map.entry("dev.gabor.data", 1),
          Map.entry("dev.gabor.image", 2),
          Map.entry("dev.gabor.tensor", 0),
          Map.entry("dev.gabor.opencl", 0));

  /** The imports between neighbours of one floor that are meant. */
  private static final Set<String> SIDEWAYS =
      Set.of(
          "dev.gabor.backend.tuning -> dev.gabor.backend",
          "dev.gabor.bench -> dev.gabor.train",
          "dev.gabor.bench.page -> dev.gabor.bench",
          "dev.gabor.doctor -> dev.gabor",
          "dev.gabor.data.augment -> dev.gabor.data",
          "dev.gabor.nn -> dev.gabor.nn.plan",
          "dev.gabor.nn.models -> dev.gabor.nn",
          "dev.gabor.optim -> dev.gabor.nn",
          "dev.gabor.optim -> dev.gabor.nn.plan",
          "dev.gabor.tune -> dev.gabor.check");

  /** Libraries that live in one package only. */
  private static final Map<String, String> OWNERS =
      Map.of(
          "org.jocl", "dev.gabor.opencl",
          "picocli", "dev.gabor.cli",
          "ch.qos.logback", "dev.gabor.cli",
          "me.tongfei.progressbar", "dev.gabor.cli");

  private static final Map<String, Set<String>> IMPORTS = imports();

  @Test
  void seesThePackagesAndTheLibraries() {
    assertThat(IMPORTS.keySet())
        .contains(ROOT, "dev.gabor.cli", "dev.gabor.nn", "dev.gabor.opencl", "dev.gabor.tensor");
    Set<String> targets =
        IMPORTS.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
    assertThat(targets).containsAll(OWNERS.keySet().stream().filter(this::isUsed).toList());
    assertThat(targets).contains("org.jocl", "picocli", "dev.gabor.backend");
  }

  @Test
  void everyPackageHasAFloor() {
    assertThat(IMPORTS.keySet()).allSatisfy(name -> assertThat(floor(name)).isPresent());
  }

  @Test
  void importsGoDown() {
    List<String> wrong = new ArrayList<>();
    IMPORTS.forEach(
        (from, targets) ->
            targets.stream()
                .filter(to -> isOurs(to) && !SIDEWAYS.contains(from + " -> " + to))
                .filter(to -> floor(to).orElseThrow() >= floor(from).orElseThrow())
                .forEach(to -> wrong.add(from + " -> " + to)));
    assertThat(wrong).isEmpty();
  }

  @Test
  void noPackageReachesItself() {
    assertThat(IMPORTS.keySet())
        .allSatisfy(name -> assertThat(reachable(name)).doesNotContain(name));
  }

  @Test
  void eachLibraryHasOneOwner() {
    List<String> wrong = new ArrayList<>();
    IMPORTS.forEach(
        (from, targets) ->
            targets.forEach(
                to ->
                    OWNERS.forEach(
                        (library, owner) -> {
                          if (isWithin(to, library) && !isWithin(from, owner)) {
                            wrong.add(from + " -> " + to);
                          }
                        })));
    assertThat(wrong).isEmpty();
  }

  private boolean isUsed(String library) {
    return library.equals("org.jocl") || library.equals("picocli");
  }

  private static Set<String> reachable(String start) {
    Set<String> seen = new HashSet<>();
    List<String> open = new ArrayList<>(List.of(start));
    while (!open.isEmpty()) {
      for (String to : IMPORTS.getOrDefault(open.remove(open.size() - 1), Set.of())) {
        if (isOurs(to) && seen.add(to)) {
          open.add(to);
        }
      }
    }
    return seen;
  }

  private static Optional<Integer> floor(String name) {
    if (name.equals(ROOT)) {
      return Optional.of(5);
    }
    return FLOORS.keySet().stream()
        .filter(known -> isWithin(name, known))
        .max(java.util.Comparator.comparingInt(String::length))
        .map(FLOORS::get);
  }

  private static boolean isOurs(String name) {
    return isWithin(name, ROOT);
  }

  private static boolean isWithin(String name, String parent) {
    return name.equals(parent) || name.startsWith(parent + ".");
  }

  private static Map<String, Set<String>> imports() {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        ToolProvider.findFirst("jdeps")
            .orElseThrow()
            .run(
                new PrintWriter(out),
                new PrintWriter(err),
                "-verbose:package",
                "--multi-release",
                "17",
                "-cp",
                System.getProperty("java.class.path"),
                "target/classes");
    assertThat(exit).as("jdeps: %s%s", out, err).isZero();
    Map<String, Set<String>> imports = new TreeMap<>();
    out.toString()
        .lines()
        .map(EDGE::matcher)
        .filter(Matcher::matches)
        .filter(edge -> isOurs(edge.group(1)))
        .forEach(
            edge ->
                imports.computeIfAbsent(edge.group(1), name -> new TreeSet<>()).add(edge.group(2)));
    return imports;
  }
}
