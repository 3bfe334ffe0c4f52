package dev.gabor.optim;

import dev.gabor.backend.Backend;
import dev.gabor.backend.UpdateRule;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An optimizer with its settings; names, formulas and defaults are PyTorch's.
 *
 * @param name as on the command line, for example {@code adamw}
 * @param rule the update of a parameter
 * @param learningRate at the first step, unless a schedule sets it; finite, at least 0
 * @param clipNorm the largest Euclidean norm of all gradients together, above 0; infinite for no
 *     limit. Where both are set, the norm is limited before the single values.
 * @param decayAll whether biases and batch-norm parameters decay too
 */
public record Optimizer(
    String name, UpdateRule rule, double learningRate, double clipNorm, boolean decayAll) {
  private static final double RMSPROP_ALPHA = 0.99;
  private static final double ADAM_BETA_1 = 0.9;
  private static final double ADAM_BETA_2 = 0.999;
  private static final double EPSILON = 1e-8;
  private static final double MOMENTUM = 0.9;
  private static final double ADAMW_DECAY = 0.01;

  /** Checks learning rate and norm; the rule has checked itself. */
  public Optimizer {
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

  /** An optimizer of the command line, with its defaults; momentum is 0.9. */
  public static Optimizer byName(String name, double learningRate) {
    return switch (name) {
      case "sgd" -> sgd(learningRate);
      case "momentum" -> momentum(learningRate, MOMENTUM);
      case "nesterov" -> nesterov(learningRate, MOMENTUM);
      case "rmsprop" -> rmsprop(learningRate);
      case "adam" -> adam(learningRate);
      case "adamw" -> adamw(learningRate);
      default ->
          throw new IllegalArgumentException(
              "unknown optimizer "
                  + name
                  + ", expected one of sgd, momentum, nesterov, rmsprop, adam, adamw");
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

  /** Whether biases and batch-norm parameters decay too; by default they do not. */
  public Optimizer decayAll(boolean all) {
    return new Optimizer(name, rule, learningRate, clipNorm, all);
  }

  /** With the norm of all gradients together limited. */
  public Optimizer clipNorm(double limit) {
    return new Optimizer(name, rule, learningRate, limit, decayAll);
  }

  /** With every gradient clamped to ±limit. */
  public Optimizer clipValue(double limit) {
    return with(rule.withClipValue(limit));
  }

  /** Begins a run: state memory for the parameters, which must have gradients. */
  public OptimizerRun start(ParameterStore parameters) {
    return new OptimizerRun(this, parameters);
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
    return settings;
  }

  /** The update of the parameters of a kind: the same, but for decay. */
  UpdateRule ruleFor(Parameter.Kind kind) {
    return kind == Parameter.Kind.WEIGHT || decayAll ? rule : rule.withDecay(0, 0);
  }

  private static Optimizer of(String name, UpdateRule rule, double learningRate) {
    return new Optimizer(name, rule, learningRate, Double.POSITIVE_INFINITY, false);
  }

  private Optimizer with(UpdateRule newRule) {
    return new Optimizer(name, newRule, learningRate, clipNorm, decayAll);
  }
}
