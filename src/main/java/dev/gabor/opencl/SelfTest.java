package dev.gabor.opencl;

import java.util.Optional;

/**
 * Asks a device for a sum it must get right before anybody trains on it: compiler, transfers, local
 * memory and barriers all take part.
 */
public final class SelfTest {
  private static final int ITEMS = 64;
  private static final int MAX_GROUP = 16;

  private SelfTest() {}

  /** One line saying what is wrong with the device; empty if it passed. */
  public static Optional<String> run(Device device) {
    try (Context context = Context.open(device)) {
      return compute(
          context, Math.min(MAX_GROUP, Integer.highestOneBit(device.maxWorkGroupSize())));
    } catch (OpenClException e) {
      return Optional.of(device.title() + " fails its self-test: " + e.getMessage());
    }
  }

  private static Optional<String> compute(Context context, int group) {
    float[] x = new float[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
      x[i] = i * i;
    }
    Buffer input = context.allocate((long) ITEMS * Float.BYTES);
    Buffer output = context.allocate((long) ITEMS * Float.BYTES);
    input.write(x, 0, ITEMS, 0);
    output.fill(Float.floatToRawIntBits(Float.NaN), 0, output.sizeBytes());
    Kernel kernel =
        context
            .build(ProgramSource.of("self_test"))
            .kernel("group_sums")
            .args()
            .buffer(input)
            .buffer(output)
            .local((long) group * Float.BYTES)
            .floating(0.5f)
            .done();
    context.queue().launch(kernel, new long[] {ITEMS}, new long[] {group});
    float[] y = new float[ITEMS];
    output.read(y, 0, ITEMS, 0);
    return firstError(x, y, group)
        .map(error -> context.device().title() + " fails its self-test: " + error);
  }

  /** All values are small multiples of a half: any order of summation gives exactly these. */
  static Optional<String> firstError(float[] x, float[] y, int group) {
    for (int i = 0; i < ITEMS; i++) {
      int begin = i / group * group;
      float expected = 0.5f * i;
      for (int j = begin; j < begin + group; j++) {
        expected += x[j];
      }
      if (y[i] != expected) {
        return Optional.of("work-item " + i + " computed " + y[i] + ", not " + expected);
      }
    }
    return Optional.empty();
  }
}
