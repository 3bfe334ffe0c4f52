package dev.gabor.opencl;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Finds out what a device can do by building a kernel that needs it, running it and looking. */
public final class FeatureProbe {
  private static final int ITEMS = 64;
  private static final int GROUP = 16;

  // A sum of 2048 and 1/2 needs 13 bits, one of 2^30 and 1/2 needs 32: half has 11, float 24,
  // double 53. So half must lose what float keeps, and double keep what float loses.
  static final float HALF_LOSES = 2048;
  private static final float FLOAT_LOSES = 1 << 30;
  private static final float SMALL = 0.5f;

  private FeatureProbe() {}

  /**
   * What is in the way of a feature: the compiler's first complaint or a wrong result; empty if the
   * feature works. A driver that is asked for what it lacks may do worse than fail: a caller that
   * wants to be safe asks in a process of its own. Nothing is taken from the cache on disk.
   */
  public static Optional<String> problem(Device device, Feature feature) {
    try (Context context = Context.open(device, false, new ProgramCache(Optional.empty()))) {
      return switch (feature) {
        case FP16 -> rounding(context, "half", HALF_LOSES, 0);
        case FP64 -> rounding(context, "double", FLOAT_LOSES, SMALL);
        case SUBGROUPS -> subgroups(context);
      };
    } catch (OpenClException e) {
      return Optional.of(firstLine(e));
    }
  }

  /** What is wrong with a large number plus and minus a small one. */
  static Optional<String> rounding(Context context, String type, float large, float expected) {
    float[] x = new float[ITEMS];
    Arrays.fill(x, large);
    float[] y =
        run(
                context,
                ProgramSource.of("features", "-DREAL=" + type),
                "features_rounding",
                x,
                Optional.of(SMALL))
            .get(1);
    for (float value : y) {
      if (value != expected) {
        return Optional.of(
            "%s + %s - %s came out as %s, expected %s"
                .formatted(large, SMALL, large, value, expected));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> subgroups(Context context) {
    ProgramSource source =
        ProgramSource.of("features", "-DSUBGROUPS", "-cl-std=" + language(context.device()));
    List<float[]> found =
        run(context, source, "features_subgroups", new float[ITEMS], Optional.empty());
    for (int i = 0; i < ITEMS; i++) {
      float size = found.get(0)[i];
      float sum = found.get(1)[i];
      // A whole sub-group; the last of a group may hold fewer items, which is right, too.
      if (!(size >= 1 && size <= GROUP && sum == size * (size - 1) / 2)) {
        return Optional.of(
            "work-item %d is one of %s in its sub-group, whose numbers sum up to %s"
                .formatted(i, size, sum));
      }
    }
    return Optional.empty();
  }

  /** Runs a kernel of two buffers, the first of which begins as given, and reads both. */
  private static List<float[]> run(
      Context context, ProgramSource source, String kernel, float[] first, Optional<Float> last) {
    long sizeBytes = (long) ITEMS * Float.BYTES;
    try (Buffer x = context.allocate(sizeBytes);
        Buffer y = context.allocate(sizeBytes)) {
      x.write(first, 0, ITEMS, 0);
      y.fill(Float.floatToRawIntBits(Float.NaN), 0, sizeBytes);
      KernelArguments arguments = context.build(source).kernel(kernel).args().buffer(x).buffer(y);
      last.ifPresent(arguments::floating);
      context.queue().launch(arguments.done(), new long[] {ITEMS}, new long[] {GROUP});
      float[] ofX = new float[ITEMS];
      float[] ofY = new float[ITEMS];
      x.read(ofX, 0, ITEMS, 0);
      y.read(ofY, 0, ITEMS, 0);
      return List.of(ofX, ofY);
    }
  }

  /** The newest OpenCL C that a device speaks: sub-groups are not in 1.2. */
  private static String language(Device device) {
    if (device.version().startsWith("OpenCL 1.")) {
      return "CL1.2";
    }
    return device.version().startsWith("OpenCL 2.") ? "CL2.0" : "CL3.0";
  }

  private static String firstLine(OpenClException failure) {
    return failure
        .buildLog()
        .flatMap(log -> log.lines().filter(line -> line.contains("error")).findFirst())
        .or(() -> failure.getMessage().lines().findFirst())
        .map(String::strip)
        .orElse(failure.call() + " failed");
  }
}
