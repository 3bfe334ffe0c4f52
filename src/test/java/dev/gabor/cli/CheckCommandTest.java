package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.backend.Backend;
import dev.gabor.check.FaultyBackend;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import picocli.CommandLine;

class CheckCommandTest {
  private static final String[] OPERATORS = {
    "conv2d",
    "batch_norm",
    "batch_norm_pool",
    "group_norm",
    "activation",
    "elementwise",
    "bias",
    "pool",
    "dropout",
    "rearrange",
    "softmax",
    "loss",
    "optimizer"
  };

  @TempDir private Path folder;

  @Test
  void printsATableAndEndsWithZero() {
    CommandLineRun run = check("--cases", 64);
    assertThat(run.code()).isZero();
    assertThat(run.err()).startsWith("device: CPU reference");
    assertThat(run.out()).startsWith("operator ").contains(OPERATORS);
    assertThat(run.out().lines())
        .hasSize(OPERATORS.length + 2)
        .last()
        .asString()
        .startsWith("64 cases, 0 failed on CPU reference");
  }

  @Test
  void writesJsonAndJunit() throws Exception {
    Path json = folder.resolve("check.json");
    Path junit = folder.resolve("check.xml");
    CommandLineRun run = check("--cases", 64, "--seed", 9, "--json", json, "--junit", junit);
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("64 cases, 0 failed");
    assertRight(JsonParser.object().from(Files.readString(json)), 64, 0);
    Element suite = xml(Files.readString(junit)).getDocumentElement();
    assertThat(suite.getTagName()).isEqualTo("testsuite");
    assertThat(suite.getAttribute("tests")).isEqualTo("64");
    assertThat(suite.getAttribute("failures")).isEqualTo("0");
    assertThat(suite.getElementsByTagName("testcase").getLength()).isEqualTo(64);
    assertThat(folder)
        .isDirectoryContaining(file -> file.equals(json))
        .isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void jsonOnStandardOutputTakesThePlaceOfTheTable() throws JsonParserException {
    CommandLineRun run = check("--cases", 33, "--json", "-");
    assertThat(run.out().lines()).hasSize(1);
    assertRight(JsonParser.object().from(run.out()), 33, 0);
  }

  @Test
  void theSameSeedGivesTheSameOutput() {
    String first = check("--cases", 40, "--seed", 3, "--junit", "-").out();
    assertThat(check("--cases", 40, "--seed", 3, "--junit", "-").out()).isEqualTo(first);
    assertThat(check("--cases", 40, "--seed", 4, "--junit", "-").out()).isNotEqualTo(first);
  }

  @Test
  void aDeviceThatLiesEndsWithOne() throws Exception {
    Path json = folder.resolve("check.json");
    Path junit = folder.resolve("check.xml");
    Ended ended = checkFaulty(json, junit, "--cases", "40", "--seed", "3");
    assertThat(ended.code).isEqualTo(ExitCode.CHECK_FAILED);
    JsonObject report = JsonParser.object().from(Files.readString(json));
    int failed = report.getInt("failed");
    assertThat(failed).isPositive();
    assertRight(report, 40, failed);
    assertThat(ended.out)
        .contains("40 cases, " + failed + " failed on a faulty device")
        .containsPattern(" at n=0 c=0( h=0 w=0)?: device 77.0, reference .* differ");
    NodeList failures = xml(Files.readString(junit)).getElementsByTagName("failure");
    assertThat(failures.getLength()).isEqualTo(failed);

    // The line that is printed, given back, fails in the same way.
    String line = report.getArray("failures").getObject(0).getString("case");
    assertThat(ended.out).contains("gabor check --case \"" + line + "\"");
    Ended again = checkFaulty(json, junit, "--case", line);
    assertThat(again.code).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(again.out).contains("1 cases, 1 failed").contains(line);
    CommandLineRun honest = check("--case", line);
    assertThat(honest.code()).isZero();
    assertThat(honest.out()).contains("1 cases, 0 failed");
  }

  @Test
  void refusesBadInputBeforeItChecks() throws Exception {
    Path kept = Files.writeString(folder.resolve("kept.json"), "kept");
    assertRefused("cases is 0, expected at least 1", "--cases", 0, "--json", kept);
    assertRefused("--cases", "--cases", "many");
    assertRefused("unknown operator fold", "--case", "fold a=1");
    assertRefused("shape is missing", "--case", "bias pass=forward");
    assertRefused("expected name=value", "--case", "bias pass");
    assertRefused("no-such-folder", "--json", folder.resolve("no-such-folder/a.json"));
    assertRefused("expected the name of a file", "--junit", folder);
    assertThat(kept).hasContent("kept");
  }

  private static void assertRight(JsonObject report, int cases, int failed) {
    assertThat(report).containsOnlyKeys("device", "cases", "failed", "operators", "failures");
    assertThat(report.getInt("cases")).isEqualTo(cases);
    assertThat(report.getInt("failed")).isEqualTo(failed);
    assertThat(report.getArray("failures")).hasSize(failed);
    int sum = 0;
    for (Object row : report.getArray("operators")) {
      JsonObject operator = (JsonObject) row;
      assertThat(operator).containsOnlyKeys("operator", "cases", "failed", "worst_error", "bound");
      assertThat(operator.getString("operator")).isIn((Object[]) OPERATORS);
      sum += operator.getInt("cases");
    }
    assertThat(sum).isEqualTo(cases);
    assertThat(report.getArray("operators")).hasSize(OPERATORS.length);
  }

  private static Document xml(String text) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void assertRefused(String reason, Object... args) {
    CommandLineRun run = check(args);
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(reason);
  }

  private static CommandLineRun check(Object... args) {
    Object[] all = new Object[args.length + 3];
    all[0] = "check";
    all[1] = "--device";
    all[2] = "cpu";
    System.arraycopy(args, 0, all, 3, args.length);
    return CommandLineRun.of(all);
  }

  private record Ended(int code, String out) {}

  /** The command on a device whose sums and products have a wrong first element. */
  private static Ended checkFaulty(Path json, Path junit, String... args) {
    CheckCommand command = new CheckCommand();
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(command).setOut(new PrintWriter(out));
    line.parseArgs(args);
    try (Backend faulty = new FaultyBackend((backend, b, y) -> backend.spoil(y, 0, 77));
        ResultFile jsonFile = new ResultFile(Optional.of(json.toString()));
        ResultFile junitFile = new ResultFile(Optional.of(junit.toString()))) {
      int code = command.check(faulty, jsonFile, junitFile);
      line.getOut().flush();
      return new Ended(code, out.toString());
    }
  }
}
