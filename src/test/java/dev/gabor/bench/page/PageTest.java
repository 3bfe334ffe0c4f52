package dev.gabor.bench.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.bench.Report;
import dev.gabor.bench.ReportJson;
import dev.gabor.bench.Result;
import dev.gabor.bench.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page in a real browser. */
class PageTest {
  private static final Path PICTURES = Path.of("target", "pages");

  private static final String OUTSIDE =
      """
      const found = [];
      for (const e of document.querySelectorAll('h1,h2,h3,h4,p,li,dt,dd,b,span,small,summary,svg text')) {
        if (e.closest('.scroll') || !e.checkVisibility()) continue;
        const r = e.getBoundingClientRect();
        if (r.width > 0 && (r.left < -0.5 || r.right > innerWidth + 0.5)) found.push(e.textContent + ' ' + r.left + '-' + r.right);
      }
      return found;
      """;

  private static final String SMALL =
      """
      return [...document.querySelectorAll('body *')]
        .filter(e => e.checkVisibility() && e.childElementCount === 0 && e.textContent.trim() && !e.closest('title'))
        .filter(e => parseFloat(getComputedStyle(e).fontSize) < 12)
        .map(e => e.outerHTML.slice(0, 80));
      """;

  /** Text whose colour and ground are too near, by the formula of WCAG 2. */
  private static final String PALE =
      """
      const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
          .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c; } return 'rgb(255, 255, 255)'; };
      return [...document.querySelectorAll('h1,h2,h4,p,li,dt,dd,b,span,small,summary,td,th,text')]
        .filter(e => e.checkVisibility() && e.textContent.trim())
        .map(e => { const svg = e.tagName === 'text', a = light(getComputedStyle(e)[svg ? 'fill' : 'color']), b = light(ground(e));
          return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent]; })
        .filter(([ratio]) => ratio < 4.5).map(([ratio, text]) => ratio + ' ' + text);
      """;

  /** Labels of rows that run into each other. */
  private static final String OVERLAPPING =
      """
      return [...document.querySelectorAll('.row')].filter(r => r.checkVisibility()).filter(r => {
        const [name, bar, value] = [...r.children].map(e => e.getBoundingClientRect());
        return name.right > bar.left || bar.right > value.left || bar.width < 40
          || [...r.children].some(e => e.tagName === 'SPAN' && e.scrollWidth > e.clientWidth + 1);
      }).map(r => r.textContent);
      """;

  private static Browser browser;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    browser = new Browser();
  }

  @AfterAll
  static void stop() {
    browser.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1280, light",
    "1, 1280, dark",
    "1, 400, light",
    "1, 400, dark",
    "2, 1280, light",
    "2, 400, dark"
  })
  void isReadable(int reports, int width, String scheme) throws IOException {
    Path file = folder.resolve("page.html");
    Report report = measured();
    Files.writeString(
        file, Page.of(reports == 1 ? List.of(slower(report)) : List.of(report, slower(report))));
    browser.open(file, width, scheme);

    assertThat(browser.console()).isEmpty();
    assertThat(browser.ask("return performance.getEntriesByType('resource').length")).isEqualTo(0L);
    assertThat(browser.ask("return document.documentElement.scrollWidth <= innerWidth"))
        .isEqualTo(true);
    assertThat(browser.askForList(OUTSIDE)).isEmpty();
    assertThat(browser.askForList(SMALL)).isEmpty();
    assertThat(browser.askForList(PALE)).isEmpty();
    assertThat(browser.askForList(OVERLAPPING)).isEmpty();
    // Two devices stand side by side on a telephone, too.
    assertThat(
            browser.ask(
                "return [...document.querySelectorAll('.comparison .scroll')]"
                    + ".every(e => e.scrollWidth <= e.clientWidth)"))
        .isEqualTo(true);
    String ground =
        String.valueOf(browser.ask("return getComputedStyle(document.body).backgroundColor"));
    assertThat(ground).isEqualTo(scheme.equals("dark") ? "rgb(13, 17, 23)" : "rgb(244, 246, 248)");
    browser.photograph(PICTURES.resolve(reports + "-" + width + "-" + scheme + ".png"));
  }

  @Test
  void drawsEveryResult() throws IOException {
    Path file = folder.resolve("page.html");
    Report report = measured();
    Files.writeString(file, Page.of(List.of(report)));
    browser.open(file, 1280, "light");
    long computing =
        report.results().stream().filter(r -> r.work().flops() > 0 && r.work().bytes() > 0).count();
    assertThat(computing).isPositive();
    assertThat(browser.ask("return document.querySelectorAll('.roofline circle.point').length"))
        .isEqualTo(computing);
    assertThat(browser.ask("return document.querySelectorAll('.tile').length"))
        .isEqualTo(count(report, "ceiling"));
    assertThat(browser.ask("return document.querySelectorAll('.convolutions .row').length"))
        .isEqualTo(
            count(report, "conv2d") + count(report, "conv_transpose2d") + count(report, "dense"));
    assertThat(browser.ask("return document.querySelectorAll('.models .row').length"))
        .isEqualTo(count(report, "model"));
    assertThat(browser.ask("return document.querySelectorAll('.more tr').length"))
        .isEqualTo(report.results().size() + 1L);
    // Every mark lies in the picture.
    assertThat(
            browser.askForList(
                """
                const plot = document.querySelector('.plot svg').getBoundingClientRect();
                return [...document.querySelectorAll('circle.point, line.roof')].filter(c => {
                  const r = c.getBoundingClientRect();
                  return r.left < plot.left - 6 || r.right > plot.right + 6 || r.top < plot.top - 6
                    || r.bottom > plot.bottom + 6; }).map(c => c.outerHTML);
                """))
        .isEmpty();
  }

  @Test
  void comparesWithTheFirst() throws IOException {
    Report report = measured();
    String page = Page.of(List.of(report, slower(report)));
    assertThat(page).contains("<h2>Comparison</h2>", "<small>0.500×</small>", "Largest changes");
  }

  @Test
  void namesNothingOutsideAndRunsNothing() throws IOException {
    Report strange =
        new Report("<script>alert(1)</script> & \"co\"", 1, 1, measured().properties(), List.of());
    String page = Page.of(List.of(strange));
    assertThat(page)
        .contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;")
        .doesNotContain("<script", "http://", "https://", "@import", "url(");
    assertThatThrownBy(() -> Page.of(List.of())).hasMessageContaining("at least one report");
  }

  private static long count(Report report, String op) {
    return report.results().stream().filter(r -> r.subject().op().equals(op)).count();
  }

  /** The first of the devices that are kept. */
  private static Report measured() throws IOException {
    Path file = DevicePageTest.reports().get(0);
    return ReportJson.read(file.toString(), Files.readString(file));
  }

  /** The same as if everything had taken twice as long. */
  private static Report slower(Report report) {
    return new Report(
        "Another <device> with a rather long name, as drivers like them",
        report.peakGflops() / 2,
        report.peakGbS() / 2,
        report.properties(),
        report.results().stream().map(PageTest::slower).toList());
  }

  private static Result slower(Result result) {
    Timing timing = result.timing();
    return new Result(
        result.subject(),
        new Timing(2 * timing.medianMillis(), 2 * timing.minMillis(), timing.spreadPercent(), 5),
        result.unit(),
        result.rate() / 2,
        result.percentOfPeak(),
        OptionalDouble.of(12.5),
        result.work(),
        result.referenceMillis());
  }
}
