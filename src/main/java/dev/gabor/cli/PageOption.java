package dev.gabor.cli;

import dev.gabor.bench.Report;
import dev.gabor.bench.page.Page;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of the page that a benchmark draws. */
final class PageOption {
  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write one page with pictures, which needs no network; - is standard output.")
  private Optional<String> html;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "With --html: draw these JSON files side by side and measure nothing; the others are"
              + " compared with the first.")
  private List<Path> from = List.of();

  /** Whether files are to be drawn and nothing is to be measured. */
  boolean drawsOnly() {
    return !from.isEmpty();
  }

  /** Draws the files. */
  void draw(PrintWriter out) {
    if (html.isEmpty()) {
      throw new IllegalArgumentException("--from draws a page: say where to by --html FILE");
    }
    List<Report> reports = from.stream().map(BenchCommand::read).toList();
    try (ResultFile file = open()) {
      file.write(() -> Page.of(reports), out);
    }
  }

  /** Opens the page's file, if one was asked for. */
  ResultFile open() {
    return new ResultFile(html);
  }

  /** The page of a report, beside an older one if there is one. */
  String of(Report report, Optional<Report> older) {
    List<Report> reports = new ArrayList<>();
    older.ifPresent(reports::add);
    reports.add(report);
    return Page.of(reports);
  }
}
