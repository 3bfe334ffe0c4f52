package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.data.PictureFile;
import dev.gabor.data.PictureFit;
import dev.gabor.image.HeatMap;
import dev.gabor.image.Tiles;
import dev.gabor.nn.Network;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import dev.gabor.train.ActivationMap;
import dev.gabor.train.FeatureMaps;
import dev.gabor.train.Model;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws what a model has learnt and what it sees in a picture. */
@Command(
    name = "show",
    description =
        "Draws the first convolution's filters and, for a picture, feature maps and where the model"
            + " sees the class, as PNG files.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class ShowCommand implements Runnable {
  private static final int MOST_LAYERS = 8;
  private static final int MOST_FILTERS = 256;
  private static final int LEAST_SIDE = 256;
  private static final double MOST_SIDE = 1024;
  private static final float WHITE = 255;

  @Spec private CommandSpec spec;
  @Mixin private DeviceOption device;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A model.safetensors that train has saved.")
  private Path file;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "A picture: PNG, JPEG, GIF, BMP; it is scaled to the model's input.")
  private Path image;

  @Option(
      names = "--layer",
      paramLabel = "NAME",
      description =
          "Draw the maps of this layer; default: of the convolutions with what follows them, at"
              + " most 8 from the first to the last.")
  private String layer;

  @Option(
      names = "--class",
      paramLabel = "NAME|N",
      description = "Where the model sees this class; default: the most probable one.")
  private String wanted;

  @Option(
      names = "--maps",
      paramLabel = "N",
      defaultValue = "64",
      description = "The most maps to draw of a layer; default ${DEFAULT-VALUE}.")
  private int most;

  @Option(
      names = "--fit",
      paramLabel = "WAY",
      description = "stretch or crop, as in predict; default: as the model was trained.")
  private String fit;

  @Option(
      names = "--out",
      paramLabel = "DIR|FILE",
      defaultValue = "show",
      description =
          "A folder for all pictures, default ${DEFAULT-VALUE}; or a .png for one: the filters, with"
              + " --image the activation map, with --image and --layer the maps.")
  private Path out;

  @Override
  public void run() {
    if (image == null && (layer != null || wanted != null || fit != null)) {
      throw new IllegalArgumentException(
          "--layer, --class and --fit ask about a picture: expected --image FILE, too");
    }
    Model model = Model.load(file);
    try {
      show(model);
    } catch (IllegalArgumentException e) {
      boolean ours = e.getClass() == IllegalArgumentException.class;
      throw ours ? new IllegalArgumentException(file + ": " + e.getMessage(), e) : e;
    }
  }

  private void show(Model model) {
    ShownPictures pictures = new ShownPictures(out);
    filters(model, pictures);
    if (image != null) {
      Shape shape = model.network().input().shape();
      if (shape.rank() != 3) {
        throw new IllegalArgumentException(
            "the model takes features %s, not pictures".formatted(shape));
      }
      int index = classIndex(model.classNames());
      PictureFit way = fit == null ? PictureOption.fitOf(model) : PictureFit.byName(fit);
      float[] pixels = PictureFile.read(image, shape, way).data();
      List<String> layers = layers(model.network());
      try (Backend backend = device.open(spec.commandLine().getErr())) {
        maps(model, backend, layers, pixels, pictures);
        activation(model, backend, index, pixels, view(shape, way), pictures);
      }
    }
    String one = image == null ? "filters" : layer == null ? "activation-map" : "maps-" + layer;
    pictures.write(one, spec.commandLine().getOut());
  }

  private void filters(Model model, ShownPictures pictures) {
    String first = FeatureMaps.convolutions(model.network()).get(0);
    Tensor weight = model.parameters().get(first + ".weight");
    Shape shape = weight.shape();
    pictures.add(
        "filters",
        Tiles.ofFilters(weight, MOST_FILTERS),
        "%d filters of %dx%d on %d channels, %s"
            .formatted(shape.length(0), shape.length(2), shape.length(3), shape.length(1), first));
  }

  private List<String> layers(Network network) {
    if (layer != null) {
      return List.of(layer);
    }
    List<String> all = FeatureMaps.ofConvolutions(network);
    int count = Math.min(MOST_LAYERS, all.size());
    return IntStream.range(0, count)
        .mapToObj(i -> all.get(count == 1 ? 0 : i * (all.size() - 1) / (count - 1)))
        .toList();
  }

  private void maps(
      Model model, Backend backend, List<String> layers, float[] pixels, ShownPictures pictures) {
    try (FeatureMaps maps = new FeatureMaps(model, backend, layers)) {
      for (Map.Entry<String, Tensor> each : maps.of(pixels).entrySet()) {
        Shape shape = each.getValue().shape();
        pictures.add(
            "maps-" + each.getKey(),
            Tiles.ofMaps(each.getValue(), most),
            "%d of %d maps of %dx%d, %s"
                .formatted(
                    Math.min(most, shape.length(0)),
                    shape.length(0),
                    shape.length(1),
                    shape.length(2),
                    each.getKey()));
      }
    }
  }

  private void activation(
      Model model,
      Backend backend,
      int index,
      float[] pixels,
      Tensor view,
      ShownPictures pictures) {
    try (ActivationMap map = new ActivationMap(model, backend)) {
      ActivationMap.Sight sight = index < 0 ? map.of(pixels) : map.of(pixels, index);
      pictures.add(
          "activation-map",
          HeatMap.over(view, sight.map()),
          String.format(
              Locale.ROOT,
              "%s, %.2f %%, seen by %s",
              sight.prediction().name(),
              100 * sight.prediction().probability(),
              map.layer()));
    }
  }

  /** The class asked for, or -1 for the most probable one. */
  private int classIndex(List<String> names) {
    if (wanted == null) {
      return -1;
    }
    if (names.contains(wanted)) {
      return names.indexOf(wanted);
    }
    boolean number = wanted.matches("\\d{1,9}") && Integer.parseInt(wanted) < names.size();
    if (!number) {
      throw new IllegalArgumentException(
          "no class %s, expected one of %s, or a number below %d"
              .formatted(wanted, String.join(", ", names), names.size()));
    }
    return Integer.parseInt(wanted);
  }

  /** What the model sees of the picture, in the picture's own proportions: 0 to 255. */
  private Tensor view(Shape shape, PictureFit way) {
    Shape whole = PictureFile.shape(image);
    double height = whole.length(1);
    double width = whole.length(2);
    if (way == PictureFit.CROP) {
      double factor = Math.min(height / shape.length(1), width / shape.length(2));
      height = factor * shape.length(1);
      width = factor * shape.length(2);
    }
    double shrink = Math.min(1, MOST_SIDE / Math.max(height, width));
    int rows = (int) Math.max(1, Math.round(shrink * height));
    int columns = (int) Math.max(1, Math.round(shrink * width));
    Tensor view = PictureFile.read(image, Shape.of(3, rows, columns), way);
    for (int i = 0; i < view.data().length; i++) {
      view.data()[i] *= WHITE;
    }
    int side = Math.max(rows, columns);
    return Tiles.enlarged(view, Math.max(1, (LEAST_SIDE + side - 1) / side));
  }
}
