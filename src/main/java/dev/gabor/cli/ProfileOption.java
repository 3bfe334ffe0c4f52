package dev.gabor.cli;

import dev.gabor.nn.plan.Profile;
import dev.gabor.nn.plan.ProfileText;
import dev.gabor.train.Trainer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option {@code --profile}: times of every kernel of some training steps. */
final class ProfileOption {
  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description =
          "Time the kernels of 20 training steps: tables by operation, kernel and layer on standard"
              + " error, and a trace in FILE for Perfetto or chrome://tracing.")
  private Path file;

  private final Profile profile = new Profile();

  /** Whether it was given: the device must then be opened for it. */
  boolean isGiven() {
    return file != null;
  }

  /** The trainer that fills the profile, where one is wanted. */
  Trainer apply(Trainer trainer) {
    return isGiven() ? trainer.profile(profile) : trainer;
  }

  /** Opens the temporary file, so that one that cannot be written is known before the run. */
  Optional<AtomicFile> open() {
    return isGiven() ? Optional.of(new AtomicFile(file)) : Optional.empty();
  }

  /** Writes the trace and prints the tables. */
  void write(AtomicFile target, PrintWriter err) {
    target.line(ProfileText.chromeTrace(profile));
    target.commit();
    if (profile.runs() == 0) {
      err.println("profile: the run ended before a step was timed");
    }
    err.print(ProfileText.table(profile));
    err.flush();
  }
}
