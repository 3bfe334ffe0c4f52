package dev.gabor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckTest {
  private static final String LINE =
      "elementwise operation=add in_place=false shape=2,3,5,7 values=integers seed=3";

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void everyDevicePasses(Backends.Opener opener) {
    try (Backend device = opener.open()) {
      CheckReport report = DeviceCheck.of(device).cases(300).seed(1).run();
      report.assertPassed();
      assertThat(report.tallies())
          .hasSize(Operators.all().size())
          .allMatch(tally -> tally.cases() >= 15);
      List<CheckCase> lines = report.verdicts().stream().map(Verdict::line).toList();
      for (String family : device.families()) {
        assertThat(lines).anyMatch(line -> line.text("family").equals(family));
      }
    }
  }

  @Test
  void findsAnElementThatIsWrong() {
    assertThat(failure((backend, b, y) -> backend.spoil(y, 209, 77)))
        .startsWith("y at n=1 c=2 h=4 w=6: device 77.0, reference")
        .endsWith("1 of 210 differ");
  }

  @Test
  void findsAnElementThatIsNotWritten() {
    assertThat(failure((backend, b, y) -> backend.spoil(y, 36, Float.NaN)))
        .startsWith("y at n=0 c=1 h=0 w=1: device NaN, reference");
  }

  @Test
  void findsAWriteBehindTheEndAndBeforeTheBeginning() {
    assertThat(failure((backend, b, y) -> backend.spoil(y, 210, 0)))
        .isEqualTo("y was written 0 elements behind its end");
    assertThat(failure((backend, b, y) -> backend.spoil(y, -1, Float.NaN)))
        .isEqualTo("y was written 1 elements before its beginning");
    assertThat(failure((backend, b, y) -> backend.spoil(b, 213, 0)))
        .isEqualTo("b was written 3 elements behind its end");
  }

  @Test
  void findsAnInputThatIsChanged() {
    assertThat(failure((backend, b, y) -> backend.spoil(b, 35, 9)))
        .isEqualTo("the input b was changed at n=0 c=1 h=0 w=0");
  }

  @Test
  void findsADriverThatRefuses() {
    assertThat(
            failure(
                (backend, b, y) -> {
                  throw new IllegalStateException("out of resources\nand more");
                }))
        .isEqualTo("IllegalStateException: out of resources");
  }

  @Test
  void passesWhereNothingIsSpoiled() {
    try (Backend device = new FaultyBackend((backend, b, y) -> {})) {
      DeviceCheck.of(device).run(LINE).assertPassed();
    }
  }

  @Test
  void reportsInEveryForm() throws JsonParserException {
    try (Backend device = new FaultyBackend((backend, b, y) -> backend.spoil(y, 0, 77))) {
      CheckReport report = DeviceCheck.of(device).cases(40).seed(2).run();
      long failed = report.failures().size();
      assertThat(failed).isPositive();
      assertThat(report.failures()).allMatch(v -> v.line().operator().equals("elementwise"));
      assertThatThrownBy(report::assertPassed)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("gabor check --case \"elementwise operation=");
      JsonObject json = JsonParser.object().from(report.toJson());
      assertThat(json.getString("device")).isEqualTo("a faulty device");
      assertThat(json.getInt("cases")).isEqualTo(40);
      assertThat(json.getLong("failed")).isEqualTo(failed);
      JsonObject first = json.getArray("operators").getObject(0);
      assertThat(first.keySet()).contains("operator", "cases", "failed", "worst_error", "bound");
      assertThat(JunitXml.of(report))
          .contains("tests=\"40\" failures=\"" + failed + "\"", "<failure message=\"");
      String line = report.failures().get(0).line().toString();
      assertThat(DeviceCheck.of(device).run(line).failures().get(0).failure())
          .isEqualTo(report.failures().get(0).failure());
    }
  }

  @Test
  void theSameSeedGivesTheSameProblems() {
    try (Backend device = new ReferenceBackend()) {
      DeviceCheck check = DeviceCheck.of(device).cases(60);
      assertThat(lines(check.seed(5))).isEqualTo(lines(check.seed(5))).isNotEqualTo(lines(check));
    }
  }

  @Test
  void nothingRunIsAFailure() {
    CheckReport nothing = new CheckReport("no device", List.of());
    assertThat(nothing.passed()).isFalse();
    assertThatThrownBy(nothing::assertPassed).hasMessageContaining("nothing ran");
    try (Backend device = new ReferenceBackend()) {
      assertThatThrownBy(() -> DeviceCheck.of(device).cases(0))
          .hasMessage("check: cases is 0, expected at least 1");
    }
  }

  @Test
  void refusesLinesThatAreNoCase() {
    try (Backend device = new ReferenceBackend()) {
      DeviceCheck check = DeviceCheck.of(device);
      assertThatThrownBy(() -> check.run("fold a=1")).hasMessageStartingWith("unknown operator");
      assertThatThrownBy(() -> check.run("bias pass")).hasMessageContaining("expected name=value");
      assertThatThrownBy(() -> check.run("bias pass=forward")).hasMessageContaining("is missing");
      assertThatThrownBy(() -> check.run(LINE.replace("2,3,5,7", "2,b")))
          .hasMessageContaining("shape is 2,b, expected whole numbers");
      assertThatThrownBy(() -> check.run(" ")).hasMessageStartingWith("case: expected");
    }
  }

  private static List<String> lines(DeviceCheck check) {
    return check.run().verdicts().stream().map(verdict -> verdict.line().toString()).toList();
  }

  private static String failure(FaultyBackend.Fault fault) {
    try (Backend device = new FaultyBackend(fault)) {
      CheckReport report = DeviceCheck.of(device).run(LINE);
      assertThat(report.passed()).isFalse();
      return report.failures().get(0).failure().orElseThrow();
    }
  }
}
