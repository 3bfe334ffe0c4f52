package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.RandomState;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.optim.OptimizerRun;
import dev.gabor.optim.WeightAverage;
import dev.gabor.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a training session holds on its device: all that a step reads and writes, and its plan. */
final class TrainingParts implements AutoCloseable {
  private static final String OPTIMIZER = "optimizer/";

  private final TrainingSetup setup;
  private final RandomState random;
  // Closed in reverse order.
  private final Deque<Runnable> owned = new ArrayDeque<>();
  private final ParameterStore parameters;
  private final OptimizerRun optimizer;
  private final Optional<WeightAverage> average;
  private final LossHistory history;
  private final Feed feed;
  private final Plan plan;

  TrainingParts(TrainingSetup setup) {
    this.setup = setup;
    Backend backend = setup.backend();
    random = new RandomState(setup.seed());
    try {
      parameters = new ParameterStore(setup.network(), backend, true, setup.frozen());
      owned.push(parameters::close);
      parameters.initialize(setup.seed());
      setup.weights().ifPresent(weights -> weights.load(parameters));
      optimizer = setup.optimizer().start(parameters, setup.accumulated());
      owned.push(optimizer::close);
      average =
          setup.averageDecay().isEmpty()
              ? Optional.empty()
              : Optional.of(
                  new WeightAverage(parameters, optimizer, setup.averageDecay().getAsDouble()));
      average.ifPresent(mean -> owned.push(mean::close));
      history = new LossHistory(parameters);
      owned.push(history::close);
      TrainingGraph graph = new TrainingGraph(setup, parameters, random);
      graph.summarize(random, history.tensor());
      optimizer.record(graph.recording());
      average.ifPresent(mean -> mean.record(graph.recording()));
      feed = new Feed(setup);
      owned.push(feed::close);
      feed.attachTo(graph);
      Recording recording = setup.arranged(graph.recording());
      plan = new Plan(recording, new Arena(recording, backend), backend);
      owned.push(plan::close);
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /** The step that the random numbers of the plan belong to. */
  RandomState random() {
    return random;
  }

  ParameterStore parameters() {
    return parameters;
  }

  /** The parameters to be judged: their average, where one is kept. */
  ParameterStore evaluated() {
    return average.map(WeightAverage::parameters).orElse(parameters);
  }

  OptimizerRun optimizer() {
    return optimizer;
  }

  LossHistory history() {
    return history;
  }

  /** Where the samples come from. */
  Feed feed() {
    return feed;
  }

  /** A whole step. */
  Plan plan() {
    return plan;
  }

  /** All that the next step depends on, after so many. */
  SessionState state(int step) {
    Map<String, Tensor> trained = Model.values(parameters);
    Map<String, Tensor> memory = new LinkedHashMap<>();
    optimizer.stateNames().forEach(name -> memory.put(OPTIMIZER + name, optimizer.get(name)));
    Map<String, Tensor> evaluated =
        average.isPresent() ? Model.values(average.get().parameters()) : trained;
    return new SessionState(step, history.sums(), trained, evaluated, memory);
  }

  /**
   * Goes on where a state was taken.
   *
   * @throws IllegalArgumentException if it is not that of such a session
   */
  void restore(SessionState state) {
    for (Parameter parameter : setup.network().parameters()) {
      parameters.set(parameter, state.trained().get(parameter.name()));
    }
    Set<String> expected = new TreeSet<>();
    optimizer.stateNames().forEach(name -> expected.add(OPTIMIZER + name));
    if (!expected.equals(new TreeSet<>(state.memory().keySet()))) {
      throw new IllegalArgumentException(
          "states of the run: expected %s, found %s".formatted(expected, state.memory().keySet()));
    }
    optimizer
        .stateNames()
        .forEach(name -> optimizer.set(name, state.memory().get(OPTIMIZER + name)));
    random.moveTo(state.step());
    optimizer.moveTo(state.step());
    average.ifPresent(mean -> mean.set(state.evaluated()));
    history.moveTo(state.step(), state.counted());
  }

  /** The device memory in use, in bytes. */
  long allocatedBytes() {
    return parameters.allocatedBytes()
        + parameters.allocatedGradientBytes()
        + optimizer.stateBytes()
        + average.map(WeightAverage::sizeBytes).orElse(0L)
        + history.sizeBytes()
        + feed.sizeBytes()
        + plan.arenaBytes();
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      owned.pop().run();
    }
  }
}
