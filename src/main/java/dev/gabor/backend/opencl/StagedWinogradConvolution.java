package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.opencl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Winograd's minimal filtering F(4×4, 3×3) and F(2×2, 3×3) for GPUs (Lavin and Gray 2015), a launch
 * for each stage: {@code kernels-cl/convolution_winograd_staged.cl} and {@code
 * convolution_winograd_product.cl}. The workspace holds the transformed weights, then the
 * transformed inputs and outputs of a run of tiles.
 */
final class StagedWinogradConvolution implements ConvolutionAlgorithm {
  private static final String PROGRAM = "convolution_winograd_staged";
  private static final String PRODUCT = "convolution_winograd_product";

  /** Transformed inputs and outputs of a run of tiles. */
  private static final long RUN_BYTES = 256L << 20;

  /** The work-groups of the transforms, as in the kernel file. */
  private static final long[] STAGE = {16, 4};

  /** Floats of one access of a product; rows are padded to multiples of it. */
  private static final int LOAD = 4;

  /** Floats of one access of a transform: a tile of 6×6 vectors of 4 would spill on gfx1100. */
  private static final int VECTOR = 2;

  private final Launcher launcher;
  private final WinogradForm form;
  private final Optional<Tile> forced;

  /** The algorithm with tiles of such a size, and filters of 3×3. */
  StagedWinogradConvolution(Launcher launcher, WinogradForm form) {
    this(launcher, form, Optional.empty());
  }

  private StagedWinogradConvolution(Launcher launcher, WinogradForm form, Optional<Tile> forced) {
    this.launcher = launcher;
    this.form = form;
    this.forced = forced;
  }

  /** The tiles of the products. */
  @Override
  public List<String> parameters(Convolution c, Pass pass) {
    return Tile.CANDIDATES.stream()
        .filter(block -> block.fits(device()))
        .map(Tile::toString)
        .toList();
  }

  @Override
  public ConvolutionAlgorithm with(String parameters) {
    return new StagedWinogradConvolution(launcher, form, Optional.of(Tile.parse(parameters)));
  }

  @Override
  public String name() {
    return name(form);
  }

  /** The algorithm's name for tiles of such a size. */
  static String name(WinogradForm form) {
    return form.name() + "_staged";
  }

  @Override
  public boolean supports(Convolution c, Pass pass) {
    return form.fits(c)
        && c.groups() == 1
        && WinogradGrid.affords(device(), workspaceBytes(c, pass))
        && !choice().tiles().isEmpty();
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    return Plan.of(grid(c, pass)).elements() * Float.BYTES;
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
    return correlate(
        Plan.of(grid(c, Pass.FORWARD)), x, weight, false, bias, y, workspace, activation);
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    return correlate(
        Plan.of(grid(c, Pass.BACKWARD_DATA)),
        dy,
        weight,
        true,
        DeviceTensor.NONE,
        dx,
        workspace,
        Activation.IDENTITY);
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    Plan plan = Plan.of(grid(c, Pass.BACKWARD_WEIGHT));
    WinogradGrid grid = plan.grid();
    List<Step> steps = new ArrayList<>();
    for (int first = 0; first < grid.tiles(); first += plan.run()) {
      int tiles = Math.min(plan.run(), grid.tiles() - first);
      steps.add(transformInput(plan, x, workspace, first, tiles));
      steps.add(
          kernel("winograd_staged_gradient", grid, Activation.IDENTITY)
              .tensor(dy)
              .tensor(workspace)
              .integers(grid.sizes())
              .integers(first, tiles, plan.outputStart())
              .overGroups(groups(grid.k(), tiles), STAGE));
      Tile block = choice().whole(grid.c(), grid.k(), grid.points());
      steps.add(
          multiply(block, true)
              .tensor(workspace)
              .tensor(workspace)
              .tensor(workspace)
              .integers(grid.c(), grid.k(), tiles)
              .integers(plan.inputStart(), padded(grid.c()), plan.outputStart(), 0)
              .integers(padded(grid.k()), first > 0 ? 1 : 0)
              .overGroups(
                  new long[] {block.count(grid.c(), grid.k()), grid.points()},
                  new long[] {block.items(), 1}));
    }
    steps.add(
        kernel("winograd_staged_weight_gradient", grid, Activation.IDENTITY)
            .tensor(workspace)
            .tensor(dweight)
            .integers(grid.c(), grid.k())
            .overGroups(groups(grid.k(), grid.c()), STAGE));
    return Launcher.sequence(steps.toArray(Step[]::new));
  }

  /** Where the parts of the workspace lie, and the tiles of a run. */
  private record Plan(WinogradGrid grid, int run) {
    static Plan of(WinogradGrid grid) {
      long tileBytes = (long) grid.points() * (padded(grid.c()) + padded(grid.k())) * Float.BYTES;
      return new Plan(grid, (int) Math.max(1, Math.min(grid.tiles(), RUN_BYTES / tileBytes)));
    }

    long weightElements() {
      return (long) grid.points() * grid.c() * padded(grid.k());
    }

    long inputElements() {
      return (long) grid.points() * run * padded(grid.c());
    }

    long elements() {
      return weightElements() + inputElements() + (long) grid.points() * run * padded(grid.k());
    }

