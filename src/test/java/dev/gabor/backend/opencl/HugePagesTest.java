package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.opencl.Pocl;
import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Large memory of PoCL asks Linux for huge pages. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class HugePagesTest {
  private static final int LARGE_KIB = 64 << 10;
  private static final int PAGE_KIB = 4;

  @Test
  void largeMemoryAsksForThemAndIsZero() throws IOException {
    Shape shape = Shape.of(LARGE_KIB, 256);
    try (OpenClBackend backend = new OpenClBackend(Pocl.device())) {
      long before = advisedKib();
      try (Memory memory = backend.allocate(shape.size() * Float.BYTES)) {
        float[] values = new float[shape.arrayLength()];
        Arrays.fill(values, 1);
        backend.read(memory.tensor(0, shape, Layout.PLAIN), values);
        assertThat(Arrays.equals(values, new float[values.length])).isTrue();
        assertThat(advisedKib() - before).isBetween(LARGE_KIB - PAGE_KIB + 0L, LARGE_KIB + 0L);
      }
    }
  }

  @Test
  void smallMemoryDoesNot() throws IOException {
    try (OpenClBackend backend = new OpenClBackend(Pocl.device())) {
      long before = advisedKib();
      try (Memory memory = backend.allocate(1 << 20)) {
        backend.finish();
        assertThat(memory.sizeBytes()).isEqualTo(1 << 20);
        assertThat(advisedKib()).isEqualTo(before);
      }
    }
  }

  /** The size of this process's mappings with the flag {@code hg}: MADV_HUGEPAGE was called. */
  private static long advisedKib() throws IOException {
    long sum = 0;
    long size = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.startsWith("Size:")) {
        size = Long.parseLong(line.replaceAll("\\D", ""));
      } else if (line.startsWith("VmFlags:") && line.contains(" hg")) {
        sum += size;
      }
    }
    return sum;
  }
}
