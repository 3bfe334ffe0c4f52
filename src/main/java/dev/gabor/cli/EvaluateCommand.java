package dev.gabor.cli;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.data.DataSource;
import dev.gabor.data.Dataset;
import dev.gabor.train.ConfusionMatrix;
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
    description =
        "Prints accuracy, loss, precision, recall, F1, area under the ROC curve and confusion matrix of"
            + " a model on a test set.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class EvaluateCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private DataOption data;
  @Mixin private DeviceOption device;
  @Mixin private WorkspaceOption workspace;

  @Parameters(paramLabel = "MODEL", description = "A model.safetensors that train has saved.")
  private Path file;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images at a time; default ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "5",
      description =
          "Also the share whose class is among the K largest predictions; default ${DEFAULT-VALUE}.")
  private int top;

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
    try (Backend backend = device.open(err, workspace.apply(BackendOptions.STANDARD));
        Evaluator evaluator = Evaluator.of(model, backend, batch)) {
      Evaluation evaluation = evaluator.evaluate(test, model.normalization());
      if (json) {
        out.println(toJson(evaluation, model.classNames(), backend.description()));
      } else {
        print(evaluation, model.classNames(), out);
      }
    }
  }

  private String toJson(Evaluation evaluation, List<String> classes, String device) {
    JsonObject object = new JsonObject();
    object.put("accuracy", evaluation.accuracy());
    object.put("top_" + top, evaluation.topAccuracy(top));
    object.put("loss", evaluation.loss());
    object.put("samples", evaluation.samples());
    object.put("device", device);
    object.put("classes", new JsonArray(classes));
    ConfusionMatrix confusion = evaluation.confusionMatrix();
    for (ConfusionMatrix.Mean mean : ConfusionMatrix.Mean.values()) {
      JsonObject numbers = new JsonObject();
      numbers.put("precision", confusion.precision(mean));
      numbers.put("recall", confusion.recall(mean));
      numbers.put("f1", confusion.f1(mean));
      object.put(mean.name().toLowerCase(Locale.ROOT), numbers);
    }
    number(object, "roc_auc", evaluation.rocAuc());
    JsonArray perClass = new JsonArray();
    for (int c = 0; c < confusion.classes(); c++) {
      JsonObject numbers = new JsonObject();
      numbers.put("class", classes.get(c));
      numbers.put("samples", confusion.support(c));
      numbers.put("precision", confusion.precision(c));
      numbers.put("recall", confusion.recall(c));
      numbers.put("f1", confusion.f1(c));
      number(numbers, "roc_auc", evaluation.rocAuc(c));
      perClass.add(numbers);
    }
    object.put("per_class", perClass);
    JsonArray rows = new JsonArray();
    for (long[] row : confusion.counts()) {
      rows.add(new JsonArray(Arrays.stream(row).boxed().toList()));
    }
    object.put("confusion", rows);
    return JsonWriter.string(object);
  }

  /** JSON has no NaN: null stands for an area that is none. */
  private static void number(JsonObject object, String key, double value) {
    object.put(key, Double.isNaN(value) ? null : value);
  }

  private void print(Evaluation evaluation, List<String> classes, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "accuracy %.4f, top-%d accuracy %.4f, loss %.4f on %d images%n%n",
        evaluation.accuracy(),
        top,
        evaluation.topAccuracy(top),
        evaluation.loss(),
        evaluation.samples());
    ConfusionMatrix confusion = evaluation.confusionMatrix();
    int width = classes.stream().mapToInt(String::length).max().orElse(0);
    width = Math.max(width, "weighted".length());
    String row = "%-" + width + "s %9.4f %9.4f %9.4f %9.4f %9d%n";
    out.printf(
        "%-" + width + "s %9s %9s %9s %9s %9s%n",
        "class",
        "precision",
        "recall",
        "F1",
        "ROC-AUC",
        "images");
    for (int c = 0; c < confusion.classes(); c++) {
      out.printf(
          Locale.ROOT,
          row,
          classes.get(c),
          confusion.precision(c),
          confusion.recall(c),
          confusion.f1(c),
          evaluation.rocAuc(c),
          confusion.support(c));
    }
    for (ConfusionMatrix.Mean mean : ConfusionMatrix.Mean.values()) {
      out.printf(
          Locale.ROOT,
          "%-" + width + "s %9.4f %9.4f %9.4f %9s %9d%n",
          mean.name().toLowerCase(Locale.ROOT),
          confusion.precision(mean),
          confusion.recall(mean),
          confusion.f1(mean),
          mean == ConfusionMatrix.Mean.MACRO
              ? String.format(Locale.ROOT, "%.4f", evaluation.rocAuc())
              : "",
          evaluation.samples());
    }
    out.println();
    out.println("rows: the class; columns: what it was taken for, in the same order");
    long[][] counts = confusion.counts();
    for (int c = 0; c < counts.length; c++) {
      StringBuilder line = new StringBuilder(classes.get(c));
      line.append(" ".repeat(width - line.length()));
      for (long count : counts[c]) {
        line.append(String.format(Locale.ROOT, " %6d", count));
      }
      out.println(line);
    }
  }
}
