package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.opencl.Buffer;
import dev.gabor.opencl.Context;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.Kernel;
import dev.gabor.opencl.OpenCl;
import dev.gabor.opencl.ProgramSource;
import dev.gabor.tensor.Philox;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code philox.clh} gives the bits of {@link Philox}. */
class PhiloxBitsTest {
  private static final int BLOCKS = 4096;

  private static final String BITS =
      """
      #include "philox.clh"
      kernel void bits(global uint* out, const ulong seed, const ulong stream, const ulong first) {
        const size_t i = get_global_id(0);
        vstore4(philox_block(seed, stream, first + i), i, out);
      }
      """;

  private static final String CHAINS =
      """
      #include "philox.clh"
      #define CHAINS %d
      kernel void bits(global uint* out, const ulong seed, const ulong stream, const ulong first) {
        const size_t i = get_global_id(0);
        uint16 words[2 * CHAINS];
        philox_blocks(CHAINS, seed, stream, first + 8 * CHAINS * i, words);
        for (int j = 0; j < 2 * CHAINS; j++) {
          vstore16(words[j], 2 * CHAINS * i + j, out);
        }
      }
      """;

  private static final String UNITS =
      """
      #include "philox.clh"
      kernel void units(global float* out) {
        const uint word = (uint)get_global_id(0) * 0x00FFFFFFu;
        vstore4(philox_unit((uint4)(word, word + 255, ~word, 0xFFFFFFFFu)), get_global_id(0), out);
      }
      """;

  static Iterable<Device> devices() {
    assertThat(OpenCl.devices()).isNotEmpty();
    return OpenCl.devices();
  }

  @ParameterizedTest
  @MethodSource("devices")
  void blocksAreEqual(Device device) {
    blocksAreEqual(device, BITS, 1);
    blocksAreEqual(device, CHAINS.formatted(1), 8);
    blocksAreEqual(device, CHAINS.formatted(4), 32);
  }

  private static void blocksAreEqual(Device device, String source, int blocksOfAnItem) {
    long[] seeds = {0, 1, -1, 0x1234_5678_9ABC_DEF0L};
    long[] streams = {0, 7, 1L << 32, -2, 0x8000_0000_FFFF_FFFFL};
    long[] counters = {0, (1L << 32) - BLOCKS / 2, 1L << 40, Long.MAX_VALUE - BLOCKS};
    try (Context context = Context.open(device)) {
      Buffer out = context.allocate(4L * BLOCKS * Integer.BYTES);
      Kernel kernel = context.build(ProgramSource.ofText("bits", source)).kernel("bits");
      int[] actual = new int[4 * BLOCKS];
      int[] expected = new int[4 * BLOCKS];
      int[] block = new int[4];
      for (long seed : seeds) {
        for (long stream : streams) {
          for (long first : counters) {
            kernel.args().buffer(out).longInteger(seed).longInteger(stream).longInteger(first);
            context.queue().launch(kernel, new long[] {BLOCKS / blocksOfAnItem});
            out.read(actual, 0, actual.length, 0);
            for (int i = 0; i < BLOCKS; i++) {
              Philox.block(seed, stream, first + i, block);
              System.arraycopy(block, 0, expected, 4 * i, 4);
            }
            assertThat(actual)
                .as("seed %d, stream %d, counter %d", seed, stream, first)
                .containsExactly(expected);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("devices")
  void unitFloatsAreEqual(Device device) {
    try (Context context = Context.open(device)) {
      Buffer out = context.allocate(4L * BLOCKS * Float.BYTES);
      Kernel kernel = context.build(ProgramSource.ofText("units", UNITS)).kernel("units");
      context.queue().launch(kernel.args().buffer(out).done(), new long[] {BLOCKS});
      float[] actual = new float[4 * BLOCKS];
      out.read(actual, 0, actual.length, 0);
      for (int i = 0; i < BLOCKS; i++) {
        int word = i * 0x00FFFFFF;
        assertThat(actual[4 * i]).isEqualTo(Philox.toUnitFloat(word));
        assertThat(actual[4 * i + 1]).isEqualTo(Philox.toUnitFloat(word + 255));
        assertThat(actual[4 * i + 2]).isEqualTo(Philox.toUnitFloat(~word));
        assertThat(actual[4 * i + 3]).isEqualTo(1 - 0x1p-24f);
      }
    }
  }
}
