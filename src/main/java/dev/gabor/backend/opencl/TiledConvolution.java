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
 * Matrix products by tiles in local memory, gathered from the image on the way (implicit GEMM), for
 * GPUs: {@code kernels-cl/convolution_tiled.cl}. Only backward-weight needs a workspace, for the
 * parts of its sums.
 */
final class TiledConvolution implements ConvolutionAlgorithm {
  static final String NAME = "tiled";

  private static final String PROGRAM = "convolution_tiled";
  private static final long WORKSPACE_BYTES = 64L << 20;

  private final Launcher launcher;
  private final Optional<Tile> forced;

  /** The algorithm with the tile that the sizes of a problem suggest. */
  TiledConvolution(Launcher launcher) {
    this(launcher, Optional.empty());
  }

  /** The algorithm with one tile for all problems, for tests and tuning. */
  TiledConvolution(Launcher launcher, Optional<Tile> forced) {
    this.launcher = launcher;
    this.forced = forced;
  }

  @Override
  public String name() {
    return NAME;
  }

  /** Tiles other than its own choice. */
  @Override
  public List<String> parameters(Convolution c, Pass pass) {
    if (choice(c).tiles().isEmpty()) {
      return List.of();
    }
    Tile own =
        switch (pass) {
          case FORWARD -> forwardTile(c);
          case BACKWARD_DATA -> backwardDataTile(c);
          case BACKWARD_WEIGHT -> Parts.of(choice(c), c).tile();
        };
    return Tile.CANDIDATES.stream()
        .filter(tile -> tile.fits(launcher.context().device()) && !tile.equals(own))
        .map(Tile::toString)
        .toList();
  }

  @Override
  public ConvolutionAlgorithm with(String parameters) {
    return new TiledConvolution(launcher, Optional.of(Tile.parse(parameters)));
  }

  @Override
  public boolean supports(Convolution convolution, Pass pass) {
    return !choice(convolution).tiles().isEmpty();
  }

  /** Far fewer than terms, for they are taken by tiles. */
  @Override
  public long iterations(Convolution c, Pass pass) {
    long terms =
        switch (pass) {
          case FORWARD -> (long) c.r() * c.s() * c.groupChannels();
          case BACKWARD_DATA -> (long) c.r() * c.s() * c.groupFilters();
          case BACKWARD_WEIGHT -> Parts.of(choice(c), c).pixels();
        };
    return terms / 2;
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    if (pass != Pass.BACKWARD_WEIGHT) {
      return 0;
    }
    int parts = Parts.of(choice(c), c).count();
    return parts == 1 ? 0 : parts * weightBytes(c);
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
    long pixels = (long) c.n() * c.p() * c.q();
    Tile tile = forwardTile(c);
    Launcher.Binding binding =
        kernel("_forward", tile, c, activation)
            .tensor(x)
            .tensor(weight)
            .tensor(bias)
            .tensor(y)
            .integers(ConvolutionAlgorithm.sizes(c))
            .floating(activation.alpha());
    return over(binding, tile, tile.count(pixels, c.groupFilters()), c.groups(), 1);
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    int classes = c.strideH() * c.strideW();
    long pixels = dataPixels(c);
    Tile tile = backwardDataTile(c);
    Launcher.Binding binding =
        kernel("_backward_data", tile, c, Activation.IDENTITY)
            .tensor(dy)
            .tensor(weight)
            .tensor(dx)
            .integers(ConvolutionAlgorithm.sizes(c))
            .integers(apart(c.strideH(), c.dilationH()), apart(c.strideW(), c.dilationW()));
    return over(
        binding, tile, tile.count(pixels, c.groupChannels()), (long) c.groups() * classes, 1);
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    Parts parts = Parts.of(choice(c), c);
    boolean direct = parts.count() == 1;
    Launcher.Binding binding =
        kernel("_backward_weight", parts.tile(), c, Activation.IDENTITY)
            .tensor(x)
            .tensor(dy)
            .tensor(direct ? dweight : workspace)
            .integers(ConvolutionAlgorithm.sizes(c))
            .integers(parts.pixels());
    Step products = over(binding, parts.tile(), parts.tiles(), c.groups(), parts.count());
    if (direct) {
      return products;
    }
    int size = c.weightShape().arrayLength();
    Step sum =
        kernel("_sum", parts.tile(), c, Activation.IDENTITY)
            .tensor(workspace)
            .tensor(dweight)
            .integers(size, parts.count())
            .over(size);
    return Launcher.sequence(products, sum);
  }

