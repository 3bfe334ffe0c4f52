package dev.gabor.bench.page;

import static dev.gabor.bench.page.Markup.html;
import static dev.gabor.bench.page.Markup.number;
import static dev.gabor.bench.page.Markup.words;

import dev.gabor.bench.Comparison;
import dev.gabor.bench.Comparison.Change;
import dev.gabor.bench.Comparison.Verdict;
import dev.gabor.bench.Report;
import dev.gabor.bench.Result;
import dev.gabor.bench.Subject;
import dev.gabor.bench.Unit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;

/** Several reports side by side, each against the first. */
final class Comparisons {
  private static final int CHANGES_SHOWN = 10;

  private final List<Report> reports;
  private final Report first;

  Comparisons(List<Report> reports) {
    this.reports = reports;
    this.first = reports.get(0);
  }

  /** A table of ceilings, means and models, and what changed most. */
  String draw() {
    StringBuilder out =
        new StringBuilder("<section class=\"comparison\"><h2>Comparison</h2>")
            .append("<p class=\"note\">Small figures: times the first column. Means are geometric,")
            .append(" over what both measured.</p><div class=\"scroll\"><table>\n<tr><th></th>");
    reports.forEach(
        report ->
            out.append(
                html(
                    "<th class=\"device\">%s<small>%s</small></th>",
                    report.device(), report.properties().getOrDefault("date", ""))));
    out.append("</tr>\n");
    ceilings(out);
    means(out);
    models(out);
    out.append("</table></div></section>\n");
    reports.stream().skip(1).forEach(report -> out.append(changes(report)));
    return out.toString();
  }

  private void ceilings(StringBuilder out) {
    for (String pass : passes()) {
      boolean launch = pass.startsWith("launch");
      out.append(html("<tr><td>%s</td>", Sections.name(pass)));
      for (Report report : reports) {
        Optional<Result> result =
            find(
                report,
                subject -> subject.op().equals(Subject.CEILING) && subject.pass().equals(pass));
        Optional<Result> base =
            find(
                first,
                subject -> subject.op().equals(Subject.CEILING) && subject.pass().equals(pass));
        String text =
            result
                .map(
                    r ->
                        launch
                            ? number(1e3 * r.timing().medianMillis()) + " µs"
                            : number(r.rate()) + " " + r.unit().label())
                .orElse("");
        out.append(cell(text, ratio(result, base)));
      }
      out.append("</tr>\n");
    }
  }

  private void means(StringBuilder out) {
    mean(out, "convolution, forward", r -> Kind.isConvolution(r) && pass(r, "forward"));
    mean(out, "convolution, backward data", r -> Kind.isConvolution(r) && pass(r, "backward_data"));
    mean(
        out,
        "convolution, backward weight",
        r -> Kind.isConvolution(r) && pass(r, "backward_weight"));
    mean(out, "operators that memory bounds", Kind::isMemoryBound);
  }

  private void mean(StringBuilder out, String name, Predicate<Result> wanted) {
    if (first.results().stream().noneMatch(wanted)) {
      return;
    }
    out.append(html("<tr><td>%s</td>", name));
    for (Report report : reports) {
      List<Double> rates = new ArrayList<>();
      List<Double> ratios = new ArrayList<>();
      report.results().stream()
          .filter(wanted)
          .forEach(
              result ->
                  partner(first, result)
                      .ifPresent(
                          base -> {
                            rates.add(result.rate());
                            ratios.add(result.rate() / base.rate());
                          }));
      Unit unit = first.results().stream().filter(wanted).findFirst().orElseThrow().unit();
      out.append(
          rates.isEmpty()
              ? cell("", OptionalDouble.empty())
              : cell(
                  number(geometricMean(rates)) + " " + unit.label(),
                  OptionalDouble.of(geometricMean(ratios))));
    }
    out.append("</tr>\n");
  }

