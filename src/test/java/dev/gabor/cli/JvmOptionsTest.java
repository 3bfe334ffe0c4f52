package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which command lines tell their options, and which do not. */
class JvmOptionsTest {
  @Test
  void readsPlainCommandLines() {
    assertThat(options("java|-jar|a.jar|train|--epochs|1|", 3)).isEmpty();
    assertThat(options("/usr/bin/java|-Xmx1g|-Da=b c|-cp|x:y|p.Main|", 0))
        .containsExactly("-Xmx1g", "-Da=b c");
    assertThat(options("java|-ea|-XX:+UseSerialGC|-jar|a.jar|-Xmx1g|", 1))
        .containsExactly("-ea", "-XX:+UseSerialGC");
    assertThat(options("java|-jar|a.jar||-jar|", 2)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "java|@options|-jar|a.jar|1|",
        "java|--add-opens|java.base/java.lang=ALL-UNNAMED|-jar|a.jar|1|",
        "java|-javaagent:x.jar|-jar|a.jar|1|",
        "java|-Da=\u00c3\u00bc|-jar|a.jar|1|",
        "java|-jar|a.jar|1|2|",
        "java|-jar|a.jar|",
        "java|-cp|x|",
        "java|-jar|",
        "gabor|1|",
        ""
      })
  void leavesOthersToTheManagementBean(String line) {
    assertThat(JvmOptions.in(line.split("\\|", -1), Map.of(), 1)).isEmpty();
  }

  @Test
  void leavesVariablesToTheManagementBean() {
    String[] words = {"java", "-jar", "a.jar", ""};
    assertThat(JvmOptions.in(words, Map.of("JDK_JAVA_OPTIONS", "-Da=b"), 0)).isEmpty();
    assertThat(JvmOptions.in(words, Map.of("JAVA_TOOL_OPTIONS", "-Da=b"), 0)).isEmpty();
    assertThat(JvmOptions.in(words, Map.of("HOME", "/"), 0)).contains(List.of());
  }

  @Test
  void agreesWithTheManagementBean() {
    assertThat(JvmOptions.ofThisProcess())
        .isEqualTo(ManagementFactory.getRuntimeMXBean().getInputArguments());
  }

  private static List<String> options(String line, int arguments) {
    return JvmOptions.in(line.split("\\|", -1), Map.of(), arguments).orElseThrow();
  }
}
