package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * Group, instance and layer normalisation, {@link GroupNorm} says which is which. With the mean and
 * the biased variance of a group of a sample,
 *
 * <p>y = weight[c] (x − mean) / sqrt(variance + epsilon) + bias[c].
 *
 * <p>Training and inference are the same, and samples do not see each other. The variance is
 * computed from differences to the mean, never as E[x²] − E[x]².
 *
 * <p>x has shape (N,C,H,W) or (N,C). weight and bias, both or neither, have shape (C); where each
 * element of an image counts as a channel, they are images (1,C,H,W).
 */
public abstract class GroupNormOps {
  private static final String FORWARD = "group-norm forward";
  private static final String BACKWARD = "group-norm backward";

  /** The scratch bytes that {@link #backward} needs for the gradient of a weight. */
  public abstract long workspaceBytes(GroupNorm problem);

  /**
   * Normalises.
   *
   * @param x (N,C,H,W) or (N,C)
   * @param weight a factor for each channel, or none for 1
   * @param bias added to each channel, or none for 0
   * @param y the shape of x, overwritten; may be x itself
   * @param saved (2,N,groups), overwritten: mean and 1 / sqrt(variance + epsilon); none where no
   *     gradient will be asked for
   */
  public final Step forward(
      GroupNorm problem,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor saved) {
    checkInput(FORWARD, problem, x);
    checkPair(FORWARD, problem, x, "weight", weight, "bias", bias);
    Require.like(FORWARD, "y", y, x);
    Require.shapeIfPresent(FORWARD, "saved", saved, savedShape(problem));
    return bindForward(problem, x, weight, bias, y, saved);
  }

  /**
   * The gradients of {@link #forward}. With p = dy weight, x̂ = (x − mean) / sqrt(variance +
   * epsilon) and means over the group: dx = (p − mean(p) − x̂ mean(p x̂)) / sqrt(variance +
   * epsilon), dweight = Σ dy x̂ and dbias = Σ dy over all samples and positions.
   *
   * @param x (N,C,H,W) or (N,C), as given to the forward pass
   * @param weight as given to the forward pass, or none
   * @param dy the shape of x
   * @param saved (2,N,groups), from the forward pass
   * @param dx the shape of x, overwritten, or none where nobody wants it; may be dy itself
   * @param dweight the shape of weight, overwritten; none without weight
   * @param dbias the shape of weight, overwritten; none without weight
   * @param workspace at least {@link #workspaceBytes}, or none without weight
   */
  public final Step backward(
      GroupNorm problem,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dweight,
      DeviceTensor dbias,
      DeviceTensor workspace) {
    checkInput(BACKWARD, problem, x);
    Require.like(BACKWARD, "dy", dy, x);
    Require.shape(BACKWARD, "saved", saved, savedShape(problem));
    if (dx.isPresent()) {
      Require.like(BACKWARD, "dx", dx, x);
    }
    checkPair(BACKWARD, problem, x, "dweight", dweight, "dbias", dbias);
    checkPair(BACKWARD, problem, x, "weight", weight, "dweight", dweight);
    Require.that(
        dx.isPresent() || weight.isPresent(), BACKWARD, "neither dx nor dweight is wanted");
    Require.workspace(BACKWARD, workspace, weight.isPresent() ? workspaceBytes(problem) : 0);
    return bindBackward(problem, x, weight, dy, saved, dx, dweight, dbias, workspace);
  }

  /** The shape of what the backward pass needs of the forward pass. */
  public static Shape savedShape(GroupNorm problem) {
    return Shape.of(2, problem.n(), problem.groups());
  }

  private static void checkInput(String operation, GroupNorm problem, DeviceTensor x) {
    Require.present(operation, "x", x);
    Shape shape = x.shape();
    boolean image = shape.rank() == 4 && x.layout() == Layout.IMAGE;
    boolean features = shape.rank() == 2 && x.layout() == Layout.PLAIN;
    boolean wholeImage = image && problem.groups() == 1 && problem.area() == 1;
    boolean fits =
        (image || features)
            && shape.length(0) == problem.n()
            && (shape.length(1) == problem.c() || wholeImage)
            && shape.size() == Math.multiplyFull(problem.n(), problem.c()) * problem.area();
    Require.that(
        fits,
        operation,
        "x has shape %s, layout %s, expected IMAGE (N,C,H,W) or PLAIN (N,C) with N %d, C %d, H W %d"
            .formatted(shape, x.layout(), problem.n(), problem.c(), problem.area()));
  }

  private static void checkPair(
      String operation,
      GroupNorm problem,
      DeviceTensor x,
      String name,
      DeviceTensor tensor,
      String otherName,
      DeviceTensor other) {
    Require.that(
        tensor.isPresent() == other.isPresent(),
        operation,
        "of %s and %s one is missing, expected both or neither".formatted(name, otherName));
    if (tensor.isPresent()) {
      checkChannels(operation, problem, x, name, tensor);
      Require.like(operation, otherName, other, tensor);
    }
  }

  /** The order of the elements of an image is the backend's matter, so their weights are one. */
  private static void checkChannels(
      String operation, GroupNorm problem, DeviceTensor x, String name, DeviceTensor tensor) {
    boolean byElement = x.shape().rank() == 4 && problem.area() == 1;
    if (byElement && (tensor.layout() == Layout.IMAGE || x.shape().length(1) != problem.c())) {
      Require.image(operation, name, tensor, x.shape().sample().batched(1));
    } else {
      Require.shape(operation, name, tensor, Shape.of(problem.c()));
      Require.layout(operation, name, tensor, Layout.PLAIN);
    }
  }

  /** Binds the forward pass. */
  protected abstract Step bindForward(
      GroupNorm problem,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor saved);

  /** Binds the gradients. */
  protected abstract Step bindBackward(
      GroupNorm problem,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dweight,
      DeviceTensor dbias,
      DeviceTensor workspace);
}
