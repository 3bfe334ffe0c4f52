package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Require;
import dev.gabor.backend.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Checks the operators of a device against the CPU reference on random problems:
 *
 * <pre>{@code
 * DeviceCheck.of(backend).cases(1000).seed(7).run().assertPassed();
 * }</pre>
 *
 * <p>Every operator, every algorithm of it and every {@link Backend#families family} of work sizes
 * takes its turn. The same seed gives the same problems.
 */
public final class DeviceCheck {
  private static final String FAMILY = "family";

  private final Backend device;
  private final List<OperatorCheck> operators;
  private final int cases;
  private final long seed;
  private final Consumer<Verdict> listener;

  private DeviceCheck(
      Backend device,
      List<OperatorCheck> operators,
      int cases,
      long seed,
      Consumer<Verdict> listener) {
    this.device = device;
    this.operators = List.copyOf(operators);
    this.cases = cases;
    this.seed = seed;
    this.listener = listener;
  }

  /** A check of all operators of a device, of 1000 cases; the caller closes the device. */
  public static DeviceCheck of(Backend device) {
    return new DeviceCheck(device, Operators.all(), 1000, 0, verdict -> {});
  }

  /** The same with another number of cases, at least 1. */
  public DeviceCheck cases(int newCases) {
    Require.that(newCases >= 1, "check", "cases is " + newCases + ", expected at least 1");
    return new DeviceCheck(device, operators, newCases, seed, listener);
  }

  /** The same with other problems. */
  public DeviceCheck seed(long newSeed) {
    return new DeviceCheck(device, operators, cases, newSeed, listener);
  }

  /** The same with an operator of one's own. */
  public DeviceCheck and(OperatorCheck operator) {
    List<OperatorCheck> more = new ArrayList<>(operators);
    more.add(operator);
    return new DeviceCheck(device, more, cases, seed, listener);
  }

  /** The same with these operators alone. */
  public DeviceCheck only(String... names) {
    List<String> wanted = List.of(names);
    wanted.forEach(this::named);
    List<OperatorCheck> fewer =
        operators.stream().filter(check -> wanted.contains(check.operator())).toList();
    return new DeviceCheck(device, fewer, cases, seed, listener);
  }

  /** The same, telling somebody about each case when it is done. */
  public DeviceCheck listener(Consumer<Verdict> newListener) {
    return new DeviceCheck(device, operators, cases, seed, newListener);
  }

  /** Runs all cases. */
  public CheckReport run() {
    List<OperatorCheck> order = Operators.inTurns(operators);
    Map<String, Integer> turns = new HashMap<>();
    List<Verdict> verdicts = new ArrayList<>();
    List<String> families = device.families();
    try (Backend reference = new ReferenceBackend()) {
      Judge judge = new Judge(reference);
      for (int i = 0; i < cases; i++) {
        OperatorCheck check = order.get(i % order.size());
        int turn = turns.merge(check.operator(), 1, Integer::sum) - 1;
        String family = families.get(turn % families.size());
        Backend backend = device.family(family);
        CheckCase line =
            check.draw(backend, turn / families.size(), new Draw(seed, i)).with(FAMILY, family);
        Verdict verdict = judge.judge(line, check.trial(line), backend);
        verdicts.add(verdict);
        listener.accept(verdict);
      }
    }
    return new CheckReport(device.description(), verdicts);
  }

  /**
   * Runs one case again.
   *
   * @param line as a failure prints it
   * @throws IllegalArgumentException if the line is no case
   */
  public CheckReport run(String line) {
    CheckCase parsed = CheckCase.parse(line);
    Trial trial = named(parsed.operator()).trial(parsed);
    String family = parsed.has(FAMILY) ? parsed.text(FAMILY) : device.families().get(0);
    try (Backend reference = new ReferenceBackend()) {
      Verdict verdict = new Judge(reference).judge(parsed, trial, device.family(family));
      listener.accept(verdict);
      return new CheckReport(device.description(), List.of(verdict));
    }
  }

  private OperatorCheck named(String name) {
    return operators.stream()
        .filter(check -> check.operator().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown operator %s, expected one of %s"
                        .formatted(
                            name,
                            String.join(
                                ", ", operators.stream().map(OperatorCheck::operator).toList()))));
  }
}
