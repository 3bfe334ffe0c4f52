package dev.gabor.bench.page;

import static dev.gabor.bench.page.Markup.escape;
import static dev.gabor.bench.page.Markup.html;
import static dev.gabor.bench.page.Markup.number;
import static dev.gabor.bench.page.Markup.words;

import dev.gabor.bench.ConvolutionShapes;
import dev.gabor.bench.Report;
import dev.gabor.bench.ReportTable;
import dev.gabor.bench.Result;
import dev.gabor.bench.Subject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a page says about one device, section by section; each is empty where nothing is known. */
final class Sections {
  private final Report report;

  Sections(Report report) {
    this.report = report;
  }

  /** The facts and the ceilings. */
  String card() {
    StringBuilder out = new StringBuilder("<section class=\"device\">");
    out.append(html("<h2>%s</h2>", report.device()));
    if (!report.properties().isEmpty()) {
      out.append("<dl class=\"facts\">");
      report
          .properties()
          .forEach(
              (name, value) -> out.append(html("<div><dt>%s</dt><dd>%s</dd></div>", name, value)));
      out.append("</dl>");
    }
    out.append("<div class=\"tiles\">");
    results(result -> result.subject().op().equals(Subject.CEILING))
        .forEach(result -> out.append(tile(result)));
    return out.append("</div></section>\n").toString();
  }

  /** Three bars a convolution, table by table. */
  String convolutions() {
    Map<String, List<Result>> byShape =
        results(Kind::isConvolution).stream()
            .collect(
                Collectors.groupingBy(
                    result -> result.subject().op() + " " + result.subject().problem(),
                    LinkedHashMap::new,
                    Collectors.toList()));
    if (byShape.isEmpty()) {
      return "";
    }
    double most = results(Kind::isConvolution).stream().mapToDouble(Result::rate).max().orElse(1);
    Bars bars = new Bars(most, report.peakGflops());
    Map<String, StringBuilder> tables = new LinkedHashMap<>();
    byShape.forEach(
        (shape, results) ->
            tables
                .computeIfAbsent(table(results.get(0)), name -> new StringBuilder())
                .append(convolution(results, bars)));
    StringBuilder out = new StringBuilder("<section class=\"convolutions\"><h2>Convolutions</h2>");
    out.append(
        html(
            "<p class=\"note\">GFLOP/s of the direct algorithm's operations; the mark is the measured"
                + " peak of %s GFLOP/s.</p>\n",
            number(report.peakGflops())));
    tables.forEach(
        (name, charts) ->
            out.append(html("<details open class=\"table\"><summary>%s</summary>", name))
                .append("<div class=\"charts\">")
                .append(charts)
                .append("</div></details>\n"));
    return out.append("</section>\n").toString();
  }

  /** A bar for each pass that memory bounds. */
  String operators() {
    Map<String, List<Result>> byOperator =
        results(Kind::isMemoryBound).stream()
            .collect(
                Collectors.groupingBy(
                    result -> result.subject().op(), LinkedHashMap::new, Collectors.toList()));
    if (byOperator.isEmpty()) {
      return "";
    }
    double most =
        results(Kind::isMemoryBound).stream()
            .mapToDouble(result -> Math.max(result.rate(), copy(result)))
            .max()
            .orElse(1);
    Bars bars = new Bars(most, 0);
    StringBuilder out = new StringBuilder("<section class=\"operators\"><h2>Operators</h2>");
    out.append(
        html(
            "<p class=\"note\">GB/s of the fewest bytes that must move; the mark is the copy bandwidth that"
                + " was measured %s.</p>\n<div class=\"charts\">",
            results(Kind::isMemoryBound).stream().allMatch(r -> r.peak().isPresent())
                ? "beside each"
                : "at the start, " + number(report.peakGbS()) + " GB/s"));
    byOperator.forEach(
        (op, results) -> {
          out.append(
              html(
                  "<div class=\"chart\"><h4>%s<small>%s</small></h4>",
                  words(op), results.get(0).subject().problem().replace(",", "×")));
          results.forEach(
              result ->
                  out.append(
                      bars.row(
                          words(result.subject().pass()),
                          Kind.of(result).style(),
                          result.rate(),
                          copy(result),
                          number(result.rate()),
                          beside(result))));
          out.append("</div>\n");
        });
    return out.append("</div></section>\n").toString();
  }