    int inputStart() {
      return Math.toIntExact(weightElements());
    }

    int outputStart() {
      return Math.toIntExact(weightElements() + inputElements());
    }
  }

  private Step correlate(
      Plan plan,
      DeviceTensor x,
      DeviceTensor weight,
      boolean turned,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation) {
    WinogradGrid grid = plan.grid();
    List<Step> steps = new ArrayList<>();
    steps.add(
        kernel("winograd_staged_filter", grid, activation)
            .tensor(weight)
            .tensor(workspace)
            .integers(grid.c(), grid.k(), turned ? 1 : 0)
            .overGroups(groups(grid.k(), grid.c()), STAGE));
    for (int first = 0; first < grid.tiles(); first += plan.run()) {
      int tiles = Math.min(plan.run(), grid.tiles() - first);
      steps.add(transformInput(plan, x, workspace, first, tiles));
      Tile block = choice().whole(tiles, grid.k(), grid.points());
      steps.add(
          multiply(block, false)
              .tensor(workspace)
              .tensor(workspace)
              .tensor(workspace)
              .integers(tiles, grid.k(), grid.c())
              .integers(plan.inputStart(), padded(grid.c()), 0, plan.outputStart())
              .integers(padded(grid.k()), 0)
              .overGroups(
                  new long[] {block.count(tiles, grid.k()), grid.points()},
                  new long[] {block.items(), 1}));
      steps.add(
          kernel("winograd_staged_output", grid, activation)
              .tensor(workspace)
              .tensor(bias)
              .tensor(y)
              .integers(grid.sizes())
              .integers(first, tiles, plan.outputStart())
              .floating(activation.alpha())
              .overGroups(groups(grid.k(), tiles), STAGE));
    }
    return Launcher.sequence(steps.toArray(Step[]::new));
  }

  private Step transformInput(
      Plan plan, DeviceTensor x, DeviceTensor workspace, int first, int tiles) {
    return kernel("winograd_staged_input", plan.grid(), Activation.IDENTITY)
        .tensor(x)
        .tensor(workspace)
        .integers(plan.grid().sizes())
        .integers(first, tiles, plan.inputStart())
        .overGroups(groups(plan.grid().c(), tiles), STAGE);
  }

  private Launcher.Binding multiply(Tile block, boolean along) {
    return launcher.kernel(
        PRODUCT, "winograd_product", productOptions(block, along).toArray(String[]::new));
  }

  private Launcher.Binding kernel(String name, WinogradGrid grid, Activation activation) {
    return launcher.kernel(
        PROGRAM,
        name,
        Launcher.vector(VECTOR),
        "-DPADDING=" + LOAD,
        grid.form().tileOption(),
        grid.form().filterOption(),
        OpenClActivation.function(activation));
  }

  private WinogradGrid grid(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_DATA
        ? WinogradGrid.backwardData(form, c)
        : WinogradGrid.forward(form, c);
  }

  private TileChoice choice() {
    List<Tile> tiles =
        forced.map(List::of).orElseGet(() -> Tile.all(LOAD)).stream()
            .filter(block -> block.fits(device()))
            .toList();
    return new TileChoice(tiles, device().computeUnits(), launcher.tileWeights());
  }

  private Device device() {
    return launcher.context().device();
  }

  /** Of the products: as if no loop were unrolled, 12 for a term. */
  @Override
  public long iterations(Convolution c, Pass pass) {
    Plan plan = Plan.of(grid(c, pass));
    return 12L * (pass == Pass.BACKWARD_WEIGHT ? plan.run() : plan.grid().c());
  }

  /** The work-groups over vectors of channels and rows of them. */
  private static long[] groups(int channels, int rows) {
    int vectors = padded(channels) / VECTOR;
    return new long[] {(vectors + STAGE[0] - 1) / STAGE[0], (rows + STAGE[1] - 1) / STAGE[1]};
  }

  private static int padded(int channels) {
    return (channels + LOAD - 1) / LOAD * LOAD;
  }

  private static List<String> productOptions(Tile block, boolean along) {
    List<String> options = new ArrayList<>(block.options());
    // Longer unrolling spills on gfx1100.
    options.addAll(List.of("-DLOAD=" + LOAD, "-DUNROLL=2", "-DALONG=" + (along ? 1 : 0)));
    return options;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> transforms = new ArrayList<>();
    for (WinogradForm form : WinogradForm.SMALL_FILTERS) {
      Variant transform =
          Variant.gpu(
              PROGRAM,
              Launcher.vector(VECTOR),
              "-DPADDING=" + LOAD,
              form.tileOption(),
              form.filterOption());
      transforms.add(form.equals(WinogradForm.LARGE_TILE) ? transform : transform.plain());
    }
    List<Variant> all = new ArrayList<>(Variant.withActivations(transforms));
    List<Tile> defaults = Tile.all(LOAD);
    for (Tile block : Tile.CANDIDATES) {
      for (boolean along : new boolean[] {false, true}) {
        Variant product = Variant.gpu(PRODUCT, productOptions(block, along).toArray(String[]::new));
        all.add(defaults.contains(block) ? product : product.plain());
      }
    }
    return all;
  }
}
