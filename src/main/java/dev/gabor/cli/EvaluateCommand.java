package dev.gabor.cli;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import dev.gabor.backend.Backend;
import dev.gabor.data.DataSource;
import dev.gabor.data.Dataset;
import dev.gabor.train.Evaluation;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Model;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Judges a saved model on a test set. */
@Command(
    name = "evaluate",
    description = "Prints accuracy, loss and confusion matrix of a model on a test set.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class EvaluateCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private DataOption data;
  @Mixin private DeviceOption device;

  @Parameters(paramLabel = "MODEL", description = "A model.safetensors that train has saved.")
  private Path file;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images at a time; default ${DEFAULT-VALUE}.")
  private int batch;

  @Option(names = "--json", description = "Write one JSON object to standard output.")
  private boolean json;

  @Override
  public void run() {
    Model model = Model.load(file);
    DataSource source = data.open(data.pictures().options(model));
    Dataset test = source.test();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    source.remarks().forEach(err::println);
    if (!test.classNames().equals(model.classNames())) {
      err.println("remark: the classes of the data are not those that the model was trained on");
    }
    try (Backend backend = device.open(err);
        Evaluator evaluator = Evaluator.of(model, backend, batch)) {
      Evaluation evaluation = evaluator.evaluate(test, model.normalization());
      if (json) {
        out.println(toJson(evaluation, model.classNames(), backend.description()));
      } else {
        print(evaluation, model.classNames(), out);
      }
    }
  }

  private static String toJson(Evaluation evaluation, List<String> classes, String device) {
    JsonObject object = new JsonObject();
    object.put("accuracy", evaluation.accuracy());
    object.put("loss", evaluation.loss());
    object.put("samples", evaluation.samples());
    object.put("device", device);
    object.put("classes", new JsonArray(classes));
    JsonArray rows = new JsonArray();
    for (long[] row : evaluation.confusion()) {
      rows.add(new JsonArray(Arrays.stream(row).boxed().toList()));
    }
    object.put("confusion", rows);
    return JsonWriter.string(object);
  }

  private static void print(Evaluation evaluation, List<String> classes, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "accuracy %.4f, loss %.4f on %d images%n%n",
        evaluation.accuracy(),
        evaluation.loss(),
        evaluation.samples());
    int width = classes.stream().mapToInt(String::length).max().orElse(0);
    out.println("rows: the class; columns: what it was taken for, in the same order");
    long[][] confusion = evaluation.confusion();
    for (int row = 0; row < confusion.length; row++) {
      StringBuilder line = new StringBuilder(classes.get(row));
      line.append(" ".repeat(width - line.length()));
      for (long count : confusion[row]) {
        line.append(String.format(Locale.ROOT, " %6d", count));
      }
      out.println(line);
    }
  }
}
