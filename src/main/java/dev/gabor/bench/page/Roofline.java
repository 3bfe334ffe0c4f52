package dev.gabor.bench.page;

import static dev.gabor.bench.page.Markup.html;
import static dev.gabor.bench.page.Markup.number;
import static dev.gabor.bench.page.Markup.percent;
import static dev.gabor.bench.page.Markup.words;

import dev.gabor.bench.Report;
import dev.gabor.bench.Result;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Operations a second over operations per byte, both logarithmic (Williams et al. 2009): nothing
 * can lie above the bandwidth on the left and the arithmetic peak on the right, but for algorithms
 * that save operations.
 */
final class Roofline {
  private final Report report;
  private final List<Result> results;
  private final Axis x;
  private final Axis y;
  private final StringBuilder out = new StringBuilder();

  private Roofline(Report report, List<Result> results) {
    this.report = report;
    this.results = results;
    double ridge = report.peakGflops() / report.peakGbS();
    x =
        Axis.around(
            results.stream().mapToDouble(r -> r.work().intensity()).min().orElse(1) * 0.9,
            Math.max(
                ridge * 2,
                results.stream().mapToDouble(r -> r.work().intensity()).max().orElse(1) * 1.1));
    y =
        Axis.around(
            results.stream().mapToDouble(Result::gflops).min().orElse(1) * 0.9,
            Math.max(
                Math.max(report.peakGflops(), report.ceiling("multiply_add_fp16").orElse(0)) * 1.5,
                results.stream().mapToDouble(Result::gflops).max().orElse(1) * 1.1));
  }

  /** The section; empty where nothing was measured that computes. */
  static String of(Report report) {
    List<Result> results =
        report.results().stream()
            .filter(result -> result.work().flops() > 0 && result.work().bytes() > 0)
            .toList();
    return results.isEmpty() ? "" : new Roofline(report, results).draw();
  }

  private String draw() {
    out.append("<section class=\"roofline\"><h2>Roofline</h2>\n")
        .append(
            "<p class=\"note\">What each operator reaches, and what arithmetic and memory would")
        .append(" allow. Winograd needs fewer operations than are counted and may pass the roof;")
        .append(" so may what lies in a cache.</p>\n<div class=\"plot\">")
        .append("<svg role=\"img\" aria-label=\"roofline\">\n");
    grid();
    roof();
    results.forEach(this::point);
    out.append(
        "</svg><p class=\"caption\">operations per byte moved (vertical: GFLOP/s)</p></div>\n");
    legend();
    return out.append("</section>\n").toString();
  }

  private void grid() {
    for (double tick : x.ticks()) {
      String at = percent(x.share(tick));
      out.append(html("<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"0\" y2=\"100%%\"/>", at, at));
      out.append(
          html(
              "<text x=\"%s\" y=\"100%%\" dy=\"18\" text-anchor=\"middle\">%s</text>\n",
              at, tick(tick)));
    }
    for (double tick : y.ticks()) {
      String at = percent(1 - y.share(tick));
      out.append(html("<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%s\" y2=\"%s\"/>", at, at));
      out.append(
          html("<text x=\"-8\" y=\"%s\" dy=\"4\" text-anchor=\"end\">%s</text>\n", at, tick(tick)));
    }
  }

  private void roof() {
    double ridge = report.peakGflops() / report.peakGbS();
    // The diagonal begins where it enters the picture.
    double from = Math.max(x.first(), y.first() / report.peakGbS());
    line("roof", from, from * report.peakGbS(), ridge, report.peakGflops());
    line("roof", ridge, report.peakGflops(), x.last(), report.peakGflops());
    label(
        1,
        1 - y.share(report.peakGflops()),
        "end",
        18,
        "peak " + number(report.peakGflops()) + " GFLOP/s");
    report
        .ceiling("multiply_add_fp16")
        .ifPresent(
            half -> {
              line("half", half / report.peakGbS(), half, x.last(), half);
              label(1, 1 - y.share(half), "end", -8, "fp16 peak " + number(half) + " GFLOP/s");
            });
    double middle = Math.sqrt(from * ridge);
    label(
        x.share(middle),
        1 - y.share(middle * report.peakGbS()),
        "end",
        -8,
        "copy " + number(report.peakGbS()) + " GB/s");
  }

  private void line(String style, double x1, double y1, double x2, double y2) {
    out.append(
        html(
            "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n",
            style,
            percent(x.share(x1)),
            percent(1 - y.share(y1)),
            percent(x.share(x2)),
            percent(1 - y.share(y2))));
  }

  private void label(double atX, double atY, String anchor, int down, String text) {
    out.append(
        html(
            "<text class=\"strong\" x=\"%s\" y=\"%s\" dx=\"-4\" dy=\"%d\" text-anchor=\"%s\">%s</text>\n",
            percent(atX), percent(atY), down, anchor, text));
  }

  private void point(Result result) {
    out.append(
        html(
            "<circle class=\"point %s\" cx=\"%s\" cy=\"%s\" r=\"5\"><title>%s: %s GFLOP/s, %s operations per"
                + " byte</title></circle>\n",
            Kind.of(result).style(),
            percent(x.share(result.work().intensity())),
            percent(1 - y.share(result.gflops())),
            words(result.subject().toString()),
            number(result.gflops()),
            number(result.work().intensity())));
  }

  private void legend() {
    out.append("<ul class=\"legend\">");
    Arrays.stream(Kind.values())
        .filter(kind -> results.stream().anyMatch(result -> Kind.of(result) == kind))
        .forEach(
            kind ->
                out.append(
                    html(
                        "<li><svg aria-hidden=\"true\"><circle class=\"%s\" cx=\"6\" cy=\"6\" r=\"5\"/></svg>%s</li>",
                        kind.style(), kind.label())));
    out.append("</ul>");
  }

  private static String tick(double value) {
    return value >= 1
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%s", (float) value);
  }
}
