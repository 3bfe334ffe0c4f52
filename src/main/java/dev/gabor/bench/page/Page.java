package dev.gabor.bench.page;

import static dev.gabor.bench.page.Markup.html;

import dev.gabor.bench.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One self-contained page about one benchmark, or about several side by side. */
public final class Page {
  private Page() {}

  /**
   * The page.
   *
   * @param reports at least one; the others are compared with the first
   * @throws IllegalArgumentException if there is none
   */
  public static String of(List<Report> reports) {
    if (reports.isEmpty()) {
      throw new IllegalArgumentException("page: expected at least one report");
    }
    boolean several = reports.size() > 1;
    String title = several ? "Gabor: benchmarks compared" : "Gabor: " + reports.get(0).device();
    StringBuilder out = new StringBuilder();
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Without an icon of its own a browser asks the server for one.
    out.append("<link rel=\"icon\" href=\"data:,\">\n");
    out.append(html("<title>%s</title>\n", title));
    out.append("<style>\n").append(style()).append("</style>\n</head>\n<body>\n<main>\n");
    out.append(html("<h1>%s</h1>\n", several ? "Benchmarks compared" : "Device benchmark"));
    out.append("<p class=\"note\">Measured by gabor bench: medians of several samples.</p>\n");
    if (several) {
      out.append(new Comparisons(reports).draw());
    }
    for (Report report : reports) {
      out.append(several ? folded(report) : "<article>" + sections(report) + "</article>\n");
    }
    return out.append("</main>\n</body>\n</html>\n").toString();
  }

  private static String folded(Report report) {
    return html("<article><details class=\"more\"><summary>%s</summary>\n", report.device())
        + sections(report)
        + "</details></article>\n";
  }

  private static String sections(Report report) {
    Sections sections = new Sections(report);
    return sections.card()
        + Roofline.of(report)
        + sections.convolutions()
        + sections.operators()
        + sections.models()
        + sections.table();
  }

  private static String style() {
    try (InputStream in = Page.class.getResourceAsStream("page.css")) {
      if (in == null) {
        throw new IllegalStateException("page.css is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
