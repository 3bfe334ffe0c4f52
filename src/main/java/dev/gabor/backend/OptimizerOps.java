package dev.gabor.backend;

import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * Parameter updates over flat blocks: all parameters that share a rule at once. PyTorch:
 * torch.optim, clip_grad_norm_. A block may hold gaps of zeros; zeros with gradients of zero stay
 * zero under every rule.
 */
public abstract class OptimizerOps {
  /** The elements that one partial sum of squares covers. */
  protected static final int CHUNK = 4096;

  /** The bytes of workspace that {@link #clipScale} needs for gradients of these sizes. */
  public final long clipScaleWorkspaceBytes(List<Long> sizes) {
    return sizes.stream().mapToLong(size -> (size + CHUNK - 1) / CHUNK).sum() * Float.BYTES;
  }

  /**
   * scale = min(1, maxNorm / (norm + 1e-6)), norm being the Euclidean norm over the elements of all
   * gradients together: clipping by global norm (Pascanu et al. 2013), as PyTorch's
   * clip_grad_norm_. Summed in chunks of fixed size, these in a fixed order.
   *
   * @param gradients plain, any shapes, at least one
   * @param scale (1) plain, overwritten
   * @param workspace at least {@link #clipScaleWorkspaceBytes}
   * @param maxNorm above 0
   */
  public final Step clipScale(
      List<DeviceTensor> gradients, DeviceTensor scale, DeviceTensor workspace, double maxNorm) {
    String operation = "clip by norm";
    Require.that(!gradients.isEmpty(), operation, "no gradients, expected at least one");
    gradients.forEach(gradient -> plain(operation, "gradient", gradient));
    Require.shape(operation, "scale", scale, Shape.of(1));
    List<Long> sizes = gradients.stream().map(gradient -> gradient.shape().size()).toList();
    Require.workspace(operation, workspace, clipScaleWorkspaceBytes(sizes));
    Require.that(maxNorm > 0, operation, "norm is limited to " + maxNorm + ", expected above 0");
    return bindClipScale(List.copyOf(gradients), scale, workspace, (float) maxNorm);
  }

  /**
   * One update of a block by a {@link UpdateRule}; by LARS with the ratio 1.
   *
   * @param gradient plain, any shape
   * @param scale (1) plain, of {@link #clipScale}; absent for 1
   * @param states one for each of {@link UpdateRule#states}, each the shape of gradient, added to
   * @param w the parameters, the shape of gradient, added to
   * @param hyperparameters learning rate and step, read at each run
   */
  public final Step update(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      List<DeviceTensor> states,
      DeviceTensor w,
      Hyperparameters hyperparameters) {
    checkUpdate("optimizer update", rule, gradient, scale, states, w);
    return bindUpdate(
        rule,
        gradient,
        scale,
        List.copyOf(states),
        w,
        hyperparameters,
        DeviceTensor.NONE,
        DeviceTensor.NONE);
  }

  /**
   * One update of a block by {@link UpdateRule.Kind#LARS} with a ratio for each parameter in it.
   *
   * @param segments (runs) plain, {@link Segments#numbers}
   * @param ratios (segments) plain, of {@link #trustRatios}
   */
  public final Step update(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      List<DeviceTensor> states,
      DeviceTensor w,
      Hyperparameters hyperparameters,
      DeviceTensor segments,
      DeviceTensor ratios) {
    String operation = "optimizer update";
    Require.that(
        rule.kind() == UpdateRule.Kind.LARS, operation, "ratios for " + rule.kind() + ", not LARS");
    checkUpdate(operation, rule, gradient, scale, states, w);
    Require.size(operation, "segments", segments, w.shape().size() / Segments.RUN);
    plain(operation, "ratios", ratios);
    return bindUpdate(
        rule, gradient, scale, List.copyOf(states), w, hyperparameters, segments, ratios);
  }

