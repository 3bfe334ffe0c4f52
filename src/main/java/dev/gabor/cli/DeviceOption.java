package dev.gabor.cli;

import dev.gabor.DeviceChoice;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
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
    return open(err, false);
  }

  /** The same, with kernel times where the device has a clock. */
  Backend open(PrintWriter err, boolean profiling) {
    DeviceChoice choice = Gabor.choose(name);
    choice.remarks().forEach(err::println);
    Backend backend = choice.open(profiling);
    err.println("device: " + backend.description());
    err.flush();
    return backend;
  }
}
