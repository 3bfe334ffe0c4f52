package dev.gabor.backend;

import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionChooser.Choice;
import java.util.List;
import java.util.Optional;

/**
 * 2-D convolution; {@link Convolution} has the formula. ONNX: Conv, ConvTranspose (which is {@link
 * #backwardData} read forwards), Gemm (a dense layer, see {@link Convolution#dense}).
 *
 * <p>A pass can be computed by several algorithms. {@link #algorithms} names those that can, {@link
 * #choose} the one to take; all give the same result within the bounds of their arithmetic, and
 * each the same bits in every run. Some have parameters (the size of a tile) and choose them
 * themselves; {@code name:parameters} is the algorithm with others.
 *
 * <p>Shapes are compared by size where (N,C) stands for (N,C,1,1), so that dense layers need no
 * views.
 */
public abstract class ConvolutionOps {
  /** The algorithms that can compute a pass on this backend, the plainest first. */
  public abstract List<String> algorithms(Convolution convolution, Pass pass);

  /**
   * The algorithms within the workspace of this backend, each as it is and with all parameters that
   * may be tried: what a tuner measures.
   */
  public List<String> candidates(Convolution convolution, Pass pass) {
    return algorithms(convolution, pass);
  }

  /** The algorithm to take for a pass, and why: measured, by defaults, or by a heuristic. */
  public abstract Choice choice(Convolution convolution, Pass pass);

  /** The algorithm to take for a pass: that of {@link #choice}. */
  public final String choose(Convolution convolution, Pass pass) {
    return choice(convolution, pass).algorithm();
  }

  /** What measured choices depend on here; empty where there is nothing to choose. */
  public Optional<TuningKey> tuningKey() {
    return Optional.empty();
  }

  /** The scratch bytes that an algorithm needs for a pass. */
  public abstract long workspaceBytes(Convolution convolution, Pass pass, String algorithm);

  /**
   * y = activation(convolution(x, weight) + bias).
   *
   * @param x (N,C,H,W)
   * @param weight (K,C/groups,R,S)
   * @param bias (K), or none
   * @param y (N,K,P,Q), overwritten
   * @param workspace at least {@link #workspaceBytes}, or none
   * @param algorithm one of {@link #algorithms}, or one of them with parameters
   */
  public final Step forward(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation,
      String algorithm) {
    String name = "convolution forward " + convolution;
    Require.size(name, "x", x, convolution.xShape().size());
    Require.size(name, "weight", weight, convolution.weightShape().size());
    Require.size(name, "y", y, convolution.yShape().size());
    if (bias.isPresent()) {
      Require.size(name, "bias", bias, convolution.k());
    }
    checkAlgorithm(name, convolution, Pass.FORWARD, algorithm, workspace);
    return bindForward(convolution, x, weight, bias, y, workspace, activation, algorithm);
  }

  /**
   * dx[n,c,h,w] = Σ dy[n,k,p,q] weight[k,c,r,s] over all k,r,s,p,q that multiply x[n,c,h,w] in the
   * forward pass.
   *
   * @param dy (N,K,P,Q)
   * @param weight (K,C/groups,R,S)
   * @param dx (N,C,H,W), overwritten
   * @param workspace at least {@link #workspaceBytes}, or none
   * @param algorithm one of {@link #algorithms}, or one of them with parameters
   */
  public final Step backwardData(
      Convolution convolution,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace,
      String algorithm) {
    String name = "convolution backward-data " + convolution;
    Require.size(name, "dy", dy, convolution.yShape().size());
    Require.size(name, "weight", weight, convolution.weightShape().size());
    Require.size(name, "dx", dx, convolution.xShape().size());
    checkAlgorithm(name, convolution, Pass.BACKWARD_DATA, algorithm, workspace);
    return bindBackwardData(convolution, dy, weight, dx, workspace, algorithm);
  }

  /**
   * dweight[k,c,r,s] = Σ dy[n,k,p,q] x[n,c,·,·] over all n,p,q.
   *
   * @param x (N,C,H,W)
   * @param dy (N,K,P,Q)
   * @param dweight (K,C/groups,R,S), overwritten
   * @param workspace at least {@link #workspaceBytes}, or none
   * @param algorithm one of {@link #algorithms}, or one of them with parameters
   */
  public final Step backwardWeight(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace,
      String algorithm) {
    String name = "convolution backward-weight " + convolution;
    Require.size(name, "x", x, convolution.xShape().size());
    Require.size(name, "dy", dy, convolution.yShape().size());
    Require.size(name, "dweight", dweight, convolution.weightShape().size());
    checkAlgorithm(name, convolution, Pass.BACKWARD_WEIGHT, algorithm, workspace);
    return bindBackwardWeight(convolution, x, dy, dweight, workspace, algorithm);
  }

  /** The name of an algorithm without what stands behind a colon. */
  public static String withoutParameters(String algorithm) {
    int colon = algorithm.indexOf(':');
    return colon < 0 ? algorithm : algorithm.substring(0, colon);
  }

  private void checkAlgorithm(
      String name, Convolution convolution, Pass pass, String algorithm, DeviceTensor workspace) {
    List<String> possible = algorithms(convolution, pass);
    Require.that(
        possible.contains(withoutParameters(algorithm)),
        name,
        "algorithm " + algorithm + " cannot do this, expected one of " + possible);
    Require.workspace(name, workspace, workspaceBytes(convolution, pass, algorithm));
  }

  /** Binds the forward pass. */
  protected abstract Step bindForward(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation,
      String algorithm);

  /** Binds the gradient of the input. */
  protected abstract Step bindBackwardData(
      Convolution convolution,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace,
      String algorithm);

  /** Binds the gradient of the weight. */
  protected abstract Step bindBackwardWeight(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace,
      String algorithm);
}
