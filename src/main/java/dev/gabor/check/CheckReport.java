package dev.gabor.check;

import com.grack.nanojson.JsonStringWriter;
import com.grack.nanojson.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What came of a check. */
public final class CheckReport {
  private static final int FAILURES_SHOWN = 10;

  private final String device;
  private final List<Verdict> verdicts;

  CheckReport(String device, List<Verdict> verdicts) {
    this.device = device;
    this.verdicts = List.copyOf(verdicts);
  }

  /**
   * The cases of one operator.
   *
   * @param operator its name
   * @param cases how many ran
   * @param failed how many of them failed
   * @param worstError the difference that came nearest to its bound, or exceeded it most
   * @param bound that bound
   */
  public record Tally(String operator, int cases, int failed, double worstError, double bound) {}

  /** The device in words. */
  public String device() {
    return device;
  }

  /** All cases, in the order in which they ran. */
  public List<Verdict> verdicts() {
    return verdicts;
  }

  /** The cases that failed. */
  public List<Verdict> failures() {
    return verdicts.stream().filter(verdict -> !verdict.passed()).toList();
  }

  /** Whether something ran and nothing failed. */
  public boolean passed() {
    return !verdicts.isEmpty() && failures().isEmpty();
  }

  /** Ends a test where a case failed or none ran: the message holds lines to paste back. */
  public void assertPassed() {
    if (verdicts.isEmpty()) {
      throw new AssertionError("check of " + device + ": nothing ran");
    }
    if (!passed()) {
      throw new AssertionError(
          "%d of %d cases failed on %s:%n%s"
              .formatted(failures().size(), verdicts.size(), device, failureLines()));
    }
  }

  /** One row an operator. */
  public List<Tally> tallies() {
    Map<String, List<Verdict>> byOperator = new LinkedHashMap<>();
    verdicts.forEach(
        verdict ->
            byOperator
                .computeIfAbsent(verdict.line().operator(), name -> new ArrayList<>())
                .add(verdict));
    List<Tally> tallies = new ArrayList<>();
    byOperator.forEach(
        (operator, cases) -> {
          Verdict worst = cases.get(0);
          int failed = 0;
          for (Verdict verdict : cases) {
            worst = verdict.share() > worst.share() ? verdict : worst;
            failed += verdict.passed() ? 0 : 1;
          }
          tallies.add(new Tally(operator, cases.size(), failed, worst.error(), worst.bound()));
        });
    return tallies;
  }

  /** A table, and below it the failures. */
  public String toTable() {
    StringBuilder table = new StringBuilder();
    String row = "%-15s %7s %7s %12s %12s%n";
    table.append(
        String.format(Locale.ROOT, row, "operator", "cases", "failed", "worst error", "bound"));
    for (Tally tally : tallies()) {
      table.append(
          String.format(
              Locale.ROOT,
              row,
              tally.operator(),
              tally.cases(),
              tally.failed(),
              String.format(Locale.ROOT, "%.2g", tally.worstError()),
              String.format(Locale.ROOT, "%.2g", tally.bound())));
    }
    table.append(
        String.format(
            Locale.ROOT,
            "%d cases, %d failed on %s%n",
            verdicts.size(),
            failures().size(),
            device));
    return failures().isEmpty() ? table.toString() : table.append(failureLines()).toString();
  }

  /** One JSON object; a failure without a number has 1e308 as its error, for JSON knows no more. */
  public String toJson() {
    JsonStringWriter json =
        JsonWriter.string()
            .object()
            .value("device", device)
            .value("cases", verdicts.size())
            .value("failed", failures().size())
            .array("operators");
    for (Tally tally : tallies()) {
      json.object()
          .value("operator", tally.operator())
          .value("cases", tally.cases())
          .value("failed", tally.failed())
          .value("worst_error", Math.min(tally.worstError(), 1e308))
          .value("bound", tally.bound())
          .end();
    }
    json.end().array("failures");
    for (Verdict verdict : failures()) {
      json.object()
          .value("case", verdict.line().toString())
          .value("detail", verdict.failure().orElse(""))
          .end();
    }
    return json.end().end().done();
  }

  /** What runs a case again: a network is not in its line, so that only a test can. */
  private static String command(CheckCase line) {
    return line.operator().equals(CrossCheck.OPERATOR)
        ? line.toString()
        : "gabor check --case \"" + line + "\"";
  }

  private String failureLines() {
    StringBuilder lines = new StringBuilder();
    List<Verdict> failures = failures();
    failures.stream()
        .limit(FAILURES_SHOWN)
        .forEach(
            verdict ->
                lines.append(
                    "%s%n    %s%n"
                        .formatted(command(verdict.line()), verdict.failure().orElse(""))));
    if (failures.size() > FAILURES_SHOWN) {
      lines.append("and %d more%n".formatted(failures.size() - FAILURES_SHOWN));
    }
    return lines.toString();
  }
}
