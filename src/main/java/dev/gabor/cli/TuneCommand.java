package dev.gabor.cli;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.tuning.Found;
import dev.gabor.bench.Benchmark;
import dev.gabor.bench.ConvolutionShapes;
import dev.gabor.nn.models.Models;
import dev.gabor.tune.TunedProblem;
import dev.gabor.tune.TuningReport;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures which algorithms are fastest, and keeps it for later runs. */
@Command(
    name = "tune",
    description = {
      "Measures which algorithms a device should take for convolutions, and keeps it for later runs"
          + " of any command. Each is compared with the CPU reference before it may be kept.",
      "Without --model and --conv the convolutions of all named models are measured."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class TuneCommand implements Runnable {
  private static final int CLASSES = 10;

  @Spec private CommandSpec spec;
  @Mixin private DeviceOption device;
  @Mixin private WorkspaceOption workspace;

  @ArgGroup(exclusive = false, multiplicity = "0..*")
  private List<ModelOption> models = new ArrayList<>();

  @Option(
      names = "--conv",
      paramLabel = "N,C,H,W,K,R,S,stride,pad[,dilation[,groups]]",
      description = "All three passes of a convolution; may be repeated.")
  private List<String> convolutions = List.of();

  @Option(
      names = "--budget",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "No candidate is begun after that; another run goes on from there. Default"
              + " ${DEFAULT-VALUE}.")
  private double budget;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the order of candidates; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--again", description = "Measure what an earlier run has done with, too.")
  private boolean again;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the result as JSON; - is standard output, instead of the table.")
  private Optional<String> json;

  /** A model and its batch. */
  static final class ModelOption {
    @Option(
        names = "--model",
        paramLabel = "NAME",
        required = true,
        description = "The convolutions of a named model in training; may be repeated.")
    private String name;

    @Option(
        names = "--batch",
        paramLabel = "N",
        description = "Images in a step of the model before it; default as in bench.")
    private Integer batch;

    List<ConvolutionProblem> problems() {
      return TuneCommand.problems(name, batch == null ? Benchmark.usualBatch(name) : batch);
    }
  }

  @Override
  public void run() {
    // What was wrongly asked for must show now, not after minutes.
    List<ConvolutionProblem> problems = problems();
    if (!(budget > 0)) {
      throw new IllegalArgumentException("--budget: expected more than 0 seconds, found " + budget);
    }
    TuningRun run = new TuningRun();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (ResultFile file = new ResultFile(json);
        Backend backend = device.open(err, TuningRun.options(workspace))) {
      PrintWriter rows = file.isStandardOutput() ? new PrintWriter(Writer.nullWriter()) : out;
      TuningProgress progress = new TuningProgress(err, rows);
      progress.head();
      TuningReport report =
          run.run(
                  backend,
                  problems,
                  progress,
                  tuner -> tuner.budgetSeconds(budget).seed(seed).again(again))
              .orElse(new TuningReport(List.of(), List.of(), List.of()));
      file.write(() -> toJson(report, backend.description()), out);
    }
  }

  private List<ConvolutionProblem> problems() {
    List<ConvolutionProblem> problems = new ArrayList<>();
    for (String text : convolutions) {
      Convolution convolution = ConvolutionShapes.parse(text);
      for (Pass pass : Pass.values()) {
        problems.add(new ConvolutionProblem(convolution, pass));
      }
    }
    models.forEach(model -> problems.addAll(model.problems()));
    if (problems.isEmpty()) {
      Benchmark.MODELS.forEach(name -> problems.addAll(problems(name, Benchmark.usualBatch(name))));
    }
    return problems;
  }

  private static List<ConvolutionProblem> problems(String model, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException(
          "model " + model + ": batch is " + batch + ", expected at least 1");
    }
    return Models.byName(model, Models.usualShape(model), CLASSES).convolutions(batch);
  }

  private static String toJson(TuningReport report, String device) {
    JsonArray results = new JsonArray();
    for (TunedProblem problem : report.measured()) {
      JsonObject result = new JsonObject();
      result.put("pass", problem.problem().passKey());
      result.put("shape", problem.problem().convolution().toString());
      result.put("heuristic", problem.safe());
      problem.safeMillis().ifPresent(millis -> result.put("heuristic_ms", millis));
      JsonArray ranking = new JsonArray();
      for (Found.Timed timed : problem.found().ranking()) {
        JsonObject place = new JsonObject();
        place.put("algorithm", timed.algorithm());
        place.put("ms", timed.millis());
        ranking.add(place);
      }
      result.put("ranking", ranking);
      result.put("complete", problem.found().complete());
      results.add(result);
    }
    JsonObject object = new JsonObject();
    object.put("device", device);
    object.put("results", results);
    object.put("known", report.known().size());
    object.put("left", report.left().size());
    object.put("refused", new JsonArray(report.refused()));
    return JsonWriter.string(object);
  }
}
