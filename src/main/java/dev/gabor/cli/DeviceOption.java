package dev.gabor.cli;

import dev.gabor.DeviceChoice;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
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

  private Optional<FutureTask<DeviceChoice>> begun = Optional.empty();

  /** Begins to choose while something else is done; {@link #await} must follow. */
  void chooseSoon() {
    FutureTask<DeviceChoice> task = new FutureTask<>(() -> Gabor.choose(name));
    begun = Optional.of(task);
    Thread thread = new Thread(task, "choose-device");
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits for what {@link #chooseSoon} began: the JVM must not end within a driver. */
  void await() {
    begun.ifPresent(
        task -> {
          // Runs it here where it has not begun.
          task.run();
          try {
            task.get();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (ExecutionException e) {
            // Told to whoever asked for the device, if anybody did.
            return;
          }
        });
  }

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
    DeviceChoice choice = chosen();
    choice.remarks().forEach(err::println);
    return choice;
  }

  private DeviceChoice chosen() {
    if (begun.isEmpty()) {
      return Gabor.choose(name);
    }
    try {
      return begun.get().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a device was chosen", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
