package dev.gabor.optim;

import dev.gabor.backend.Backend;
import dev.gabor.backend.UpdateRule;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An optimizer with its settings; names, formulas and defaults are PyTorch's, those of the papers
 * for Lion and LARS.
 *
 * @param name as on the command line, for example {@code adamw}
 * @param rule the update of a parameter
 * @param learningRate at the first step, unless a schedule sets it; finite, at least 0
 * @param clipNorm the largest Euclidean norm of all gradients together, above 0; infinite for no
 *     limit. Where both are set, the norm is limited before the single values.
 * @param decayAll whether biases and parameters of normalisations decay too
 * @param groups parameters with settings of their own; of several that match, the first counts
 */
public record Optimizer(
    String name,
    UpdateRule rule,
    double learningRate,
    double clipNorm,
    boolean decayAll,
    List<ParameterGroup> groups) {
  private static final List<String> NAMES =
      List.of(
          "sgd",
          "momentum",
          "nesterov",
          "rmsprop",
          "adam",
          "adamw",
          "adagrad",
          "adadelta",
          "lion",
          "lars");
  private static final double RMSPROP_ALPHA = 0.99;
  private static final double ADAM_BETA_1 = 0.9;
  private static final double ADAM_BETA_2 = 0.999;
  private static final double EPSILON = 1e-8;
  private static final double MOMENTUM = 0.9;
  private static final double ADAMW_DECAY = 0.01;

  private static final double ADAGRAD_EPSILON = 1e-10;
  private static final double ADADELTA_RHO = 0.9;
  private static final double ADADELTA_EPSILON = 1e-6;
  private static final double LION_BETA_2 = 0.99;
  private static final double LARS_TRUST = 1e-3;

  /** Checks learning rate and norm; the rule has checked itself. */
  public Optimizer {
    groups = List.copyOf(groups);
    if (!(learningRate >= 0 && Double.isFinite(learningRate))) {
      throw new IllegalArgumentException(
          "optimizer "
              + name
              + ": learning rate is "
              + learningRate
              + ", expected a finite number of at least 0");
    }
    if (!(clipNorm > 0)) {
      throw new IllegalArgumentException(
          "optimizer " + name + ": clip norm is " + clipNorm + ", expected a number above 0");
    }
  }

  /** Plain stochastic gradient descent. */
  public static Optimizer sgd(double learningRate) {
    return of("sgd", UpdateRule.sgd(), learningRate);
  }

  /** Gradient descent with momentum, 0 to below 1. */
  public static Optimizer momentum(double learningRate, double momentum) {
    return of("momentum", UpdateRule.momentum(momentum), learningRate);
  }

  /** Gradient descent with Nesterov momentum, 0 to below 1. */
  public static Optimizer nesterov(double learningRate, double momentum) {
    return of("nesterov", UpdateRule.nesterov(momentum), learningRate);
  }

  /** RMSProp with alpha 0.99, epsilon 1e-8, without momentum. */
  public static Optimizer rmsprop(double learningRate) {
    return of("rmsprop", UpdateRule.rmsprop(RMSPROP_ALPHA, EPSILON, 0), learningRate);
  }

  /** Adam with betas 0.9 and 0.999, epsilon 1e-8. */
  public static Optimizer adam(double learningRate) {
    return of("adam", UpdateRule.adam(ADAM_BETA_1, ADAM_BETA_2, EPSILON), learningRate);
  }

  /** Adam with a decoupled decay of 0.01. */
  public static Optimizer adamw(double learningRate) {
    UpdateRule rule = UpdateRule.adam(ADAM_BETA_1, ADAM_BETA_2, EPSILON);
    return of("adamw", rule.withDecay(0, ADAMW_DECAY), learningRate);
  }

  /** Adagrad with epsilon 1e-10; PyTorch's usual rate is 0.01. */
  public static Optimizer adagrad(double learningRate) {
    return of("adagrad", UpdateRule.adagrad(ADAGRAD_EPSILON), learningRate);
  }

  /** Adadelta with rho 0.9, epsilon 1e-6; PyTorch's usual rate is 1. */
  public static Optimizer adadelta(double learningRate) {
    return of("adadelta", UpdateRule.adadelta(ADADELTA_RHO, ADADELTA_EPSILON), learningRate);
  }

  /**
   * Lion with betas 0.9 and 0.99 (Chen et al. 2023); wants a rate some 3 to 10 times smaller than
   * Adam's, and a decoupled decay as much larger.
   */
  public static Optimizer lion(double learningRate) {
    return of("lion", UpdateRule.lion(ADAM_BETA_1, LION_BETA_2), learningRate);
  }

  /**
   * LARS with a trust coefficient of 0.001 (You et al. 2017). Biases and batch-norm parameters
   * follow plain momentum without a ratio, unless {@link #decayAll} is set.
   *
   * @param momentum 0 to below 1
   */
  public static Optimizer lars(double learningRate, double momentum) {
    return of("lars", UpdateRule.lars(momentum, LARS_TRUST), learningRate);
  }

  /** The names that {@link #byName} takes. */
  public static List<String> names() {
    return NAMES;
  }

  /** An optimizer of the command line, with its defaults; momentum is 0.9. */
  public static Optimizer byName(String name, double learningRate) {
    return switch (name) {
      case "sgd" -> sgd(learningRate);
      case "momentum" -> momentum(learningRate, MOMENTUM);
      case "nesterov" -> nesterov(learningRate, MOMENTUM);
      case "rmsprop" -> rmsprop(learningRate);
      case "adam" -> adam(learningRate);
      case "adamw" -> adamw(learningRate);
      case "adagrad" -> adagrad(learningRate);
      case "adadelta" -> adadelta(learningRate);
      case "lion" -> lion(learningRate);
      case "lars" -> lars(learningRate, MOMENTUM);
      default ->
          throw new IllegalArgumentException(
              "unknown optimizer " + name + ", expected one of " + String.join(", ", NAMES));
    };
  }

  /** With an L2 penalty: decay · w is added to the gradient. */
  public Optimizer weightDecay(double decay) {
    return with(rule.withDecay(decay, rule.decoupledDecay()));
  }

  /** With a decay of the parameters themselves: w -= learning rate · decay · w. */
  public Optimizer decoupledWeightDecay(double decay) {
    return with(rule.withDecay(rule.weightDecay(), decay));
  }

  /** Whether biases and parameters of normalisations decay too; by default they do not. */
  public Optimizer decayAll(boolean all) {
    return new Optimizer(name, rule, learningRate, clipNorm, all, groups);
  }

  /** With the norm of all gradients together limited. */
  public Optimizer clipNorm(double limit) {
    return new Optimizer(name, rule, learningRate, limit, decayAll, groups);
  }

  /** With further parameters that have settings of their own. */
  public Optimizer group(ParameterGroup group) {
    List<ParameterGroup> all = new ArrayList<>(groups);
    all.add(group);
    return new Optimizer(name, rule, learningRate, clipNorm, decayAll, all);
  }

  /** With every gradient clamped to ±limit. */
  public Optimizer clipValue(double limit) {
    return with(rule.withClipValue(limit));
  }

  /** Begins a run: state memory for the parameters, which must have gradients. */
  public OptimizerRun start(ParameterStore parameters) {
    return start(parameters, 1);
  }

  /**
   * Begins a run that updates after every so many backward passes, by the mean of their gradients.
   *
   * @param passes at least 1
   */
  public OptimizerRun start(ParameterStore parameters, int passes) {
    return new OptimizerRun(this, parameters, passes);
  }

  /** The bytes of state that a run keeps on a device. */
  public long stateBytes(Network network, Backend backend) {
    long blockBytes =
        ParameterStore.sizeBytes(network, backend, Parameter.Kind.WEIGHT)
            + ParameterStore.sizeBytes(network, backend, Parameter.Kind.UNDECAYED);
    return rule.states().size() * blockBytes;
  }

  /** What a saved run says of its optimizer: numbers, booleans, strings; limits only where set. */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("name", name);
    settings.put("learning_rate", learningRate);
    switch (rule.kind()) {
      case SGD -> {}
      case MOMENTUM, NESTEROV -> settings.put("momentum", rule.momentum());
      case ADAGRAD -> settings.put("epsilon", rule.epsilon());
      case ADADELTA -> {
        settings.put("rho", rule.smoothing());
        settings.put("epsilon", rule.epsilon());
      }
      case LION -> {
        settings.put("beta1", rule.momentum());
        settings.put("beta2", rule.smoothing());
      }
      case LARS -> {
        settings.put("momentum", rule.momentum());
        settings.put("trust", rule.epsilon());
      }
      case RMSPROP -> {
        settings.put("alpha", rule.smoothing());
        settings.put("epsilon", rule.epsilon());
        settings.put("momentum", rule.momentum());
      }
      case ADAM -> {
        settings.put("beta1", rule.momentum());
        settings.put("beta2", rule.smoothing());
        settings.put("epsilon", rule.epsilon());
      }
    }
    settings.put("weight_decay", rule.weightDecay());
    settings.put("decoupled_weight_decay", rule.decoupledDecay());
    settings.put("decay_all", decayAll);
    if (Double.isFinite(clipNorm)) {
      settings.put("clip_norm", clipNorm);
    }
    if (Double.isFinite(rule.clipValue())) {
      settings.put("clip_value", rule.clipValue());
    }
    if (!groups.isEmpty()) {
      settings.put(
          "groups", groups.stream().map(ParameterGroup::text).collect(Collectors.joining(" ")));
    }
    return settings;
  }

  /** The group that a parameter belongs to; the same one for all that belong to none. */
  ParameterGroup groupOf(Parameter parameter) {
    return groups.stream()
        .filter(group -> group.matches(parameter.name()))
        .findFirst()
        .orElse(ParameterGroup.REST);
  }

  /** The update of the parameters of a kind in a group: the same, but for decay. */
  UpdateRule ruleFor(Parameter.Kind kind, ParameterGroup group) {
    UpdateRule usual = kind == Parameter.Kind.WEIGHT || decayAll ? rule : rule.withDecay(0, 0);
    if (group.weightDecay().isEmpty()) {
      return usual;
    }
    double decay = group.weightDecay().getAsDouble();
    return rule.decoupledDecay() > 0 ? rule.withDecay(0, decay) : rule.withDecay(decay, 0);
  }

  /** Whether the parameters of a kind have a ratio each. */
  boolean usesRatios(Parameter.Kind kind) {
    return rule.kind() == UpdateRule.Kind.LARS && (kind == Parameter.Kind.WEIGHT || decayAll);
  }

  /** Refuses groups without a parameter: a misspelt pattern must not pass. */
  void checkGroups(Network network) {
    for (ParameterGroup group : groups) {
      if (network.parameters().stream().noneMatch(p -> p.trains() && group.matches(p.name()))) {
        throw new IllegalArgumentException(
            "optimizer group " + group.pattern() + ": no trained parameter has such a name");
      }
    }
  }

  private static Optimizer of(String name, UpdateRule rule, double learningRate) {
    return new Optimizer(name, rule, learningRate, Double.POSITIVE_INFINITY, false, List.of());
  }

  private Optimizer with(UpdateRule newRule) {
    return new Optimizer(name, newRule, learningRate, clipNorm, decayAll, groups);
  }
}
