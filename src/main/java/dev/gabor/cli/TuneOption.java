package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.nn.Network;
import java.io.PrintWriter;
import java.io.Writer;
import picocli.CommandLine.Option;

/** The option {@code --tune}: measure the network's convolutions before the run. */
final class TuneOption {
  @Option(
      names = "--tune",
      paramLabel = "SECONDS",
      description =
          "Before training, measure which algorithms are fastest for the convolutions of this"
              + " network, for so long at most; what is found is kept for later runs, too.")
  private Double seconds;

  /** Refuses what makes no sense, before data is read. */
  void check() {
    if (seconds != null && !(seconds > 0)) {
      throw new IllegalArgumentException("--tune: expected more than 0 seconds, found " + seconds);
    }
  }

  /** Measures, on the device opened for that alone: training must see what was found. */
  void run(
      DeviceOption device, WorkspaceOption workspace, Network network, int batch, PrintWriter err) {
    if (seconds == null) {
      return;
    }
    TuningRun run = new TuningRun();
    PrintWriter nobody = new PrintWriter(Writer.nullWriter());
    // The remarks of the choice come when the device is opened for training.
    try (Backend backend = device.choose(nobody).open(TuningRun.options(workspace))) {
      TuningProgress progress = new TuningProgress(err, nobody);
      run.run(
          backend, network.convolutions(batch), progress, tuner -> tuner.budgetSeconds(seconds));
    }
  }
}