  private Tile forwardTile(Convolution c) {
    return choice(c).whole((long) c.n() * c.p() * c.q(), c.groupFilters(), c.groups());
  }

  private Tile backwardDataTile(Convolution c) {
    long classes = (long) c.strideH() * c.strideW();
    return choice(c).whole(dataPixels(c), c.groupChannels(), c.groups() * classes);
  }

  /** The pixels of dx in one residue class by the stride. */
  private static long dataPixels(Convolution c) {
    return (long) c.n() * blocks(c.h(), c.strideH()) * blocks(c.w(), c.strideW());
  }

  /** How the sums over pixels of a backward-weight pass are split. */
  private record Parts(Tile tile, long tiles, int pixels, int count) {
    static Parts of(TileChoice choice, Convolution c) {
      long rows = (long) c.r() * c.s() * c.groupChannels();
      int pixels = Math.toIntExact((long) c.n() * c.p() * c.q());
      Tile tile = choice.split(rows, c.groupFilters());
      long tiles = tile.count(rows, c.groupFilters());
      int wanted = choice.parts(tiles * c.groups(), pixels, WORKSPACE_BYTES / weightBytes(c));
      int each = blocks(blocks(pixels, wanted), tile.depth()) * tile.depth();
      return new Parts(tile, tiles, each, blocks(pixels, each));
    }
  }

  private Launcher.Binding kernel(String suffix, Tile tile, Convolution c, Activation activation) {
    return launcher.kernel(
        PROGRAM, PROGRAM + suffix, options(tile, load(c), activation).toArray(String[]::new));
  }

  /** Floats of one access to global memory: 4 where no vector would reach into another pixel. */
  private static int load(Convolution c) {
    return c.groupChannels() % 4 == 0 && c.groupFilters() % 4 == 0 ? 4 : 1;
  }

  private TileChoice choice(Convolution c) {
    Device device = launcher.context().device();
    List<Tile> tiles =
        forced.map(List::of).orElseGet(() -> Tile.all(load(c))).stream()
            .filter(tile -> tile.fits(device))
            .toList();
    return new TileChoice(tiles, device.computeUnits(), launcher.tileWeights());
  }

  private static List<String> options(Tile tile, int load, Activation activation) {
    List<String> options = new ArrayList<>(tile.options());
    options.add(load(load));
    options.add(OpenClActivation.function(activation));
    return options;
  }

  private static Step over(
      Launcher.Binding binding, Tile tile, long tiles, long groups, long parts) {
    return binding.overGroups(new long[] {tiles, groups, parts}, new long[] {tile.items(), 1, 1});
  }

  private static int blocks(int length, int block) {
    return (length + block - 1) / block;
  }

  private static long weightBytes(Convolution c) {
    return c.weightShape().size() * Float.BYTES;
  }

  /** The distance of two filter elements that meet the same residue class of input rows. */
  private static int apart(int stride, int dilation) {
    int distance = 1;
    while (distance * dilation % stride != 0) {
      distance++;
    }
    return distance;
  }

  private static String load(int floats) {
    return "-DLOAD=" + floats;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> all = new ArrayList<>();
    for (int load : new int[] {4, 1}) {
      List<Tile> defaults = Tile.all(load);
      for (Tile tile : Tile.CANDIDATES) {
        Variant variant =
            Variant.gpu(PROGRAM, tile.options().toArray(String[]::new)).with(load(load));
        all.add(defaults.contains(tile) ? variant : variant.plain());
      }
    }
    return Variant.withActivations(all);
  }
}
