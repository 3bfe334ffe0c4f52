package dev.gabor.peers;

import ai.djl.engine.Engine;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Prints how fast Gabor is beside PyTorch on this machine: convolutions and the named models.
 * Started by {@code ci/compare-pytorch [--conv] [--other] [--models] [--quick]}, which sets the
 * environment in which PyTorch is at its best.
 */
final class ComparePyTorch {
  private static final Set<String> OPTIONS = Set.of("--conv", "--other", "--models", "--quick");
  private static final int ROUNDS = 15;
  private static final int QUICK_ROUNDS = 3;

  private static final List<Convolution> CONVOLUTIONS =
      List.of(
          Convolution.of(32, 1, 28, 28, 32, 3, 3, 1, 1, 1, 1),
          Convolution.of(32, 32, 28, 28, 64, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 64, 56, 56, 64, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 128, 28, 28, 128, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 256, 14, 14, 256, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 512, 7, 7, 512, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 64, 56, 56, 256, 1, 1, 1, 0, 1, 1),
          Convolution.of(16, 256, 56, 56, 64, 1, 1, 1, 0, 1, 1),
          Convolution.of(16, 128, 56, 56, 128, 3, 3, 2, 1, 1, 1),
          Convolution.of(8, 3, 224, 224, 64, 7, 7, 2, 3, 1, 1),
          Convolution.of(32, 128, 28, 28, 128, 3, 3, 1, 1, 1, 128));

  /** Unusual filters, strides, dilations, groups, channels, batches and images. */
  private static final List<Convolution> OTHER_CONVOLUTIONS =
      List.of(
          Convolution.of(16, 32, 28, 28, 64, 5, 5, 1, 2, 1, 1),
          new Convolution(16, 64, 17, 17, 64, 1, 7, 1, 1, 0, 3, 1, 1, 1),
          Convolution.of(16, 64, 28, 28, 64, 3, 3, 1, 2, 2, 1),
          Convolution.of(16, 64, 28, 28, 64, 3, 3, 1, 1, 1, 4),
          Convolution.of(16, 3, 64, 64, 32, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 17, 28, 28, 17, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 100, 28, 28, 100, 3, 3, 1, 1, 1, 1),
          Convolution.of(1, 64, 56, 56, 64, 3, 3, 1, 1, 1, 1),
          Convolution.of(8, 32, 24, 80, 64, 3, 3, 1, 1, 1, 1),
          Convolution.of(16, 32, 56, 56, 64, 3, 3, 3, 1, 1, 1));

  private final Contest contest;
  private final Backend backend;

  private ComparePyTorch(Contest contest, Backend backend) {
    this.contest = contest;
    this.backend = backend;
  }

  /** Runs the comparison. */
  public static void main(String[] arguments) throws IOException {
    Set<String> options = Set.of(arguments);
    if (!OPTIONS.containsAll(options)) {
      System.err.println("expected any of --conv, --other, --models, --quick, found " + options);
      System.exit(2);
    }
    boolean all = options.stream().allMatch("--quick"::equals);
    int rounds = options.contains("--quick") ? QUICK_ROUNDS : ROUNDS;
    try (Backend backend = Gabor.open("opencl")) {
      ComparePyTorch comparison = new ComparePyTorch(new Contest(rounds), backend);
      System.out.printf("%s%n%s%n", machine(backend), settings(rounds));
      if (all || options.contains("--conv")) {
        comparison.convolutions(CONVOLUTIONS);
      }
      if (all || options.contains("--other")) {
        comparison.convolutions(OTHER_CONVOLUTIONS);
      }
      if (all || options.contains("--models")) {
        comparison.models();
      }
    }
  }

  private static String machine(Backend backend) throws IOException {
    String processor =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("unknown processor");
    return "%s, %d cores, Linux %s, Java %s; Gabor on %s (%s); PyTorch %s by DJL %s"
        .formatted(
            processor,
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.version"),
            System.getProperty("java.version"),
            backend.description(),
            backend.name(),
            Engine.getEngine("PyTorch").getVersion(),
            Engine.getDjlVersion());
  }

  private static String settings(int rounds) {
    List<String> settings = new ArrayList<>();
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.startsWith("OMP_")
                  || name.startsWith("GOMP_")
                  || name.startsWith("MALLOC_")) {
                settings.add(name + "=" + value);
              }
            });
    settings.sort(null);
    return "median of %d turns each, by turns; %s".formatted(rounds, String.join(" ", settings));
  }

  private void convolutions(List<Convolution> shapes) {
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    System.out.printf(
        "%n%-42s %-9s %10s %10s %8s %8s %7s%n",
        "N,C,H,W,K,R,S,stride,pad,dilation,groups",
        "passes",
        "Gabor ms",
        "PyTorch ms",
        "GFLOP/s",
        "GFLOP/s",
        "ratio");
    for (Convolution convolution : shapes) {
      try (ConvolutionContest sides = new ConvolutionContest(convolution, backend)) {
        row(ratios, convolution, "forward", 1, sides.forward(contest));
        row(ratios, convolution, "all three", 3, sides.allPasses(contest));
      }
    }
    printMeans(ratios);
  }

  private static void row(
      Map<String, List<Double>> ratios,
      Convolution convolution,
      String passes,
      int count,
      Contest.Result result) {
    double gigaflops = 2e-9 * count * convolution.multiplyAdds();
    System.out.printf(
        Locale.ROOT,
        "%-42s %-9s %10.3f %10.3f %8.1f %8.1f %7.2f%n",
        convolution,
        passes,
        1e3 * result.gaborSeconds(),
        1e3 * result.torchSeconds(),
        gigaflops / result.gaborSeconds(),
        gigaflops / result.torchSeconds(),
        result.ratio());
    ratios.computeIfAbsent(passes, key -> new ArrayList<>()).add(result.ratio());
  }

  private void models() {
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    System.out.printf(
        "%n%-10s %5s %-9s %10s %10s %10s %10s %7s%n",
        "model", "batch", "step", "Gabor ms", "PyTorch ms", "images/s", "images/s", "ratio");
    Map<String, Integer> batches = new LinkedHashMap<>();
    batches.put("lenet", 64);
    batches.put("vgg", 32);
    batches.put("resnet18", 16);
    batches.put("mobilenet", 32);
    batches.forEach(
        (model, batch) -> {
          ModelContest sides = new ModelContest(model, batch, backend);
          row(ratios, model, batch, "training", sides.training(contest));
          row(ratios, model, batch, "inference", sides.inference(contest));
        });
    printMeans(ratios);
  }

  private static void row(
      Map<String, List<Double>> ratios,
      String model,
      int batch,
      String step,
      Contest.Result result) {
    System.out.printf(
        Locale.ROOT,
        "%-10s %5d %-9s %10.2f %10.2f %10.0f %10.0f %7.2f%n",
        model,
        batch,
        step,
        1e3 * result.gaborSeconds(),
        1e3 * result.torchSeconds(),
        batch / result.gaborSeconds(),
        batch / result.torchSeconds(),
        result.ratio());
    ratios.computeIfAbsent(step, key -> new ArrayList<>()).add(result.ratio());
  }

  private static void printMeans(Map<String, List<Double>> ratios) {
    ratios.forEach(
        (what, values) -> {
          double logarithms = values.stream().mapToDouble(Math::log).average().orElseThrow();
          double lowest = values.stream().mapToDouble(ratio -> ratio).min().orElseThrow();
          System.out.printf(
              Locale.ROOT,
              "%s: geometric mean of ratios %.2f, lowest %.2f%n",
              what,
              Math.exp(logarithms),
              lowest);
        });
  }
}
