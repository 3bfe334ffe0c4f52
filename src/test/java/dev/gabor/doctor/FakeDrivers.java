package dev.gabor.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A folder of ICD files with drivers that misbehave, compiled by the machine's C compiler. */
final class FakeDrivers {
  private final Path folder;
  private final Path vendors;

  FakeDrivers(Path folder) throws IOException {
    this.folder = folder;
    vendors = Files.createDirectory(folder.resolve("vendors"));
  }

  /** Adds an ICD file with this text. */
  FakeDrivers file(String name, String text) throws IOException {
    Files.writeString(vendors.resolve(name + ".icd"), text);
    return this;
  }

  /** Adds the driver that this C source makes. */
  FakeDrivers driver(String name, String source) throws IOException, InterruptedException {
    Path code = folder.resolve(name + ".c");
    Path library = folder.resolve("lib" + name + ".so");
    Path log = folder.resolve(name + ".log");
    Files.writeString(code, source);
    Process process =
        new ProcessBuilder(
                "cc", "-shared", "-fPIC", "-o", library.toString(), code.toString(), "-ldl")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    return file(name, library + "\n");
  }

  /** Adds PoCL under this name. */
  FakeDrivers pocl(String name) throws IOException {
    return file(name, poclLibrary());
  }

  /** What the installed ICD file of PoCL names. */
  static String poclLibrary() throws IOException {
    return Files.readString(Path.of("/etc/OpenCL/vendors/pocl.icd")).strip();
  }

  /** This machine with these drivers alone. */
  Surroundings machine() {
    Map<String, String> variables = new HashMap<>(System.getenv());
    variables.remove("OCL_ICD_FILENAMES");
    variables.put("OCL_ICD_VENDORS", vendors + "/");
    return new Surroundings(variables, System.getProperty("os.name"), Path.of("/"));
  }
}
