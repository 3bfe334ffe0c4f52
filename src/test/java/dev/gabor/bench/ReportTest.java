package dev.gabor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
  private static final Report REPORT =
      Reports.of(
          Reports.convolution("direct", 2, 1.5), Reports.model("train", 32), Reports.add(3, 50));

  @Test
  void writesTheKeysThatOthersRead() throws JsonParserException {
    JsonObject json = JsonParser.object().from(ReportJson.write(REPORT));
    assertThat(json)
        .containsOnlyKeys("device", "peak_gflops", "peak_gb_s", "properties", "results");
    assertThat(json.getDouble("peak_gflops")).isEqualTo(200);
    JsonArray results = json.getArray("results");
    JsonObject convolution = results.getObject(0);
    assertThat(convolution)
        .containsEntry("op", "conv2d")
        .containsEntry("pass", "forward")
        .containsEntry("shape", "1,1,8,8,1,3,3,1,1,1,1")
        .containsEntry("algorithm", "direct")
        .containsKeys("median_ms", "min_ms", "spread_percent");
    assertThat(convolution.getDouble("gflops")).isEqualTo(50);
    assertThat(convolution.getDouble("percent_of_peak")).isEqualTo(25);
    assertThat(convolution.getDouble("peak_gflops")).isEqualTo(200);
    JsonObject model = results.getObject(1);
    assertThat(model)
        .containsEntry("op", "model")
        .containsEntry("model", "lenet")
        .containsEntry("batch", 64)
        .containsEntry("pass", "train")
        .doesNotContainKeys("shape", "algorithm", "percent_of_peak", "peak_gflops");
    assertThat(model.getDouble("images_per_second")).isEqualTo(2000);
    JsonObject add = results.getObject(2);
    assertThat(add.getDouble("gb_s")).isEqualTo(40);
    assertThat(add.getDouble("peak_gb_s")).isEqualTo(50);
    assertThat(add.getDouble("percent_of_peak")).isEqualTo(80);
  }

  @Test
  void readsWhatItWrote() {
    assertThat(ReportJson.read("old.json", ReportJson.write(REPORT))).isEqualTo(REPORT);
  }

  @Test
  void readsReportsWithoutCeilingsBesideTheirRows() {
    String old = ReportJson.write(REPORT).replace(",\"peak_gb_s\":50.0", "");
    Result add = ReportJson.read("old.json", old).results().get(2);
    assertThat(add.peak()).isEmpty();
    assertThat(add.percentOfPeak()).hasValue(80);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '|',
      value = {
        "not json ; expected a benchmark in JSON",
        "{} ; no \"results\"",
        "{\"results\":[1],\"device\":\"d\",\"peak_gflops\":1,\"peak_gb_s\":1} ; result 1",
        "{\"results\":[{\"op\":\"x\"}]} ; result 1: expected a benchmark in JSON, found no \"pass\"",
        "{\"results\":[],\"device\":\"d\"} ; no number \"peak_gflops\"",
      })
  void refusesWhatIsNoReport(String text, String reason) {
    assertThatThrownBy(() -> ReportJson.read("old.json", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("old.json: ")
        .hasMessageContaining(reason);
  }

  @Test
  void drawsTables() {
    ReportTable table = ReportTable.of(REPORT);
    assertThat(table.text().lines())
        .hasSize(5)
        .first()
        .isEqualTo("a device: 200.0 GFLOP/s, copies 10.0 GB/s");
    assertThat(table.text()).containsPattern("conv2d +forward +1,1,8,8,1,3,3,1,1,1,1 +direct");
    assertThat(table.markdown())
        .contains("|---|---|---|---|---:|---:|---:|---:|---:|---|---:|---:|---:|\n")
        .contains(
            "| model | train | lenet batch 64 |  | 32.00 | 32.00 | 1.0 |  | 2000 | images/s |")
        .contains("| 40.00 | GB/s | 50.00 | 80.0 |");
    assertThat(table.csv())
        .contains(
            "conv2d,forward,\"1,1,8,8,1,3,3,1,1,1,1\",direct,2.000,2.000,1.5,1.800,50.00,GFLOP/s,200.0,25.0,20.00\r\n");
  }

  @Test
  void marksWhatChanged() {
    Report newer = Reports.of(Reports.convolution("direct", 3, 1.5), Reports.model("train", 16));
    Comparison comparison = Comparison.of(REPORT, newer, 10);
    assertThat(ReportTable.of(newer, comparison).text())
        .contains("+50.0 % TOO SLOW")
        .contains("-50.0 % faster");
  }
}