  private void models(StringBuilder out) {
    Set<Subject> subjects = new LinkedHashSet<>();
    reports.forEach(
        report ->
            report.results().stream()
                .map(Result::subject)
                .filter(subject -> subject.op().equals(Subject.MODEL))
                .forEach(subjects::add));
    for (Subject wanted : subjects) {
      out.append(
          html("<tr><td>%s, %s, batch %d</td>", wanted.problem(), wanted.pass(), wanted.batch()));
      Optional<Result> base = find(first, wanted::isSameWork);
      for (Report report : reports) {
        Optional<Result> result = find(report, wanted::isSameWork);
        String text = result.map(r -> number(r.rate()) + " images/s").orElse("");
        out.append(cell(text, ratio(result, base)));
      }
      out.append("</tr>\n");
    }
  }

  /** The largest changes beyond the noise. */
  private String changes(Report report) {
    Comparison comparison = Comparison.of(first, report, 0);
    List<Change> largest =
        comparison.changes().stream()
            .filter(change -> change.verdict() != Verdict.NEW && change.verdict() != Verdict.SAME)
            .sorted(Comparator.comparingDouble(change -> -Math.abs(Math.log(speed(change)))))
            .limit(CHANGES_SHOWN)
            .toList();
    if (largest.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder("<section class=\"changes\"><h2>Largest changes</h2>");
    out.append(
        html(
            "<p class=\"note\">%s against %s: %d faster, %d slower, %d within the noise. Bars: times as"
                + " fast; the mark is 1.</p>\n",
            title(report),
            title(first),
            comparison.count(Verdict.FASTER),
            comparison.count(Verdict.SLOWER) + comparison.count(Verdict.FAILED),
            comparison.count(Verdict.SAME)));
    Bars bars = new Bars(largest.stream().mapToDouble(Comparisons::speed).max().orElse(1), 1);
    for (Change change : largest) {
      Subject subject = change.result().subject();
      out.append(
          bars.row(
              words(subject.op() + " " + subject.pass()),
              change.percent() < 0 ? "good" : "bad",
              speed(change),
              number(speed(change)) + "×",
              subject.problem()));
    }
    return out.append("</section>\n").toString();
  }

  private static double speed(Change change) {
    return 100 / (100 + change.percent());
  }

  private static String title(Report report) {
    String date = report.properties().getOrDefault("date", "");
    return report.device() + (date.isEmpty() ? "" : ", " + date);
  }

  private Set<String> passes() {
    Set<String> passes = new LinkedHashSet<>();
    reports.forEach(
        report ->
            report.results().stream()
                .map(Result::subject)
                .filter(subject -> subject.op().equals(Subject.CEILING))
                .forEach(subject -> passes.add(subject.pass())));
    return passes;
  }

  private static boolean pass(Result result, String pass) {
    return result.subject().pass().equals(pass);
  }

  private static Optional<Result> find(Report report, Predicate<Subject> wanted) {
    return report.results().stream().filter(result -> wanted.test(result.subject())).findFirst();
  }

  /** The fastest of the same work. */
  private static Optional<Result> partner(Report report, Result result) {
    return report.results().stream()
        .filter(other -> other.subject().isSameWork(result.subject()))
        .max(Comparator.comparingDouble(Result::rate));
  }

  private static OptionalDouble ratio(Optional<Result> result, Optional<Result> base) {
    return result.isPresent() && base.isPresent()
        ? OptionalDouble.of(result.get().rate() / base.get().rate())
        : OptionalDouble.empty();
  }

  private static String cell(String text, OptionalDouble ratio) {
    return html("<td>%s", text)
        + (ratio.isPresent() ? html("<small>%s×</small>", number(ratio.getAsDouble())) : "")
        + "</td>";
  }

  private static double geometricMean(List<Double> values) {
    return Math.exp(values.stream().mapToDouble(Math::log).average().orElse(0));
  }
}
