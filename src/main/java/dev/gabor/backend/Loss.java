package dev.gabor.backend;

import java.util.ArrayList;
import java.util.List;

/**
 * What training makes small; names, formulas and defaults are PyTorch's, reduction "mean".
 *
 * @param kind the function
 * @param parameter the label smoothing of cross-entropy or the delta of Huber; not read by the
 *     others
 * @param classWeights one for each class of cross-entropy or negative log-likelihood, or none
 * @param probabilities whether the target of cross-entropy is a probability for each class, else
 *     the number of the class
 */
public record Loss(Kind kind, float parameter, List<Float> classWeights, boolean probabilities) {
  /** The functions, for one sample of C classes or M elements. */
  public enum Kind {
    /**
     * -Σ q_c log softmax(x)_c over logits x, with q = (1 - smoothing) target + smoothing / C, the
     * target being one-hot where it is a class number (Szegedy et al. 2016).
     */
    CROSS_ENTROPY,
    /** -x_t over log-probabilities x, t the class. */
    NEGATIVE_LOG_LIKELIHOOD,
    /** Mean of (x - t)². */
    MEAN_SQUARED_ERROR,
    /** Mean of |x - t|; its slope at 0 is 0. */
    L1,
    /** Mean of (x - t)² / 2 where |x - t| ≤ delta, else delta (|x - t| - delta / 2). */
    HUBER,
    /** Mean of max(x, 0) - x t + log(1 + exp(-|x|)) over logits x. */
    BINARY_CROSS_ENTROPY_WITH_LOGITS
  }

  /** Checks the smoothing (0 to 1), delta (above 0) and the weights (finite, at least 0). */
  public Loss {
    classWeights = List.copyOf(classWeights);
    Require.that(
        kind != Kind.CROSS_ENTROPY || (parameter >= 0 && parameter <= 1),
        "loss CROSS_ENTROPY",
        "label smoothing is " + parameter + ", expected 0 to 1");
    Require.that(
        kind != Kind.HUBER || (parameter > 0 && Float.isFinite(parameter)),
        "loss HUBER",
        "delta is " + parameter + ", expected a finite number above 0");
    Require.that(
        classWeights.isEmpty() || isOfClasses(kind),
        "loss " + kind,
        "class weights, expected none: it has no classes");
    for (int c = 0; c < classWeights.size(); c++) {
      float weight = classWeights.get(c);
      Require.that(
          weight >= 0 && Float.isFinite(weight),
          "loss " + kind,
          "weight of class " + c + " is " + weight + ", expected a finite number, at least 0");
    }
    Require.that(
        !probabilities || kind == Kind.CROSS_ENTROPY,
        "loss " + kind,
        "targets are probabilities, which only CROSS_ENTROPY takes");
  }

  /** A loss without class weights, whose targets are classes where it knows classes. */
  public Loss(Kind kind, float parameter) {
    this(kind, parameter, List.of(), false);
  }

  /** Softmax and cross-entropy on logits, without label smoothing. */
  public static Loss crossEntropy() {
    return crossEntropy(0);
  }

  /** Softmax and cross-entropy on logits; the smoothing is 0 to 1. */
  public static Loss crossEntropy(float labelSmoothing) {
    return new Loss(Kind.CROSS_ENTROPY, labelSmoothing);
  }

  /** Negative log-likelihood on log-probabilities. */
  public static Loss negativeLogLikelihood() {
    return new Loss(Kind.NEGATIVE_LOG_LIKELIHOOD, 0);
  }

  /** Mean squared error. */
  public static Loss meanSquaredError() {
    return new Loss(Kind.MEAN_SQUARED_ERROR, 0);
  }

  /** Mean absolute error. */
  public static Loss l1() {
    return new Loss(Kind.L1, 0);
  }

  /** Huber loss with delta 1. */
  public static Loss huber() {
    return huber(1);
  }

  /** Huber loss (Huber 1964); not divided by delta, as PyTorch's HuberLoss. */
  public static Loss huber(float delta) {
    return new Loss(Kind.HUBER, delta);
  }

  /** Sigmoid and binary cross-entropy on logits. */
  public static Loss binaryCrossEntropyWithLogits() {
    return new Loss(Kind.BINARY_CROSS_ENTROPY_WITH_LOGITS, 0);
  }

  /**
   * The same loss with a weight for each class, PyTorch's {@code weight=}: a sample of class t
   * counts w_t, and the loss of a batch is divided by the sum of its samples' weights. Where the
   * targets are probabilities the term of each class counts w_c, and the divisor stays N.
   */
  public Loss weighted(float... weights) {
    List<Float> list = new ArrayList<>();
    for (float weight : weights) {
      list.add(weight);
    }
    return new Loss(kind, parameter, list, probabilities);
  }

  /**
   * The same loss with a target (N,C): the probability of each class, as mixing augmentations make
   * them. The losses of elements take such targets anyway.
   *
   * @throws IllegalArgumentException for negative log-likelihood, which takes classes only
   */
  public Loss onProbabilities() {
    return isOfClasses(kind) ? new Loss(kind, parameter, classWeights, true) : this;
  }

  /** The same function without class weights and on classes: what judges a network. */
  public Loss forEvaluation() {
    return new Loss(kind, parameter);
  }

  /** Whether the target is a class for each sample; else it has the prediction's shape. */
  public boolean takesClasses() {
    return isOfClasses(kind) && !probabilities;
  }

  /** Whether predictions are (N,C), numbers for classes. */
  public boolean isOfClasses() {
    return isOfClasses(kind);
  }

  private static boolean isOfClasses(Kind kind) {
    return kind == Kind.CROSS_ENTROPY || kind == Kind.NEGATIVE_LOG_LIKELIHOOD;
  }
}
