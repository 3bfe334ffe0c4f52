package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is measured, and how long. The ceilings always are, and come first; what is added follows in
 * the order in which it was added.
 */
public final class Benchmark {
  private static final Set<String> COMMON = Set.of("add", "relu", "batch_norm", "max_pool");

  /** The models that are measured, tuned and compared where nobody names one. */
  public static final List<String> MODELS = List.of("lenet", "vgg", "resnet18", "mobilenet");

  private final Backend backend;
  private final List<Case> cases = new ArrayList<>();
  private Effort effort = Effort.FULL;
  private Scale scale = Scale.NORMAL;
  private boolean everyAlgorithm;
  private boolean profiles;
  private Optional<Duration> budget = Optional.empty();
  private BenchmarkListener listener = BenchmarkListener.NONE;

  private Benchmark(Backend backend) {
    this.backend = backend;
  }

  /** A benchmark of the ceilings of a backend, which the caller closes. */
  public static Benchmark on(Backend backend) {
    return new Benchmark(backend);
  }

  /** How long is measured; {@link Effort#FULL} if this is not called. */
  public Benchmark effort(Effort newEffort) {
    effort = newEffort;
    return this;
  }

  /** The sizes of tables and operators added from now on; {@link Scale#NORMAL} at first. */
  public Benchmark scale(Scale newScale) {
    scale = newScale;
    return this;
  }

  /** Whether convolutions added from now on run by every algorithm, or by the one chosen. */
  public Benchmark everyAlgorithm(boolean every) {
    everyAlgorithm = every;
    return this;
  }

  /** Whether the listener is given the times of the kernels of every case but the ceilings. */
  public Benchmark profiles(boolean wanted) {
    profiles = wanted;
    return this;
  }

  /**
   * A time after which no case is begun any more; there is none if this is not called. A case takes
   * a few seconds at most, but where a driver compiles slowly.
   */
  public Benchmark budget(Duration newBudget) {
    budget = Optional.of(newBudget);
    return this;
  }

  /** Who follows it. */
  public Benchmark listener(BenchmarkListener newListener) {
    listener = newListener;
    return this;
  }

  /** Adds all three passes of a convolution as it is. */
  public Benchmark convolution(Convolution convolution) {
    for (Pass pass : Pass.values()) {
      cases.add(new ConvolutionCase(convolution, pass, everyAlgorithm));
    }
    return this;
  }

  /** Adds a table of convolutions, with as many images as the scale says. */
  public Benchmark convolutions(List<Convolution> table) {
    table.stream().map(scale::of).distinct().forEach(this::convolution);
    return this;
  }

  /** Adds dense layers. */
  public Benchmark dense() {
    scale.dense().forEach(this::convolution);
    return this;
  }

  /** Adds a transposed convolution that doubles the sides of its images, in all three passes. */
  public Benchmark transposedConvolution() {
    for (Pass pass : Pass.values()) {
      cases.add(new TransposedConvolutionCase(scale.of(ConvolutionShapes.halving()), pass));
    }
    return this;
  }

  /** Adds every other operator. */
  public Benchmark operators() {
    cases.addAll(CaseTable.of(scale));
    return this;
  }

  /**
   * Adds all passes of an operator by its name in the table.
   *
   * @throws IllegalArgumentException if there is no such operator but convolution
   */
  public Benchmark operator(String name) {
    List<OperatorCase> all = CaseTable.of(scale);
    List<OperatorCase> named = all.stream().filter(operator -> operator.op().equals(name)).toList();
    if (named.isEmpty()) {
      throw new IllegalArgumentException(
          "unknown operator %s; there are %s"
              .formatted(
                  name,
                  all.stream().map(OperatorCase::op).distinct().collect(Collectors.joining(", "))));
    }
    cases.addAll(named);
    return this;
  }

  /** Adds operators that most networks have and drivers compile soon. */
  public Benchmark fewOperators() {
    CaseTable.of(scale).stream()
        .filter(operator -> COMMON.contains(operator.op()))
        .forEach(cases::add);
    return this;
  }

  /** Adds lenet, vgg, resnet18 and mobilenet at their usual batches. */
  public Benchmark models() {
    MODELS.forEach(this::model);
    return this;
  }

  /** The batch at which a model is measured when nobody names one. */
  public static int usualBatch(String name) {
    return ModelCase.usualBatch(name);
  }

  /**
   * Adds a named model at its usual batch.
   *
   * @throws IllegalArgumentException if there is no such model
   */
  public Benchmark model(String name) {
    return model(name, ModelCase.usualBatch(name));
  }

  /**
   * Adds a named model, in training and at inference.
   *
   * @throws IllegalArgumentException if there is no such model, or the batch is below 1
   */
  public Benchmark model(String name, int batch) {
    cases.add(new ModelCase(name, batch, true));
    cases.add(new ModelCase(name, batch, false));
    return this;
  }

  /** Measures everything. */
  public Report run() {
    try (ReferenceTimes reference = new ReferenceTimes(backend, effort)) {
      return run(reference);
    }
  }

  private Report run(ReferenceTimes reference) {
    long started = System.nanoTime();
    Map<String, String> properties = properties();
    Stopwatch stopwatch = new Stopwatch(backend, effort);
    int count = cases.size() + 1;
    listener.started(0, count, "ceilings");
    CeilingBenchmark ceilings = new CeilingBenchmark(backend, stopwatch, scale);
    List<Result> results = new ArrayList<>(ceilings.measure());
    double peakGflops = results.get(0).rate();
    double peakGbS = results.get(1).rate();
    try (Gauges gauges = ceilings.gauges()) {
      Bench bench = new Bench(backend, stopwatch, Optional.of(gauges), profiles, listener);
      for (int i = 0; i < cases.size(); i++) {
        if (isOver(started)) {
          properties.put("left out", "the last %d of %d cases".formatted(cases.size() - i, count));
          listener.ended(cases.size() - i, cases.get(i).title());
          break;
        }
        listener.started(i + 1, count, cases.get(i).title());
        results.addAll(reference.beside(cases.get(i), cases.get(i).measure(bench), peakGflops));
      }
    }
    return new Report(backend.description(), peakGflops, peakGbS, properties, results);
  }

  private boolean isOver(long started) {
    return budget.filter(time -> System.nanoTime() - started > time.toNanos()).isPresent();
  }

  private Map<String, String> properties() {
    Map<String, String> facts = new LinkedHashMap<>(backend.properties());
    facts.put(
        "host",
        "%s %s, %d processors, Java %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version")));
    Optional.ofNullable(Benchmark.class.getPackage().getImplementationVersion())
        .ifPresent(version -> facts.put("gabor", version));
    facts.put("date", LocalDate.now(ZoneOffset.UTC).toString());
    return facts;
  }
}
