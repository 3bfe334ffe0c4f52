package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every convolution algorithm gives the same bits from run to run, however threads are dealt. */
class DeterminismTest {
  /** Every name in the list of algorithms. */
  private static final List<String> NAMES =
      List.of(
          DirectConvolution.NAME,
          UnfoldConvolution.NAME,
          BlockedConvolution.NAME,
          TiledConvolution.NAME,
          WinogradConvolution.name(WinogradForm.LARGE_TILE),
          WinogradConvolution.name(WinogradForm.SMALL_TILE),
          WinogradConvolution.name(WinogradForm.LARGE_FILTER),
          StagedWinogradConvolution.name(WinogradForm.LARGE_TILE),
          StagedWinogradConvolution.name(WinogradForm.SMALL_TILE),
          DepthwiseConvolution.NAME,
          DepthwiseRowsConvolution.NAME,
          FewChannelsConvolution.NAME,
          RowsConvolution.NAME);

  @Test
  void sameBitsInThisProcessAndInOthers() throws IOException, InterruptedException {
    List<String> first = AlgorithmBits.lines();
    for (String name : NAMES) {
      assertThat(first).anyMatch(line -> line.contains(" " + name + " "));
    }
    assertThat(AlgorithmBits.lines()).isEqualTo(first);
    // Threads bound to processors, and beside others that want the same ones.
    assertThat(another("1", 0)).isEqualTo(first);
    assertThat(another("0", 3)).isEqualTo(first);
  }

  private static List<String> another(String affinity, int busyThreads)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            AlgorithmBits.class.getName(),
            Integer.toString(busyThreads));
    builder.environment().put("POCL_AFFINITY", affinity);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return text.lines().toList();
  }
}
