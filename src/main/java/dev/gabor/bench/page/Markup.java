package dev.gabor.bench.page;

import java.util.Locale;

/** Text for HTML. */
final class Markup {
  private Markup() {}

  /** A format whose text arguments are escaped and whose numbers are written as in English. */
  static String html(String format, Object... values) {
    Object[] safe = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      safe[i] = values[i] instanceof String text ? escape(text) : values[i];
    }
    return String.format(Locale.ROOT, format, safe);
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** A position in percent. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * share);
  }

  /** Three digits that mean something, thousands grouped, without an exponent. */
  static String number(double value) {
    double size = Math.abs(value);
    int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  /** An operator or pass in words. */
  static String words(String key) {
    return key.replace('_', ' ');
  }
}
