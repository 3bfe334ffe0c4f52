package dev.gabor.cli;

import dev.gabor.DeviceChoice;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** The option {@code --device} of every command that computes. */
final class DeviceOption {
  @Option(
      names = "--device",
      paramLabel = "D",
      defaultValue = "auto",
      description =
          "auto, cpu (the Java reference), opencl, opencl:P:D, or a part of a device name;"
              + " default ${DEFAULT-VALUE}.")
  private String name;

  /** Opens the device; says which it is, and why no better one was taken. */
  Backend open(PrintWriter err) {
    return open(err, BackendOptions.STANDARD);
  }

  /** The same, opened in another way. */
  Backend open(PrintWriter err, BackendOptions options) {
    Backend backend = choose(err).open(options);
    err.println("device: " + backend.description());
    err.flush();
    return backend;
  }

  /** Chooses the device; says why no better one was taken. */
  DeviceChoice choose(PrintWriter err) {
    DeviceChoice choice = Gabor.choose(name);
    choice.remarks().forEach(err::println);
    return choice;
  }
}
