package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.Convolution;
import dev.gabor.bench.Benchmark;
import dev.gabor.bench.Comparison;
import dev.gabor.bench.Comparison.Verdict;
import dev.gabor.bench.ConvolutionShapes;
import dev.gabor.bench.Effort;
import dev.gabor.bench.Report;
import dev.gabor.bench.ReportJson;
import dev.gabor.bench.ReportTable;
import dev.gabor.bench.Scale;
import dev.gabor.data.DataException;
import dev.gabor.nn.plan.Profile;
import dev.gabor.nn.plan.ProfileText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a device. */
@Command(
    name = "bench",
    description =
        "Measures what a device can do at most, and how near convolutions, operators and models"
            + " come to it. With --conv, --operator or --model only these are measured, beside the"
            + " ceilings.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class BenchCommand implements Callable<Integer> {
  /** The percentage from which on a change of the peak says something of the machine. */
  private static final double LEAST_REMARKABLE = 5;

  // What is begun last may take 15 seconds to compile on PoCL.
  private static final int QUICK_SECONDS = 42;
  private static final int FULL_SECONDS = 540;

  @Spec private CommandSpec spec;
  @Mixin private DeviceOption device;
  @Mixin private WorkspaceOption workspace;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write one JSON object; - is standard output, in the place of the table.")
  private Optional<String> json;

  @Option(
      names = "--conv",
      paramLabel = "N,C,H,W,K,R,S,stride,pad[,dilation[,groups]]",
      description = "All three passes of a convolution; may be repeated.")
  private List<String> convolutions = List.of();

  @Option(
      names = "--operator",
      paramLabel = "NAME",
      description = "All passes of an operator by its name in the table; may be repeated.")
  private List<String> operators = List.of();

  @ArgGroup(exclusive = false, multiplicity = "0..*")
  private List<ModelOption> models = new ArrayList<>();

  @Option(
      names = "--quick",
      description = "Fewer samples, a few shapes and operators, lenet alone: under a minute.")
  private boolean quick;

  @Option(
      names = "--budget",
      paramLabel = "SECONDS",
      description =
          "Begin nothing new after so long; default 540, with --quick 42, with --conv, --operator or"
              + " --model no end.")
  private Optional<Integer> budget;

  @Option(
      names = "--all-algorithms",
      description = "Convolutions by every algorithm, not only by the one chosen.")
  private boolean everyAlgorithm;

  @Option(
      names = "--compare",
      paramLabel = "FILE",
      description = "JSON of an older run; ends with 1 if something became too slow.")
  private Path compare;

  @Option(
      names = "--threshold",
      paramLabel = "PERCENT",
      defaultValue = "10",
      description = "The slow-down that --compare lets pass; default ${DEFAULT-VALUE}.")
  private double threshold;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description =
          "Time the kernels of every case: tables by operation, kernel and layer on standard error,"
              + " and a trace in FILE for Perfetto or chrome://tracing.")
  private Path profile;

  @Mixin private PageOption page;

  @ArgGroup private FormOption form = new FormOption();

  /** A model and its batch. */
  static final class ModelOption {
    @Option(
        names = "--model",
        paramLabel = "NAME",
        required = true,
        description = "A named model in training and at inference; may be repeated.")
    private String name;

    @Option(
        names = "--batch",
        paramLabel = "N",
        description = "Images in a run of the model before it; default as in the table.")
    private Integer batch;

    void addTo(Benchmark benchmark) {
      if (batch == null) {
        benchmark.model(name);
      } else {
        benchmark.model(name, batch);
      }
    }
  }

  /** The form of the table. */
  static final class FormOption {
    @Option(names = "--markdown", description = "The table in Markdown.")
    private boolean markdown;

    @Option(names = "--csv", description = "The table in CSV.")
    private boolean csv;

    String format(ReportTable table) {
      if (markdown) {
        return table.markdown();
      }
      return csv ? table.csv() : table.text();
    }
  }

  @Override
  public Integer call() {
    if (page.drawsOnly()) {
      page.draw(spec.commandLine().getOut());
      return ExitCode.DONE;
    }
    // What was wrongly asked for must show now, not after minutes.
    if (budget.filter(seconds -> seconds < 1).isPresent()) {
      throw new IllegalArgumentException(
          "--budget: expected at least 1 second, found " + budget.get());
    }
    List<Convolution> shapes = convolutions.stream().map(ConvolutionShapes::parse).toList();
    Optional<Report> older = Optional.ofNullable(compare).map(BenchCommand::read);
    older.ifPresent(report -> Comparison.of(report, report, threshold));
    PrintWriter err = spec.commandLine().getErr();
    try (ResultFile file = new ResultFile(json);
        ResultFile html = page.open();
        ResultFile trace = new ResultFile(Optional.ofNullable(profile).map(Path::toString));
        Backend backend =
            device.open(err, workspace.apply(BackendOptions.STANDARD).withProfiling(true))) {
      Profile all = new Profile();
      Report report = measure(benchmark(backend, shapes), all);
      PrintWriter out = spec.commandLine().getOut();
      trace.write(() -> ProfileText.chromeTrace(all), out);
      html.write(() -> page.of(report, older), out);
      file.write(() -> ReportJson.write(report), out);
      Optional<Comparison> comparison =
          older.map(before -> Comparison.of(before, report, threshold));
      if (!file.isStandardOutput()) {
        out.print(form.format(table(report, comparison)));
      }
      comparison.ifPresent(changes -> summarize(older.get(), report, changes));
      return comparison.filter(Comparison::failed).isPresent()
          ? ExitCode.CHECK_FAILED
          : ExitCode.DONE;
    }
  }

  private Report measure(Benchmark benchmark, Profile all) {
    try (BenchProgress progress = new BenchProgress(spec.commandLine().getErr(), all)) {
      return benchmark.listener(progress).profiles(profile != null).run();
    }
  }

  private Benchmark benchmark(Backend backend, List<Convolution> shapes) {
    Benchmark benchmark =
        Benchmark.on(backend)
            .effort(quick ? Effort.QUICK : Effort.FULL)
            .scale(backend.name().equals("cpu") ? Scale.SMALL : Scale.NORMAL)
            .everyAlgorithm(everyAlgorithm);
    budget.ifPresent(seconds -> benchmark.budget(Duration.ofSeconds(seconds)));
    shapes.forEach(benchmark::convolution);
    operators.forEach(benchmark::operator);
    models.forEach(model -> model.addTo(benchmark));
    if (!shapes.isEmpty() || !operators.isEmpty() || !models.isEmpty()) {
      return benchmark;
    }
    if (budget.isEmpty()) {
      benchmark.budget(Duration.ofSeconds(quick ? QUICK_SECONDS : FULL_SECONDS));
    }
    if (quick) {
      // The model last: where a driver compiles for long, its inference may be left out.
      return benchmark.convolutions(ConvolutionShapes.few()).fewOperators().model("lenet");
    }
    return benchmark
        .convolutions(ConvolutionShapes.standard())
        .transposedConvolution()
        .dense()
        .operators()
        .models()
        .convolutions(ConvolutionShapes.networks());
  }

  private static ReportTable table(Report report, Optional<Comparison> comparison) {
    return comparison
        .map(changes -> ReportTable.of(report, changes))
        .orElseGet(() -> ReportTable.of(report));
  }

  private void summarize(Report older, Report report, Comparison comparison) {
    PrintWriter err = spec.commandLine().getErr();
    if (!older.device().equals(report.device())) {
      err.println(compare + " was measured on another device: " + older.device());
    }
    double peak = 100 * (report.peakGflops() / older.peakGflops() - 1);
    if (Math.abs(peak) > Math.max(threshold, LEAST_REMARKABLE)) {
      err.printf(
          Locale.ROOT,
          "the measured peak itself changed by %+.1f %%: the machine is another, or busy%n",
          peak);
    }
    comparison.changes().stream()
        .filter(change -> change.verdict() == Verdict.FAILED)
        .forEach(
            change ->
                err.printf(
                    Locale.ROOT,
                    "%s is %.1f %% slower%n",
                    change.result().subject(),
                    change.percent()));
    err.printf(
        "against %s: %d faster, %d slower, %d slower past %s %%, %d within the noise, %d new%n",
        compare,
        comparison.count(Verdict.FASTER),
        comparison.count(Verdict.SLOWER),
        comparison.count(Verdict.FAILED),
        threshold,
        comparison.count(Verdict.SAME),
        comparison.count(Verdict.NEW));
  }

  static Report read(Path file) {
    try {
      return ReportJson.read(file.toString(), Files.readString(file));
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
