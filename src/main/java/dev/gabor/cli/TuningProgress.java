package dev.gabor.cli;

import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.tuning.Found;
import dev.gabor.tune.TunedProblem;
import dev.gabor.tune.TuningListener;
import dev.gabor.tune.TuningReport;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Tells what a tuner does: refusals as they come, a table row a problem if it is wanted. */
final class TuningProgress implements TuningListener {
  private static final String ROW = "%-17s%-43s%-28s%10s  %-28s%10s%7s%n";

  private final PrintWriter err;
  private final PrintWriter rows;

  /**
   * Tells somebody.
   *
   * @param rows where the table goes
   */
  TuningProgress(PrintWriter err, PrintWriter rows) {
    this.err = err;
    this.rows = rows;
  }

  void head() {
    rows.printf(
        ROW,
        "pass",
        "N,C,H,W,K,R,S,stride,pad,dilation,groups",
        "heuristic",
        "ms",
        "best",
        "ms",
        "gain");
    rows.flush();
  }

  @Override
  public void ended(TunedProblem result) {
    result.refused().forEach(line -> err.println("refused: " + line));
    err.flush();
    List<Found.Timed> ranking = result.found().ranking();
    boolean any = !ranking.isEmpty();
    rows.printf(
        ROW,
        result.problem().passKey(),
        result.problem().convolution(),
        result.safe(),
        result.safeMillis().map(TuningProgress::millis).orElse("failed"),
        any ? ranking.get(0).algorithm() : "none",
        any ? millis(ranking.get(0).millis()) : "",
        String.format(Locale.ROOT, "%.2f", result.gain()));
    rows.flush();
  }

  @Override
  public void leftOut(ConvolutionProblem problem, String reason) {
    err.println("left out: " + problem + ": " + reason);
    err.flush();
  }

  /** Says why there is nothing to do. */
  void nothingToChoose(String device) {
    err.println("tuning: " + device + " has one algorithm for each pass, nothing to choose");
    err.flush();
  }

  /** The last line: what was done, and what was not. */
  void summarize(TuningReport report) {
    long faster = report.measured().stream().filter(problem -> problem.gain() > 1.1).count();
    err.printf(
        "tuning: %d convolutions measured, %d of them faster by more than 10 %% than by the"
            + " heuristic's choice; %d known, %d left for another run, %d candidates refused%n",
        report.measured().size(),
        faster,
        report.known().size(),
        report.left().size(),
        report.refused().size());
    err.flush();
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, "%.3f", millis);
  }
}
