package dev.gabor.cli;

import dev.gabor.train.EpochReport;
import dev.gabor.train.MemoryForecast;
import dev.gabor.train.TrainingListener;
import java.io.Console;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** Shows a run: one line an epoch, and on a terminal a bar while an epoch lasts. */
final class Progress implements TrainingListener, AutoCloseable {
  private static final double MEBIBYTE = 1 << 20;
  private static final double NOTABLE_WAITING = 0.02;

  private final PrintWriter err;
  private final boolean terminal;
  private int epochs;
  private Optional<ProgressBar> bar = Optional.empty();

  Progress(PrintWriter err) {
    this(err, isTerminal());
  }

  Progress(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  @Override
  public void runStarted(MemoryForecast forecast, int epochsToCome, int stepsPerEpoch) {
    epochs = epochsToCome;
    err.printf(
        Locale.ROOT,
        "memory: %.1f MiB on the device: parameters %.1f, gradients %.1f, optimizer %.1f,"
            + " activations %.1f (%s%.1f without sharing), uploads %.1f, validation %.1f%n",
        forecast.total() / MEBIBYTE,
        forecast.parameters() / MEBIBYTE,
        forecast.gradients() / MEBIBYTE,
        forecast.optimizerState() / MEBIBYTE,
        forecast.arena() / MEBIBYTE,
        recomputing(forecast),
        forecast.unshared() / MEBIBYTE,
        forecast.uploads() / MEBIBYTE,
        forecast.evaluation() / MEBIBYTE);
    err.flush();
  }

  private static String recomputing(MemoryForecast forecast) {
    return forecast.arena() == forecast.kept()
        ? ""
        : String.format(Locale.ROOT, "%.1f without recomputing, ", forecast.kept() / MEBIBYTE);
  }

  @Override
  public void runResumed(List<EpochReport> done, int steps) {
    err.printf("resumed behind step %d, %d epochs are done%n", steps, done.size());
    err.flush();
  }

  @Override
  public void firstStepEnded() {
    err.printf(Locale.ROOT, "first step done %.2f s after the start%n", Main.secondsSinceStart());
    err.flush();
  }

  @Override
  public void batchEnded(int epoch, int step, int stepsPerEpoch) {
    if (!terminal) {
      return;
    }
    if (bar.isEmpty()) {
      bar =
          Optional.of(
              new ProgressBarBuilder()
                  .setTaskName("epoch " + epoch + "/" + epochs)
                  .setInitialMax(stepsPerEpoch)
                  .setConsumer(new ConsoleProgressBarConsumer(System.err))
                  .clearDisplayOnFinish()
                  .build());
    }
    bar.get().stepTo(step);
  }

  @Override
  public void epochEnded(EpochReport report) {
    close();
    err.printf(
        Locale.ROOT,
        "epoch %d/%d: train loss %.4f accuracy %.4f%s, %.0f images/s%s, %.1f s%n",
        report.epoch(),
        epochs,
        report.trainLoss(),
        report.trainAccuracy(),
        validation(report),
        report.imagesPerSecond(),
        waiting(report),
        report.seconds());
    err.flush();
  }

  private static String waiting(EpochReport report) {
    return report.waiting() < NOTABLE_WAITING
        ? ""
        : String.format(Locale.ROOT, " (%.0f %% waiting for data)", 100 * report.waiting());
  }

  private static String validation(EpochReport report) {
    if (report.valLoss().isEmpty() || report.valAccuracy().isEmpty()) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        ", validation loss %.4f accuracy %.4f",
        report.valLoss().getAsDouble(),
        report.valAccuracy().getAsDouble());
  }

  /** Takes the bar away. */
  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
    bar = Optional.empty();
  }

  // From Java 22 on there is always a console: then isTerminal() decides.
  @SuppressWarnings("SystemConsoleNull")
  static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      // Before Java 22 there is no such method, and a console is always a terminal.
      return true;
    }
  }
}
