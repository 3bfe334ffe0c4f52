package dev.gabor.cli;

import dev.gabor.bench.BenchmarkListener;
import dev.gabor.nn.plan.Profile;
import dev.gabor.nn.plan.ProfileText;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** Shows how far a benchmark is, by a bar on a terminal; elsewhere only what is left out. */
final class BenchProgress implements BenchmarkListener, AutoCloseable {
  private final PrintWriter err;
  private final boolean terminal;
  private final Profile all;
  private Optional<ProgressBar> bar = Optional.empty();

  /**
   * Shows a benchmark.
   *
   * @param all gets the times of the kernels, where they are taken
   */
  BenchProgress(PrintWriter err, Profile all) {
    this.all = all;
    this.err = err;
    this.terminal = Progress.isTerminal();
  }

  @Override
  public void started(int index, int count, String title) {
    if (!terminal) {
      return;
    }
    if (bar.isEmpty()) {
      bar =
          Optional.of(
              new ProgressBarBuilder()
                  .setTaskName("bench")
                  .setInitialMax(count)
                  .setConsumer(new ConsoleProgressBarConsumer(System.err))
                  .clearDisplayOnFinish()
                  .build());
    }
    bar.get().setExtraMessage(title);
    bar.get().stepTo(index);
  }

  @Override
  public void profiled(String title, Profile profile) {
    close();
    all.addAll(title, profile);
    err.println("profile of " + title);
    err.println(ProfileText.table(profile));
    err.flush();
  }

  @Override
  public void leftOut(String title, String reason) {
    err.println("left out: " + title + ": " + reason);
    err.flush();
  }

  @Override
  public void ended(int left, String first) {
    err.printf(
        Locale.ROOT,
        "left out: the last %d cases, from %s on: the time of --budget is over; kernels compiled by"
            + " now are kept, so another run comes further%n",
        left,
        first);
    err.flush();
  }

  /** Takes the bar away. */
  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
    bar = Optional.empty();
  }
}
