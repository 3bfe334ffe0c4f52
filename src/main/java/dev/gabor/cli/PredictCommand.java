package dev.gabor.cli;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import dev.gabor.backend.Backend;
import dev.gabor.data.PictureFile;
import dev.gabor.data.PictureFit;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import dev.gabor.train.Model;
import dev.gabor.train.Prediction;
import dev.gabor.train.Predictor;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what is in pictures. */
@Command(
    name = "predict",
    description =
        "Says what a model sees in pictures (PNG, JPEG, GIF, BMP), which are scaled to its input.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class PredictCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private DeviceOption device;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A model.safetensors that train has saved.")
  private Path file;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "IMAGE", description = "Pictures.")
  private List<Path> images;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "3",
      description = "Classes to name; default ${DEFAULT-VALUE}.")
  private int top;

  @Option(
      names = "--fit",
      paramLabel = "WAY",
      description =
          "How pictures get the size of the model's input: stretch, or crop: scale and cut out the"
              + " centre; default: as the model was trained.")
  private String fit;

  @Option(names = "--json", description = "Write one JSON object to standard output.")
  private boolean json;

  @Override
  public void run() {
    Model model = Model.load(file);
    Shape shape = model.network().input().shape();
    if (shape.rank() != 3) {
      throw new IllegalArgumentException(
          "%s: the model takes features %s, not pictures".formatted(file, shape));
    }
    PictureFit way = fit == null ? PictureOption.fitOf(model) : PictureFit.byName(fit);
    List<Tensor> samples =
        images.stream().map(image -> PictureFile.read(image, shape, way)).toList();
    try (Backend backend = device.open(spec.commandLine().getErr());
        Predictor predictor = new Predictor(model, backend)) {
      List<List<Prediction>> results = new ArrayList<>();
      samples.forEach(sample -> results.add(predictor.top(sample.data(), top)));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(toJson(results));
      } else {
        print(results, out);
      }
    }
  }

  private String toJson(List<List<Prediction>> results) {
    JsonArray array = new JsonArray();
    for (int i = 0; i < results.size(); i++) {
      JsonArray predictions = new JsonArray();
      for (Prediction prediction : results.get(i)) {
        JsonObject object = new JsonObject();
        object.put("class", prediction.name());
        object.put("index", prediction.index());
        object.put("probability", prediction.probability());
        predictions.add(object);
      }
      JsonObject result = new JsonObject();
      result.put("image", images.get(i).toString());
      result.put("predictions", predictions);
      array.add(result);
    }
    JsonObject object = new JsonObject();
    object.put("results", array);
    return JsonWriter.string(object);
  }

  private void print(List<List<Prediction>> results, PrintWriter out) {
    for (int i = 0; i < results.size(); i++) {
      out.println(images.get(i));
      for (Prediction prediction : results.get(i)) {
        out.printf(
            Locale.ROOT, "  %6.2f %%  %s%n", 100 * prediction.probability(), prediction.name());
      }
    }
  }
}
