package dev.gabor.backend;

import dev.gabor.backend.Convolution.Pass;
import java.util.List;

/**
 * 2-D convolution; {@link Convolution} has the formula. ONNX: Conv, ConvTranspose (which is {@link
 * #backwardData} read forwards), Gemm (a dense layer, see {@link Convolution#dense}).
 *
 * <p>A pass can be computed by several algorithms. {@link #algorithms} names those that can, {@link
 * #choose} the one to take; all give the same result within the bounds of their arithmetic, and
 * each the same bits in every run.
 *
 * <p>Shapes are compared by size where (N,C) stands for (N,C,1,1), so that dense layers need no
 * views.
 */
public abstract class ConvolutionOps {
  /** The algorithms that can compute a pass on this backend, the plainest first. */
  public abstract List<String> algorithms(Convolution convolution, Pass pass);

  /** The algorithm expected to be the fastest for a pass. */
  public abstract String choose(Convolution convolution, Pass pass);

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
   * @param algorithm one of {@link #algorithms}
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
   * @param algorithm one of {@link #algorithms}
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
   * @param algorithm one of {@link #algorithms}
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

  private void checkAlgorithm(
      String name, Convolution convolution, Pass pass, String algorithm, DeviceTensor workspace) {
    List<String> possible = algorithms(convolution, pass);
    Require.that(
        possible.contains(algorithm),
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
