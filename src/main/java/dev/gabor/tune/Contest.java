package dev.gabor.tune;

import dev.gabor.backend.Backend;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.Step;
import dev.gabor.backend.tuning.Found;
import dev.gabor.backend.tuning.Found.Timed;
import dev.gabor.check.ConvolutionJudge;
import dev.gabor.check.Verdict;
import dev.gabor.tensor.Philox;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * The candidates for one problem: the heuristic's choice, then the other algorithms in a random
 * order, then other parameters of those that are near the best. Who looks hopeless is not checked
 * and not kept; the others are compared with the reference, and those near the best timed again in
 * turns, so that a device that slows down does so for all of them.
 */
final class Contest implements AutoCloseable {
  /** So many times as slow as the best: no more time is spent on it. */
  private static final double HOPELESS = 4;

  /** So many times as slow as the best: other parameters may make up for it. */
  private static final double PARAMETERS_MAY_HELP = 2;

  /** So many times as slow as the best: noise may have been the reason. */
  private static final double NEAR = 1.25;

  /** What another must be faster by to take the place of the heuristic's choice. */
  private static final double MARGIN = 0.95;

  private static final int FIRST_SAMPLES = 3;
  private static final int ROUNDS = 9;

  /** Shorter samples are made of several runs. */
  private static final double SAMPLE_MILLIS = 2;

  private static final int MOST_RUNS = 50;

  private final Backend backend;
  private final ConvolutionOps ops;
  private final ConvolutionProblem problem;
  private final BooleanSupplier timeIsUp;
  private final TuningTensors tensors;
  private final List<Contestant> contestants = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private Optional<ConvolutionJudge> judge = Optional.empty();
  private boolean complete = true;
  private int tried;

  Contest(Backend backend, ConvolutionProblem problem, BooleanSupplier timeIsUp) {
    this.backend = backend;
    this.problem = problem;
    this.timeIsUp = timeIsUp;
    ops = backend.convolution();
    tensors = new TuningTensors(backend, problem);
  }

  TunedProblem run(long seed) {
    List<String> candidates = ops.candidates(problem.convolution(), problem.pass());
    String safe = ops.choose(problem.convolution(), problem.pass());
    // It is the answer to beat, so it is measured however little time there is.
    enter(safe);
    Philox random = new Philox(seed, problem.toString().hashCode());
    List<String> plain =
        candidates.stream().filter(name -> !name.contains(":") && !name.equals(safe)).toList();
    shuffled(plain, random).forEach(this::enterInTime);
    Set<String> near = new HashSet<>();
    contestants.stream()
        .filter(contestant -> contestant.millis() <= PARAMETERS_MAY_HELP * bestMillis())
        .forEach(contestant -> near.add(contestant.algorithm()));
    List<String> set =
        candidates.stream()
            .filter(name -> name.contains(":"))
            .filter(name -> near.contains(ConvolutionOps.withoutParameters(name)))
            .toList();
    shuffled(set, random).forEach(this::enterInTime);
    runRounds(safe);
    Set<String> names = new HashSet<>(candidates);
    // A narrow workspace hides some, which another run may measure.
    boolean all =
        complete && names.containsAll(ops.algorithms(problem.convolution(), problem.pass()));
    return new TunedProblem(
        problem,
        safe,
        contestants.stream()
            .filter(contestant -> contestant.algorithm().equals(safe))
            .map(Contestant::millis)
            .findFirst(),
        new Found(ranking(safe), all),
        refused,
        tried);
  }

  private static List<String> shuffled(List<String> names, Philox random) {
    int[] order = IntStream.range(0, names.size()).toArray();
    random.shuffle(order);
    return IntStream.of(order).mapToObj(names::get).toList();
  }

  private void enterInTime(String algorithm) {
    if (timeIsUp.getAsBoolean()) {
      complete = false;
    } else {
      enter(algorithm);
    }
  }

  private void enter(String algorithm) {
    tried++;
    try {
      Step step = tensors.bind(algorithm);
      // The first run compiles and touches memory for the first time.
      step.run();
      backend.finish();
      Contestant contestant = new Contestant(algorithm, step);
      contestant.add(sample(step, 1));
      if (contestant.millis() > HOPELESS * bestMillis()) {
        return;
      }
      Verdict verdict = judge().judge(backend, algorithm);
      if (!verdict.passed()) {
        refused.add(problem + " " + algorithm + ": " + verdict.failure().orElseThrow());
        return;
      }
      for (int i = 1; i < FIRST_SAMPLES; i++) {
        contestant.add(sample(contestant));
      }
      contestants.add(contestant);
    } catch (RuntimeException e) {
      // A driver that refuses one algorithm may take the others.
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      refused.add(problem + " " + algorithm + ": " + e.getClass().getSimpleName() + ": " + message);
    }
  }

  private ConvolutionJudge judge() {
    if (judge.isEmpty()) {
      judge = Optional.of(new ConvolutionJudge(problem));
    }
    return judge.get();
  }

  private void runRounds(String safe) {
    List<Contestant> last =
        contestants.stream()
            .filter(
                contestant ->
                    contestant.algorithm().equals(safe)
                        || contestant.millis() <= NEAR * bestMillis())
            .toList();
    if (last.size() < 2) {
      return;
    }
    if (timeIsUp.getAsBoolean()) {
      return;
    }
    List<Contestant> back = new ArrayList<>(last);
    Collections.reverse(back);
    // What one leaves in the caches must not always favour the same next one.
    last.forEach(Contestant::startAnew);
    for (int round = 0; round < ROUNDS && (round == 0 || !timeIsUp.getAsBoolean()); round++) {
      (round % 2 == 0 ? last : back).forEach(contestant -> contestant.add(sample(contestant)));
    }
  }

  private double sample(Contestant contestant) {
    int runs = (int) Math.ceil(SAMPLE_MILLIS / contestant.millis());
    return sample(contestant.step(), Math.min(MOST_RUNS, Math.max(1, runs)));
  }

  /** The device's own time of a run, or where it keeps none, the host's. */
  private double sample(Step step, int runs) {
    backend.finish();
    long started = System.nanoTime();
    double own =
        backend
            .kernelMillis(
                () -> {
                  for (int i = 0; i < runs; i++) {
                    step.run();
                  }
                })
            .orElse(0);
    backend.finish();
    double millis = own > 0 ? own : (System.nanoTime() - started) / 1e6;
    // A clock that stood still must not make an algorithm infinitely fast.
    return Math.max(millis, 1e-6) / runs;
  }

  private double bestMillis() {
    return contestants.stream()
        .mapToDouble(Contestant::millis)
        .min()
        .orElse(Double.POSITIVE_INFINITY);
  }

  /** The best parameters of each algorithm, the fastest algorithm first. */
  private List<Timed> ranking(String safe) {
    Set<String> seen = new HashSet<>();
    return contestants.stream()
        .sorted(
            Comparator.comparingDouble(
                contestant ->
                    contestant.millis() * (contestant.algorithm().equals(safe) ? MARGIN : 1)))
        .filter(contestant -> seen.add(ConvolutionOps.withoutParameters(contestant.algorithm())))
        .map(contestant -> new Timed(contestant.algorithm(), contestant.millis()))
        .toList();
  }

  @Override
  public void close() {
    tensors.close();
  }
}