  /**
   * The ratio of each segment of a block: trust · ‖w‖ / (‖scale · gradient‖ + weightDecay · ‖w‖), 1
   * where either norm is 0 (You et al. 2017, equation 6). Values are not clamped before.
   *
   * @param gradient (runs · 16) plain
   * @param scale (1) plain, of {@link #clipScale}; absent for 1
   * @param w the parameters, the shape of gradient
   * @param pieces (pieces,2) plain, {@link Segments#pieces}
   * @param ranges (segments,2) plain, {@link Segments#ranges}
   * @param sums as large as pieces, overwritten: the squares of w and of the gradient
   * @param ratios (segments) plain, overwritten
   */
  public final Step trustRatios(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      DeviceTensor w,
      DeviceTensor pieces,
      DeviceTensor ranges,
      DeviceTensor sums,
      DeviceTensor ratios) {
    String operation = "trust ratios";
    Require.that(
        rule.kind() == UpdateRule.Kind.LARS, operation, "of " + rule.kind() + ", expected LARS");
    plain(operation, "gradient", gradient);
    Require.shapeIfPresent(operation, "scale", scale, Shape.of(1));
    Require.like(operation, "w", w, gradient);
    plain(operation, "ratios", ratios);
    Require.shape(operation, "ranges", ranges, Shape.of(ratios.shape().arrayLength(), 2));
    plain(operation, "pieces", pieces);
    Require.workspace(operation, sums, pieces.shape().size() * Float.BYTES);
    return bindTrustRatios(rule, gradient, scale, w, pieces, ranges, sums, ratios);
  }

  /** The factors of {@link #blend}, asked for at each run. */
  public interface Blend {
    /** The factor of what is there already. */
    float keep();

    /** The factor of what is added. */
    float add();
  }

  /**
   * y = keep · y + add · x: a moving average, or a sum of gradients.
   *
   * @param x plain, any shape
   * @param y the shape of x, added to
   */
  public final Step blend(DeviceTensor x, DeviceTensor y, Blend factors) {
    plain("blend", "x", x);
    Require.like("blend", "y", y, x);
    return bindBlend(x, y, factors);
  }

  private static void checkUpdate(
      String operation,
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      List<DeviceTensor> states,
      DeviceTensor w) {
    plain(operation, "gradient", gradient);
    Require.shapeIfPresent(operation, "scale", scale, Shape.of(1));
    Require.that(
        states.size() == rule.states().size(),
        operation,
        states.size() + " states, expected " + rule.states());
    for (int i = 0; i < states.size(); i++) {
      Require.like(operation, rule.states().get(i), states.get(i), gradient);
    }
    Require.like(operation, "w", w, gradient);
  }

  private static void plain(String operation, String name, DeviceTensor tensor) {
    Require.present(operation, name, tensor);
    Require.that(
        tensor.layout() == Layout.PLAIN && tensor.shape().size() <= Integer.MAX_VALUE - CHUNK,
        operation,
        name
            + tensor.shape()
            + " in layout "
            + tensor.layout()
            + ", expected PLAIN and below 2^31 elements");
  }

  /** Binds the norm and the factor that follows from it. */
  protected abstract Step bindClipScale(
      List<DeviceTensor> gradients, DeviceTensor scale, DeviceTensor workspace, float maxNorm);

  /** Binds one update; segments and ratios are absent for ratios of 1. */
  protected abstract Step bindUpdate(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      List<DeviceTensor> states,
      DeviceTensor w,
      Hyperparameters hyperparameters,
      DeviceTensor segments,
      DeviceTensor ratios);

  /** Binds the norms of segments and the ratios that follow from them. */
  protected abstract Step bindTrustRatios(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      DeviceTensor w,
      DeviceTensor pieces,
      DeviceTensor ranges,
      DeviceTensor sums,
      DeviceTensor ratios);

  /** Binds a weighted sum. */
  protected abstract Step bindBlend(DeviceTensor x, DeviceTensor y, Blend factors);
}