  /** Images a second of whole networks. */
  String models() {
    Predicate<Result> isModel = result -> result.subject().op().equals(Subject.MODEL);
    if (results(isModel).isEmpty()) {
      return "";
    }
    StringBuilder out =
        new StringBuilder("<section class=\"models\"><h2>Models</h2>")
            .append("<p class=\"note\">Images a second, with the transfer of the images.</p>")
            .append("<div class=\"charts\">\n");
    for (String pass : List.of("train", "infer")) {
      List<Result> results = results(isModel.and(r -> r.subject().pass().equals(pass)));
      if (!results.isEmpty()) {
        Bars bars = new Bars(results.stream().mapToDouble(Result::rate).max().orElse(1), 0);
        out.append(
            html(
                "<div class=\"chart\"><h4>%s</h4>",
                pass.equals("train") ? "training" : "inference"));
        results.forEach(
            result ->
                out.append(
                    bars.row(
                        result.subject().problem(),
                        pass.equals("train") ? "backward-data" : "forward",
                        result.rate(),
                        number(result.rate()),
                        "batch "
                            + result.subject().batch()
                            + share(result)
                            + times(result)
                            + (result.timing().kernelMillis().isPresent()
                                ? ", " + kernelShare(result) + " kernels"
                                : ""))));
        out.append("</div>\n");
      }
    }
    return out.append("</div></section>\n").toString();
  }

  /** All numbers. */
  String table() {
    StringBuilder out =
        new StringBuilder("<details class=\"more\"><summary>All numbers</summary>")
            .append("<div class=\"scroll\"><table>\n");
    ReportTable table = ReportTable.of(report);
    List<List<String>> rows = table.rows();
    for (int row = 0; row < rows.size(); row++) {
      String cell = row == 0 ? "th" : "td";
      out.append("<tr>");
      for (int column = 0; column < rows.get(row).size(); column++) {
        out.append('<').append(cell);
        out.append(table.isNumber(column) ? " class=\"number\">" : ">");
        out.append(escape(rows.get(row).get(column)));
        out.append("</").append(cell).append('>');
      }
      out.append("</tr>\n");
    }
    return out.append("</table></div></details>\n").toString();
  }

  private static String tile(Result result) {
    boolean launch = result.subject().pass().startsWith("launch");
    String value = launch ? number(1e3 * result.timing().medianMillis()) : number(result.rate());
    return html(
        "<div class=\"tile\"><span>%s</span><b>%s</b><small>%s</small></div>",
        name(result.subject().pass()), value, launch ? "µs" : result.unit().label());
  }

  /** The name of a ceiling. */
  static String name(String pass) {
    return switch (pass) {
      case "multiply_add" -> "fp32 multiply-add";
      case "multiply_add_fp16" -> "fp16 multiply-add";
      default -> words(pass);
    };
  }

  private static String convolution(List<Result> results, Bars bars) {
    StringBuilder out = new StringBuilder("<div class=\"chart\">");
    Subject subject = results.get(0).subject();
    out.append(html("<h4>%s<small>%s</small></h4>", title(subject), subject.problem()));
    for (Result result : results) {
      String name = Markup.words(result.subject().pass());
      out.append(
          bars.row(
              name,
              Kind.of(result).style(),
              result.rate(),
              number(result.rate()),
              result.subject().algorithm() + times(result)));
    }
    return out.append("</div>\n").toString();
  }

  /** In words: 64 → 128, 3×3 / 2, on 56×56. */
  private static String title(Subject subject) {
    String[] n = subject.problem().split(",", -1);
    if (n.length < 11) {
      return n.length == 3 ? "dense " + n[1] + " → " + n[2] : subject.problem();
    }
    String stride = n[7].equals("1") ? "" : " / " + n[7];
    String groups =
        n[10].equals("1") ? "" : n[10].equals(n[1]) ? " depthwise" : " in " + n[10] + " groups";
    return "%s → %s, %s×%s%s on %s×%s%s"
        .formatted(n[1], n[4], n[5], n[6], stride, n[2], n[3], groups);
  }

  private static String table(Result result) {
    return switch (result.subject().op()) {
      case "dense" -> "Dense layers";
      case "conv_transpose2d" -> "Transposed";
      default -> ConvolutionShapes.tableOf(result.subject().problem());
    };
  }

  private double copy(Result result) {
    return result.peak().orElse(report.peakGbS());
  }

  private static String beside(Result result) {
    String percent =
        result.percentOfPeak().isPresent()
            ? number(result.percentOfPeak().getAsDouble()) + " %"
            : "";
    String peak = result.peak().isPresent() ? " of " + number(result.peak().getAsDouble()) : "";
    return percent + peak + times(result);
  }

  private static String share(Result result) {
    return result.percentOfPeak().isPresent()
        ? ", " + number(result.percentOfPeak().getAsDouble()) + " % of peak"
        : "";
  }

  private static String times(Result result) {
    return result.timesReference().isPresent()
        ? ", " + number(result.timesReference().getAsDouble()) + "× Java"
        : "";
  }

  private static String kernelShare(Result result) {
    double share = result.timing().kernelMillis().orElse(0) / result.timing().medianMillis();
    return String.format(Locale.ROOT, "%.0f %%", Math.min(100, 100 * share));
  }

  private List<Result> results(Predicate<Result> wanted) {
    return report.results().stream().filter(wanted).toList();
  }
}
