package dev.gabor.tune;

import dev.gabor.backend.Backend;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.Require;
import dev.gabor.backend.TuningKey;
import dev.gabor.backend.tuning.Found;
import dev.gabor.backend.tuning.TuningStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Measures convolutions on a device and keeps which algorithms are fastest. Problems that an
 * earlier run has done with are left as they are; those with the most work come first.
 */
public final class Tuner {
  private final Backend backend;
  private final TuningStore store;
  private double budgetSeconds = Double.POSITIVE_INFINITY;
  private long seed = 1;
  private boolean again;
  private TuningListener listener = TuningListener.NONE;
  private LongSupplier nanoTime = System::nanoTime;

  private Tuner(Backend backend, TuningStore store) {
    this.backend = backend;
    this.store = store;
  }

  /**
   * A tuner of a device, which the caller closes. It should be opened for profiling, for without it
   * the host's clock must do, and with the heuristic for a chooser, whose choice is measured first.
   *
   * @param store where results go
   */
  public static Tuner on(Backend backend, TuningStore store) {
    return new Tuner(backend, store);
  }

  /** How long it may take: no candidate is begun after that. As long as it likes at first. */
  public Tuner budgetSeconds(double seconds) {
    Require.that(seconds > 0, "tuner", "budget is " + seconds + " s, expected more than 0");
    budgetSeconds = seconds;
    return this;
  }

  /** Another order of candidates; 1 at first. */
  public Tuner seed(long newSeed) {
    seed = newSeed;
    return this;
  }

  /** Whether problems that an earlier run has done with are measured again. */
  public Tuner again(boolean repeat) {
    again = repeat;
    return this;
  }

  /** Who follows it. */
  public Tuner listener(TuningListener newListener) {
    listener = newListener;
    return this;
  }

  /** The clock by which the budget is counted, for tests. */
  Tuner clock(LongSupplier newNanoTime) {
    nanoTime = newNanoTime;
    return this;
  }

  /**
   * Measures problems; one that comes several times counts as so much work.
   *
   * @throws IllegalArgumentException if the device has no choice of algorithms
   */
  public TuningReport run(List<ConvolutionProblem> problems) {
    ConvolutionOps ops = backend.convolution();
    Optional<TuningKey> key = ops.tuningKey();
    Require.that(
        key.isPresent(), "tuner", backend.description() + " has one algorithm for each pass");
    long started = nanoTime.getAsLong();
    BooleanSupplier timeIsUp = () -> (nanoTime.getAsLong() - started) / 1e9 >= budgetSeconds;
    Map<String, Found> before = store.read(key.get());
    List<TunedProblem> measured = new ArrayList<>();
    List<ConvolutionProblem> known = new ArrayList<>();
    List<ConvolutionProblem> left = new ArrayList<>();
    for (ConvolutionProblem problem : mostWorkFirst(problems)) {
      Found old = before.getOrDefault(problem.toString(), new Found(List.of(), false));
      Optional<String> tooLarge = TuningTensors.tooLarge(backend, problem);
      if (old.complete() && !again) {
        known.add(problem);
      } else if (tooLarge.isPresent()) {
        listener.leftOut(problem, tooLarge.get());
      } else if (timeIsUp.getAsBoolean()) {
        left.add(problem);
      } else {
        measured.add(measure(key.get(), problem, timeIsUp));
      }
    }
    return new TuningReport(measured, known, left);
  }

  private TunedProblem measure(
      TuningKey key, ConvolutionProblem problem, BooleanSupplier timeIsUp) {
    listener.started(problem);
    try (Contest contest = new Contest(backend, problem, timeIsUp)) {
      TunedProblem result = contest.run(seed);
      // Kept at once: a run that is killed loses one problem.
      if (!result.found().ranking().isEmpty()) {
        store.keep(key, problem, result.found());
      }
      listener.ended(result);
      return result;
    }
  }

  private static List<ConvolutionProblem> mostWorkFirst(List<ConvolutionProblem> problems) {
    Map<ConvolutionProblem, Double> work = new LinkedHashMap<>();
    for (ConvolutionProblem problem : problems) {
      work.merge(problem, (double) problem.convolution().multiplyAdds(), Double::sum);
    }
    return work.keySet().stream()
        .sorted(Comparator.comparingDouble((ConvolutionProblem p) -> work.get(p)).reversed())
        .toList();
  }
}
