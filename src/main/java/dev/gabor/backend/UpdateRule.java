package dev.gabor.backend;

import java.util.List;

/**
 * How an optimizer changes a parameter w by its gradient; PyTorch's formulas, those of the papers
 * for LION and LARS. Host numbers are double, so that 1 - 0.999 is not rounded before it reaches
 * the device.
 *
 * <p>Every rule begins alike: g = clamp(scale · gradient, ±clipValue), with the scale of {@link
 * OptimizerOps#clipScale}; g += weightDecay · w; w -= rate · decoupledDecay · w.
 *
 * @param kind the rule
 * @param momentum of MOMENTUM, NESTEROV, RMSPROP and LARS, beta1 of ADAM and LION: 0 to below 1
 * @param smoothing alpha of RMSPROP, beta2 of ADAM and LION, rho of ADADELTA: 0 to below 1
 * @param epsilon added to the root in RMSPROP, ADAM and ADAGRAD, under it in ADADELTA; the trust
 *     coefficient of LARS; above 0
 * @param weightDecay L2 penalty, added to the gradient; at least 0
 * @param decoupledDecay decay of the parameter itself (Loshchilov and Hutter 2019); at least 0
 * @param clipValue the largest magnitude of a gradient; infinite for no limit
 */
public record UpdateRule(
    Kind kind,
    double momentum,
    double smoothing,
    double epsilon,
    double weightDecay,
    double decoupledDecay,
    double clipValue) {
  /** The rules, after what all have in common. */
  public enum Kind {
    /** w -= rate g. */
    SGD,
    /** b = momentum b + g; w -= rate b. */
    MOMENTUM,
    /** b = momentum b + g; w -= rate (g + momentum b) (Nesterov 1983, PyTorch's form). */
    NESTEROV,
    /**
     * s = smoothing s + (1 - smoothing) g²; b = momentum b + g / (√s + epsilon); w -= rate b
     * (Hinton 2012). Without momentum there is no b.
     */
    RMSPROP,
    /**
     * m = momentum m + (1 - momentum) g; v = smoothing v + (1 - smoothing) g²; w -= rate / (1 -
     * momentum^t) · m / (√v / √(1 - smoothing^t) + epsilon), t = 1 for the first update (Kingma and
     * Ba 2015).
     */
    ADAM,
    /** s = s + g²; w -= rate · g / (√s + epsilon) (Duchi et al. 2011). */
    ADAGRAD,
    /**
     * s = smoothing s + (1 - smoothing) g²; d = √(u + epsilon) / √(s + epsilon) · g; u = smoothing
     * u + (1 - smoothing) d²; w -= rate d (Zeiler 2012).
     */
    ADADELTA,
    /**
     * w -= rate · sign(momentum m + (1 - momentum) g); m = smoothing m + (1 - smoothing) g (Chen et
     * al. 2023).
     */
    LION,
    /**
     * b = momentum b + rate · ratio · g; w -= b, ratio = epsilon ‖w‖ / (‖gradient‖ + weightDecay
     * ‖w‖) of each parameter, 1 where a norm is 0 (You et al. 2017).
     */
    LARS
  }

  private static final double UNREAD_EPSILON = 1e-8;

  /** Checks every number. */
  public UpdateRule {
    fraction("momentum", momentum);
    fraction("smoothing", smoothing);
    Require.that(
        epsilon > 0 && Double.isFinite(epsilon),
        "optimizer",
        "epsilon is " + epsilon + ", expected a finite number above 0");
    atLeastZero("weight decay", weightDecay);
    atLeastZero("decoupled decay", decoupledDecay);
    Require.that(
        clipValue > 0, "optimizer", "clip value is " + clipValue + ", expected a number above 0");
  }

  /** Plain gradient descent. */
  public static UpdateRule sgd() {
    return of(Kind.SGD, 0, 0, UNREAD_EPSILON);
  }

  /** Gradient descent with momentum, without dampening. */
  public static UpdateRule momentum(double momentum) {
    return of(Kind.MOMENTUM, momentum, 0, UNREAD_EPSILON);
  }

  /** Gradient descent with Nesterov momentum. */
  public static UpdateRule nesterov(double momentum) {
    return of(Kind.NESTEROV, momentum, 0, UNREAD_EPSILON);
  }

  /** RMSProp; PyTorch's defaults are 0.99, 1e-8 and no momentum. */
  public static UpdateRule rmsprop(double alpha, double epsilon, double momentum) {
    return of(Kind.RMSPROP, momentum, alpha, epsilon);
  }

  /** Adam; PyTorch's defaults are 0.9, 0.999 and 1e-8. */
  public static UpdateRule adam(double beta1, double beta2, double epsilon) {
    return of(Kind.ADAM, beta1, beta2, epsilon);
  }

  /** Adagrad; PyTorch's default is 1e-10. */
  public static UpdateRule adagrad(double epsilon) {
    return of(Kind.ADAGRAD, 0, 0, epsilon);
  }

  /** Adadelta; PyTorch's defaults are 0.9 and 1e-6. */
  public static UpdateRule adadelta(double rho, double epsilon) {
    return of(Kind.ADADELTA, 0, rho, epsilon);
  }

  /** Lion; the paper's defaults are 0.9 and 0.99. */
  public static UpdateRule lion(double beta1, double beta2) {
    return of(Kind.LION, beta1, beta2, UNREAD_EPSILON);
  }

  /** LARS; the paper's trust coefficient is 0.001, its momentum 0.9. */
  public static UpdateRule lars(double momentum, double trust) {
    return of(Kind.LARS, momentum, 0, trust);
  }

  private static UpdateRule of(Kind kind, double momentum, double smoothing, double epsilon) {
    return new UpdateRule(kind, momentum, smoothing, epsilon, 0, 0, Double.POSITIVE_INFINITY);
  }

  /** This rule with other decays. */
  public UpdateRule withDecay(double l2, double decoupled) {
    return new UpdateRule(kind, momentum, smoothing, epsilon, l2, decoupled, clipValue);
  }

  /** This rule with gradients clamped to ±limit. */
  public UpdateRule withClipValue(double limit) {
    return new UpdateRule(kind, momentum, smoothing, epsilon, weightDecay, decoupledDecay, limit);
  }

  /**
   * What is remembered of each parameter from step to step, by PyTorch's names, in the order in
   * which {@link OptimizerOps#update} takes them; all begin with zeros.
   */
  public List<String> states() {
    return switch (kind) {
      case SGD -> List.of();
      case MOMENTUM, NESTEROV, LARS -> List.of("momentum_buffer");
      case RMSPROP ->
          momentum > 0 ? List.of("square_avg", "momentum_buffer") : List.of("square_avg");
      case ADAM -> List.of("exp_avg", "exp_avg_sq");
      case ADAGRAD -> List.of("sum");
      case ADADELTA -> List.of("square_avg", "acc_delta");
      case LION -> List.of("exp_avg");
    };
  }

  /** The factor of the update at a step t ≥ 1: the learning rate, bias-corrected in ADAM. */
  public float stepSize(double learningRate, int step) {
    return (float)
        (kind == Kind.ADAM ? learningRate / (1 - Math.pow(momentum, step)) : learningRate);
  }

  /** The factor of √v at a step t ≥ 1: 1 / √(1 - smoothing^t) in ADAM, else 1. */
  public float rootScale(int step) {
    return (float) (kind == Kind.ADAM ? 1 / Math.sqrt(1 - Math.pow(smoothing, step)) : 1);
  }

  private static void fraction(String name, double value) {
    Require.that(
        value >= 0 && value < 1,
        "optimizer",
        name + " is " + value + ", expected at least 0 and below 1");
  }

  private static void atLeastZero(String name, double value) {
    Require.that(
        value >= 0 && Double.isFinite(value),
        "optimizer",
        name + " is " + value + ", expected a finite number of at least 0");
  }
}
