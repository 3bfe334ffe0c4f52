package dev.gabor.backend;

/**
 * An element-wise activation y = f(x); names and defaults are PyTorch's.
 *
 * @param kind the function
 * @param alpha the slope of leaky ReLU or the scale of ELU; not read by the others
 */
public record Activation(Kind kind, float alpha) {
  /** The functions. */
  public enum Kind {
    /** y = x. */
    IDENTITY(Reads.OUTPUT),
    /** y = max(x, 0). */
    RELU(Reads.OUTPUT),
    /** y = min(max(x, 0), 6); the slope is 1 strictly between, as PyTorch's. */
    RELU6(Reads.OUTPUT),
    /** y = x for x &gt; 0, else alpha x. */
    LEAKY_RELU(Reads.OUTPUT),
    /** y = 1 / (1 + exp(-x)). */
    SIGMOID(Reads.OUTPUT),
    /** y = tanh(x). */
    TANH(Reads.OUTPUT),
    /** y = x for x &gt; 0, else alpha (exp(x) - 1). */
    ELU(Reads.OUTPUT),
    /**
     * y = x Φ(x), Φ the standard normal distribution by erf (the exact form, PyTorch's default).
     */
    GELU(Reads.INPUT),
    /** y = x / (1 + exp(-x)). */
    SILU(Reads.INPUT);

    private final Reads backwardReads;

    Kind(Reads backwardReads) {
      this.backwardReads = backwardReads;
    }
  }

  /** Which tensor of the forward pass the derivative is computed from. */
  public enum Reads {
    /** f'(x) follows from y alone, so x may be overwritten. */
    OUTPUT,
    /** f'(x) needs x. */
    INPUT
  }

  /** y = x. */
  public static final Activation IDENTITY = new Activation(Kind.IDENTITY, 0);

  /** Rectified linear unit. */
  public static final Activation RELU = new Activation(Kind.RELU, 0);

  /** Rectified linear unit clipped at 6 (Howard et al. 2017); ONNX: Clip. */
  public static final Activation RELU6 = new Activation(Kind.RELU6, 0);

  /** Logistic function. */
  public static final Activation SIGMOID = new Activation(Kind.SIGMOID, 0);

  /** Hyperbolic tangent. */
  public static final Activation TANH = new Activation(Kind.TANH, 0);

  /** Gaussian error linear unit (Hendrycks and Gimpel 2016). */
  public static final Activation GELU = new Activation(Kind.GELU, 0);

  /** Sigmoid linear unit, swish (Ramachandran et al. 2017). */
  public static final Activation SILU = new Activation(Kind.SILU, 0);

  /** Checks alpha: finite, and positive where the derivative is read from y. */
  public Activation {
    boolean usesAlpha = kind == Kind.LEAKY_RELU || kind == Kind.ELU;
    Require.that(
        !usesAlpha || (alpha > 0 && Float.isFinite(alpha)),
        "activation " + kind,
        "alpha is " + alpha + ", expected a finite number above 0");
  }

  /** Leaky ReLU; PyTorch's default slope is 0.01. */
  public static Activation leakyRelu(float slope) {
    return new Activation(Kind.LEAKY_RELU, slope);
  }

  /** Exponential linear unit (Clevert et al. 2015); PyTorch's default alpha is 1. */
  public static Activation elu(float alpha) {
    return new Activation(Kind.ELU, alpha);
  }

  /** Which tensor of the forward pass {@link ActivationOps#backward} wants. */
  public Reads backwardReads() {
    return kind.backwardReads;
  }
}
