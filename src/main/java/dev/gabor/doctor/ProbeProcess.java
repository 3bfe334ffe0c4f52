package dev.gabor.doctor;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import dev.gabor.DeviceChoice;
import dev.gabor.DeviceException;
import dev.gabor.Gabor;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.Feature;
import dev.gabor.opencl.FeatureProbe;
import dev.gabor.opencl.OpenCl;
import dev.gabor.opencl.Platform;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The program of the processes that ask drivers: the first argument is the journal to be written,
 * the others are what to do. Any of it may end the process.
 */
final class ProbeProcess {
  static final String FEATURES = "features";
  static final String SELF_TEST = "self-test";
  static final String CHOOSE = "choose";
  static final String LIBRARY = "library=";
  static final String SKIP = "skip=";

  static final String LOAD_STAGE = "loading its library";
  static final String LIST_STAGE = "listing its devices";
  static final String CHOOSE_STAGE = "choosing a device";

  private final Journal journal;
  private final List<String> tasks;

  private ProbeProcess(Journal journal, List<String> tasks) {
    this.journal = journal;
    this.tasks = tasks;
  }

  /** Runs and halts: what drivers do at an orderly end is of no interest here. */
  public static void main(String[] args) {
    try (Journal journal = new Journal(Path.of(args[0]))) {
      new ProbeProcess(journal, Arrays.asList(args).subList(1, args.length)).run();
      journal.write("done", new JsonObject());
    }
    Runtime.getRuntime().halt(0);
  }

  /** The stage in which a feature of a device is probed. */
  static String stage(Feature feature, String device) {
    return "probing " + feature.key() + " on " + device;
  }

  /** The stage in which a device is tested. */
  static String selfTestStage(String device) {
    return "testing " + device;
  }

  private void run() {
    if (!loads()) {
      return;
    }
    journal.begin(LIST_STAGE);
    OpenCl.platforms().forEach(this::write);
    OpenCl.skipped().forEach(this::skipped);
    journal.end(LIST_STAGE);
    for (Device device : OpenCl.devices()) {
      if (tasks.contains(FEATURES)) {
        features(device);
      }
      if (tasks.contains(SELF_TEST)) {
        stage(selfTestStage(device.id()), () -> selfTest(device));
      }
    }
    if (tasks.contains(CHOOSE)) {
      stage(CHOOSE_STAGE, this::choose);
    }
  }

  /** The loader of OpenCL passes silently over a library that the linker refuses. */
  private boolean loads() {
    Optional<String> library =
        tasks.stream()
            .filter(task -> task.startsWith(LIBRARY))
            .map(task -> task.substring(LIBRARY.length()))
            .findFirst();
    if (library.isEmpty()) {
      return true;
    }
    journal.begin(LOAD_STAGE);
    try {
      System.load(library.get());
      return true;
    } catch (UnsatisfiedLinkError e) {
      skipped("cannot be loaded: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
      return false;
    } finally {
      journal.end(LOAD_STAGE);
    }
  }

  private void stage(String name, Runnable work) {
    if (tasks.contains(SKIP + name)) {
      return;
    }
    journal.begin(name);
    work.run();
    journal.end(name);
  }

  private void write(Platform platform) {
    JsonObject json = new JsonObject();
    json.put("index", platform.index());
    json.put("name", platform.name());
    json.put("vendor", platform.vendor());
    json.put("version", platform.version());
    JsonArray devices = new JsonArray();
    platform.devices().forEach(device -> devices.add(DeviceJson.write(device)));
    json.put("devices", devices);
    journal.write("platform", json);
  }

  private void skipped(String line) {
    JsonObject json = new JsonObject();
    json.put("line", line);
    journal.write("skipped", json);
  }

  private void features(Device device) {
    for (Feature feature : Feature.values()) {
      stage(
          stage(feature, device.id()),
          () -> {
            JsonObject json = new JsonObject();
            json.put("device", device.id());
            json.put("feature", feature.name());
            FeatureProbe.problem(device, feature).ifPresent(text -> json.put("problem", text));
            journal.write("feature", json);
          });
    }
  }

  private void selfTest(Device device) {
    SelfTestFinding finding = SelfCheck.run(device.id());
    JsonObject json = new JsonObject();
    json.put("device", device.id());
    json.put("cases", finding.cases());
    json.put("seconds", finding.seconds());
    finding.problem().ifPresent(text -> json.put("problem", text));
    journal.write("self_test", json);
  }

  private void choose() {
    JsonObject json = new JsonObject();
    try {
      DeviceChoice choice = Gabor.choose("auto");
      json.put("name", choice.name());
      json.put("title", choice.device().map(Device::title).orElse(choice.name()));
      json.put(
          "reason", choice.device().map(OpenCl::reason).orElse("no OpenCL device can be used"));
      json.put("remarks", new JsonArray(choice.remarks()));
    } catch (DeviceException e) {
      json.put("name", "cpu");
      json.put("title", "cpu");
      json.put("reason", e.getMessage());
      json.put("remarks", new JsonArray());
    }
    journal.write("choice", json);
  }
}
