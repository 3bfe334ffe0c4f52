package dev.gabor.bench.page;

import static dev.gabor.bench.page.Markup.html;
import static dev.gabor.bench.page.Markup.percent;

/** Rows of a name, a bar and a value. */
final class Bars {
  private final double most;
  private final double peak;

  /**
   * Bars on one scale.
   *
   * @param most the value of the longest bar, above 0
   * @param peak a value to be marked; 0 marks none
   */
  Bars(double most, double peak) {
    this.most = Math.max(most, peak);
    this.peak = peak;
  }

  /**
   * A row.
   *
   * @param style of the bar
   * @param text the value in words
   * @param small what follows it in small letters
   */
  String row(String name, String style, double value, String text, String small) {
    return row(name, style, value, peak, text, small);
  }

  /** A row with a mark of its own, {@code mark} in the place of the peak. */
  String row(String name, String style, double value, double mark, String text, String small) {
    StringBuilder bar = new StringBuilder();
    bar.append("<rect class=\"track\" width=\"100%\" height=\"14\" rx=\"3\"/>");
    bar.append(
        html(
            "<rect class=\"%s\" width=\"%s\" height=\"14\" rx=\"3\"/>",
            style, percent(Math.max(0, value / most))));
    if (mark > 0) {
      String at = percent(mark / most);
      bar.append(html("<line class=\"peak\" x1=\"%s\" x2=\"%s\" y1=\"-2\" y2=\"16\"/>", at, at));
    }
    return html("<div class=\"row\"><span class=\"name\">%s</span>", name)
        + html("<svg role=\"img\" aria-label=\"%s\">", name + ": " + text)
        + bar
        + "</svg>"
        + html("<span class=\"value\">%s <small>%s</small></span></div>\n", text, small);
  }
}
