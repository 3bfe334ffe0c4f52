package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * The matrix product of unfolded images (im2col + GEMM; Chellapilla et al. 2006): {@code
 * kernels-cl/unfold.cl} and {@code gemm.cl}. Images are taken in runs whose unfolded matrix stays
 * below a limit, one group at a time.
 */
final class UnfoldConvolution implements ConvolutionAlgorithm {
  static final String NAME = "unfold";

  private static final long LIMIT_BYTES = 64L << 20;

  private final Launcher launcher;

  UnfoldConvolution(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean supports(Convolution c, Pass pass) {
    return imageBytes(c) <= launcher.context().device().maxAllocationBytes();
  }

  /** Of the matrix product: one for a term. */
  @Override
  public long iterations(Convolution c, Pass pass) {
    long around = 2 + c.r() * (c.s() + 2L);
    return around
        + switch (pass) {
          case FORWARD -> columns(c);
          case BACKWARD_DATA -> c.groupFilters();
          case BACKWARD_WEIGHT -> rows(c, run(c));
        };
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    return imageBytes(c) * run(c);
  }

  @Override
  public Step forward(
      Convolution c,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation) {
    return forRuns(
        c,
        (steps, first, images, group) -> {
          steps.add(unfold(c, x, workspace, first, images, group));
          steps.add(
              new Gemm(launcher, rows(c, images), c.groupFilters(), columns(c))
                  .a(workspace, 0, columns(c), 1)
                  .b(weight, group * c.groupFilters(), c.k(), 1)
                  .c(y, start(c, first, group), c.k(), false)
                  .bias(bias, group * c.groupFilters())
                  .activation(activation)
                  .step());
        });
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    return forRuns(
        c,
        (steps, first, images, group) -> {
          steps.add(
              new Gemm(launcher, rows(c, images), columns(c), c.groupFilters())
                  .a(dy, start(c, first, group), c.k(), 1)
                  .b(weight, group * c.groupFilters(), 1, c.k())
                  .c(workspace, 0, columns(c), false)
                  .step());
          steps.add(
              launcher
                  .kernel("unfold", "fold")
                  .tensor(workspace)
                  .tensor(dx)
                  .integers(ConvolutionAlgorithm.sizes(c))
                  .integers(first, group)
                  .over(c.groupChannels(), (long) images * c.h() * c.w()));
        });
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    return forRuns(
        c,
        (steps, first, images, group) -> {
          steps.add(unfold(c, x, workspace, first, images, group));
          steps.add(
              new Gemm(launcher, columns(c), c.groupFilters(), rows(c, images))
                  .a(workspace, 0, 1, columns(c))
                  .b(dy, start(c, first, group), c.k(), 1)
                  .c(dweight, group * c.groupFilters(), c.k(), first > 0)
                  .step());
        });
  }

  private interface Part {
    void add(List<Step> steps, int firstImage, int images, int group);
  }

  private static Step forRuns(Convolution c, Part part) {
    List<Step> steps = new ArrayList<>();
    int run = run(c);
    for (int first = 0; first < c.n(); first += run) {
      for (int group = 0; group < c.groups(); group++) {
        part.add(steps, first, Math.min(run, c.n() - first), group);
      }
    }
    return Launcher.sequence(steps.toArray(Step[]::new));
  }

  private Step unfold(
      Convolution c, DeviceTensor x, DeviceTensor u, int firstImage, int images, int group) {
    return launcher
        .kernel("unfold", "unfold")
        .tensor(x)
        .tensor(u)
        .integers(ConvolutionAlgorithm.sizes(c))
        .integers(firstImage, group)
        .over(columns(c), rows(c, images));
  }

  private static int rows(Convolution c, int images) {
    return images * c.p() * c.q();
  }

  private static int columns(Convolution c) {
    return c.r() * c.s() * c.groupChannels();
  }

  /** Where the filters of a group of the first image begin in y. */
  private static int start(Convolution c, int firstImage, int group) {
    return firstImage * c.p() * c.q() * c.k() + group * c.groupFilters();
  }

  private static long imageBytes(Convolution c) {
    return (long) c.p() * c.q() * columns(c) * Float.BYTES;
  }

  private static int run(Convolution c) {
    return (int) Math.max(1, Math.min(c.n(), LIMIT_BYTES / imageBytes(c)));
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return List.of(Variant.any("unfold").plain());
  }
}
