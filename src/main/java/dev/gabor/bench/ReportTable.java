package dev.gabor.bench;

import dev.gabor.bench.Comparison.Change;
import dev.gabor.bench.Comparison.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;

/** A report in rows and columns: as text, Markdown or CSV. */
public final class ReportTable {
  private static final List<String> HEAD =
      List.of(
          "operator",
          "pass",
          "shape",
          "algorithm",
          "median ms",
          "min ms",
          "spread %",
          "kernel ms",
          "rate",
          "unit",
          "peak",
          "% of peak",
          "x cpu");
  private static final int FIRST_NUMBER = 4;
  private static final int UNIT = 9;

  private final Report report;
  private final List<List<String>> rows = new ArrayList<>();

  private ReportTable(Report report, Optional<Comparison> comparison) {
    this.report = report;
    List<String> head = new ArrayList<>(HEAD);
    comparison.ifPresent(changes -> head.add("change"));
    rows.add(head);
    for (int i = 0; i < report.results().size(); i++) {
      List<String> row = row(report.results().get(i));
      int index = i;
      comparison.ifPresent(changes -> row.add(mark(changes.changes().get(index))));
      rows.add(row);
    }
  }

  /** The table of a report. */
  public static ReportTable of(Report report) {
    return new ReportTable(report, Optional.empty());
  }

  /** The table of a report, with a column that says what became slower or faster. */
  public static ReportTable of(Report report, Comparison comparison) {
    return new ReportTable(report, Optional.of(comparison));
  }

  /** All cells as text, the head first. */
  public List<List<String>> rows() {
    return rows.stream().map(List::copyOf).toList();
  }

  /** For a terminal: numbers to the right. */
  public String text() {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder(title()).append('\n');
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String gap = " ".repeat(widths[i] - row.get(i).length());
        line.append(isNumber(i) ? gap + row.get(i) : row.get(i) + gap).append("  ");
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** A Markdown table under a line that names the device. */
  public String markdown() {
    StringBuilder text = new StringBuilder(title()).append("\n\n");
    text.append(markdownLine(rows.get(0))).append('|');
    for (int i = 0; i < rows.get(0).size(); i++) {
      text.append(isNumber(i) ? "---:|" : "---|");
    }
    text.append('\n');
    rows.stream().skip(1).forEach(row -> text.append(markdownLine(row)));
    return text.toString();
  }

  /** RFC 4180 with a head line; shapes are quoted. */
  public String csv() {
    return rows.stream()
        .map(
            row ->
                row.stream().map(ReportTable::csvField).collect(Collectors.joining(",")) + "\r\n")
        .collect(Collectors.joining());
  }

  private String title() {
    return String.format(
        Locale.ROOT,
        "%s: %.1f GFLOP/s, copies %.1f GB/s",
        report.device(),
        report.peakGflops(),
        report.peakGbS());
  }

  private static List<String> row(Result result) {
    Subject subject = result.subject();
    List<String> row = new ArrayList<>();
    row.add(subject.op());
    row.add(subject.pass());
    row.add(subject.problem() + (subject.batch() == 0 ? "" : " batch " + subject.batch()));
    row.add(subject.algorithm());
    row.add(number(result.timing().medianMillis()));
    row.add(number(result.timing().minMillis()));
    row.add(String.format(Locale.ROOT, "%.1f", result.timing().spreadPercent()));
    row.add(cell(result.timing().kernelMillis(), ReportTable::number));
    row.add(number(result.rate()));
    row.add(result.unit().label());
    row.add(cell(result.peak(), ReportTable::number));
    row.add(cell(result.percentOfPeak(), percent -> String.format(Locale.ROOT, "%.1f", percent)));
    row.add(cell(result.timesReference(), ReportTable::number));
    return row;
  }

  private static String cell(OptionalDouble value, DoubleFunction<String> format) {
    return value.isPresent() ? format.apply(value.getAsDouble()) : "";
  }

  private static String mark(Change change) {
    if (change.verdict() == Verdict.NEW) {
      return "new";
    }
    String percent = String.format(Locale.ROOT, "%+.1f %%", change.percent());
    return switch (change.verdict()) {
      case FASTER -> percent + " faster";
      case SLOWER -> percent + " slower";
      case FAILED -> percent + " TOO SLOW";
      default -> percent;
    };
  }

  /** Four digits that mean something, without an exponent. */
  private static String number(double value) {
    int whole = value <= 0 ? 1 : (int) Math.floor(Math.log10(value)) + 1;
    return String.format(Locale.ROOT, "%." + Math.max(0, Math.min(6, 4 - whole)) + "f", value);
  }

  /** Whether a column holds numbers, to be set to the right. */
  public boolean isNumber(int column) {
    return column >= FIRST_NUMBER && column != UNIT && column < HEAD.size();
  }

  private static String markdownLine(List<String> row) {
    return row.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static String csvField(String field) {
    boolean quoted = field.contains(",") || field.contains("\"");
    return quoted ? '"' + field.replace("\"", "\"\"") + '"' : field;
  }
}
