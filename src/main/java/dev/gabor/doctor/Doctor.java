package dev.gabor.doctor;

import dev.gabor.opencl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Examines the OpenCL of a machine without ever loading it into this process.
 *
 * <pre>{@code
 * Diagnosis diagnosis = Doctor.of(Surroundings.here()).selfTest(true).examine();
 * }</pre>
 */
public final class Doctor {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String ENTRY = "entry.icd";
  private static final String LOADER = "libOpenCL.so.1";

  private final Surroundings machine;
  private final boolean selfTest;
  private final Duration patience;

  private Doctor(Surroundings machine, boolean selfTest, Duration patience) {
    this.machine = machine;
    this.selfTest = selfTest;
    this.patience = patience;
  }

  /** A doctor who runs no self-test. */
  public static Doctor of(Surroundings machine) {
    return new Doctor(machine, false, PATIENCE);
  }

  /** The same, comparing each device with the CPU reference for two seconds, or not. */
  public Doctor selfTest(boolean wanted) {
    return new Doctor(machine, wanted, patience);
  }

  /** The same, ending a driver that says nothing after another time than two minutes. */
  public Doctor patience(Duration newPatience) {
    return new Doctor(machine, selfTest, newPatience);
  }

  /** Finds everything out. Whatever the drivers do becomes a line of the diagnosis. */
  public Diagnosis examine() {
    Path folder = newFolder();
    try {
      return examine(new ProbeRun(machine, folder, patience), new LibrarySearch(machine));
    } finally {
      delete(folder);
    }
  }

  private Diagnosis examine(ProbeRun probe, LibrarySearch libraries) {
    List<DriverFinding> drivers =
        IcdEntries.find(machine).stream().map(entry -> driver(entry, probe, libraries)).toList();
    List<String> skipped = new ArrayList<>();
    ProbeRun.Outcome together = together(drivers, probe, skipped);
    List<String> known = drivers.stream().flatMap(driver -> driver.skipped().stream()).toList();
    lines(together).filter(line -> !known.contains(line)).forEach(skipped::add);
    Naming naming = new Naming(together.findings().platforms());
    List<DriverFinding> named = drivers.stream().map(naming::rename).toList();
    List<PlatformFinding> others = naming.left();
    List<DeviceFinding> devices =
        Stream.concat(named.stream().flatMap(d -> d.platforms().stream()), others.stream())
            .flatMap(platform -> platform.devices().stream())
            .toList();
    return new Diagnosis(
        system(),
        loader(libraries),
        named,
        others,
        skipped,
        together.findings().choice().orElseGet(() -> none(together)),
        Advice.on(machine, libraries, named, devices));
  }

  private DriverFinding driver(IcdEntry entry, ProbeRun probe, LibrarySearch libraries) {
    if (entry.problem().isPresent()) {
      return new DriverFinding(entry, List.of(), List.of(entry.problem().get()), false);
    }
    Optional<Path> library = libraries.find(entry.library());
    if (library.isEmpty()) {
      String missing = "its library %s is in no library folder".formatted(entry.library());
      return new DriverFinding(entry, List.of(), List.of(missing), false);
    }
    List<String> tasks = tasks();
    tasks.add(ProbeProcess.LIBRARY + library.get().toAbsolutePath());
    ProbeRun.Outcome outcome = probe.run(tasks, Optional.of(vendors(probe, List.of(entry))));
    return new DriverFinding(
        entry, outcome.findings().platforms(), lines(outcome).toList(), outcome.isDangerous());
  }

  /** What was left out; the index of a platform depends on who else is asked. */
  private static Stream<String> lines(ProbeRun.Outcome outcome) {
    return Stream.concat(
        outcome.findings().skipped().stream()
            .map(line -> line.replaceFirst("^platform \\d+", "platform")),
        deaths(outcome));
  }

  private static Stream<String> deaths(ProbeRun.Outcome outcome) {
    return outcome.deaths().entrySet().stream()
        .map(death -> death.getKey() + " " + death.getValue());
  }

  /** All drivers at once as every program sees them, or the harmless ones where one does harm. */
  private ProbeRun.Outcome together(
      List<DriverFinding> drivers, ProbeRun probe, List<String> skipped) {
    // Where no file names a driver, nobody has looked at the features yet.
    List<String> tasks = drivers.isEmpty() ? tasks() : new ArrayList<>();
    tasks.add(ProbeProcess.CHOOSE);
    List<IcdEntry> harmless =
        drivers.stream().filter(driver -> !driver.dangerous()).map(DriverFinding::entry).toList();
    if (harmless.size() == drivers.size()) {
      return probe.run(tasks, Optional.empty());
    }
    skipped.add("what follows holds without the drivers that end or stop the process");
    return probe.run(tasks, Optional.of(vendors(probe, harmless)));
  }

  private List<String> tasks() {
    List<String> tasks = new ArrayList<>();
    tasks.add(ProbeProcess.FEATURES);
    if (selfTest) {
      tasks.add(ProbeProcess.SELF_TEST);
    }
    return tasks;
  }

  /** A folder of ICD files that names these drivers alone. */
  private static Path vendors(ProbeRun probe, List<IcdEntry> entries) {
    try {
      Path folder = Files.createTempDirectory(probe.folder(), "vendors");
      for (int i = 0; i < entries.size(); i++) {
        Files.writeString(folder.resolve(i + ENTRY), entries.get(i).library() + "\n");
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String system() {
    return "%s %s, Java %s, %d processors"
        .formatted(
            machine.operatingSystem(),
            System.getProperty("os.arch"),
            System.getProperty("java.version"),
            Runtime.getRuntime().availableProcessors());
  }

  private String loader(LibrarySearch libraries) {
    if (!machine.hasIcdFiles()) {
      return "that of the system";
    }
    return libraries.find(LOADER).map(Path::toString).orElse(LOADER + " is in no library folder");
  }

  private static ChoiceFinding none(ProbeRun.Outcome together) {
    String why =
        together.deaths().isEmpty()
            ? "OpenCL cannot be asked"
            : String.join("; ", deaths(together).toList());
    return new ChoiceFinding("cpu", "cpu", why, List.of());
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("gabor-doctor");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives what was found driver by driver the names of all drivers together. */
  private static final class Naming {
    private final List<PlatformFinding> free;

    Naming(List<PlatformFinding> platforms) {
      free = new ArrayList<>(platforms);
    }

    DriverFinding rename(DriverFinding driver) {
      return new DriverFinding(
          driver.entry(),
          driver.platforms().stream().map(this::rename).toList(),
          driver.skipped(),
          driver.dangerous());
    }

    /** The platforms that no driver of an ICD entry led to. */
    List<PlatformFinding> left() {
      return List.copyOf(free);
    }

    private PlatformFinding rename(PlatformFinding alone) {
      Optional<PlatformFinding> match =
          free.stream()
              .filter(platform -> platform.name().equals(alone.name()))
              .filter(platform -> platform.version().equals(alone.version()))
              .findFirst();
      match.ifPresent(free::remove);
      int index = match.map(PlatformFinding::index).orElse(-1);
      List<DeviceFinding> devices =
          alone.devices().stream()
              .map(
                  found ->
                      new DeviceFinding(
                          renumber(found.device(), index), found.features(), found.selfTest()))
              .toList();
      return new PlatformFinding(index, alone.name(), alone.vendor(), alone.version(), devices);
    }

    private static Device renumber(Device device, int platformIndex) {
      return DeviceJson.read(
          DeviceJson.write(device), platformIndex, device.platformName(), device.platformVersion());
    }
  }
}
