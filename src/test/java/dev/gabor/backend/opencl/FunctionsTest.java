package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.opencl.Buffer;
import dev.gabor.opencl.Context;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.Kernel;
import dev.gabor.opencl.OpenCl;
import dev.gabor.opencl.ProgramSource;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The polynomials of {@code functions.clh} against double, by units in the last place. */
class FunctionsTest {
  private static final int COUNT = 1 << 14;

  /** Below it results are denormal, which some devices flush to 0. */
  private static final double SMALLEST_NORMAL = Float.MIN_NORMAL;

  static Iterable<Device> devices() {
    assertThat(OpenCl.devices()).isNotEmpty();
    return OpenCl.devices();
  }

  @ParameterizedTest
  @MethodSource("devices")
  void staysWithinItsUnits(Device device) {
    try (Context context = Context.open(device)) {
      check(context, "exp_vector(x)", -110, 88.7, Math::exp, 2);
      check(context, "exp_of_negative_vector(x)", -110, 0, Math::exp, 2);
      check(context, "exp_minus_1_vector(x)", -64, 64, Math::expm1, 3);
      check(context, "exp_minus_1_vector(x)", -1e-3, 1e-3, Math::expm1, 3);
      check(context, "tanh_vector(x)", -12, 12, Math::tanh, 4);
      check(context, "tanh_vector(x)", -1e-3, 1e-3, Math::tanh, 4);
      check(context, "sigmoid_vector(x)", -80, 30, x -> 1 / (1 + Math.exp(-x)), 4);
      check(context, "log_1_plus_vector(x)", 0, 1, Math::log1p, 3);
      check(context, "log_1_plus_vector(x)", 0, 1e-4, Math::log1p, 3);
    }
  }

  @ParameterizedTest
  @MethodSource("devices")
  void theNormalDistributionIsRight(Device device) {
    // scipy.stats.norm.cdf, SciPy 1.17.1.
    double[][] known = {
      {-12, 1.7764821120776756E-33},
      {-6, 9.865876450376946e-10},
      {-3, 0.0013498980316300933},
      {-1, 0.15865525393145707},
      {-0.1, 0.460172162722971},
      {0, 0.5},
      {0.1, 0.539827837277029},
      {1, 0.8413447460685429},
      {3, 0.9986501019683699},
      {9, 1},
    };
    try (Context context = Context.open(device)) {
      float[] x = new float[COUNT];
      for (int i = 0; i < known.length; i++) {
        x[i] = (float) known[i][0];
      }
      float[] y = apply(context, "normal_vector(x, &bell)", x);
      for (int i = 0; i < known.length; i++) {
        double units = known[i][0] < 0 ? 4 + known[i][0] * known[i][0] : 4;
        double error = Math.abs(y[i] - known[i][1]);
        // -0.1 as a float is not -0.1.
        assertThat(error).as("at %s", x[i]).isLessThanOrEqualTo(units * 0x1p-23 * known[i][1]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("devices")
  void endsAreRight(Device device) {
    float inf = Float.POSITIVE_INFINITY;
    float[] ends = {Float.NaN, inf, -inf, 1e30f, -1e30f, 0, -0f, 100, -120};
    float[][] expected = {
      {Float.NaN, inf, 0, inf, 0, 1, 1, inf, 0},
      {Float.NaN, 1, 0, 1, 0, 1, 1, 1, 0},
      {Float.NaN, 1, -1, 1, -1, 0, 0, 1, -1},
      {Float.NaN, 1, 0, 1, 0, 0.5f, 0.5f, 1, 0},
      {Float.NaN, 1, 0, 1, 0, 0.5f, 0.5f, 1, 0},
    };
    String[] functions = {
      "exp_vector(x)",
      "exp_of_negative_vector(at_most(x, 0))",
      "tanh_vector(x)",
      "sigmoid_vector(x)",
      "normal_vector(x, &bell)"
    };
    try (Context context = Context.open(device)) {
      float[] x = new float[COUNT];
      System.arraycopy(ends, 0, x, 0, ends.length);
      for (int f = 0; f < functions.length; f++) {
        float[] y = apply(context, functions[f], x);
        for (int i = 0; i < ends.length; i++) {
          if (Float.isNaN(expected[f][i])) {
            assertThat(y[i]).as("%s of %s", functions[f], ends[i]).isNaN();
          } else {
            assertThat(Math.abs(y[i] - expected[f][i]) <= 1e-7f || y[i] == expected[f][i])
                .as("%s of %s is %s", functions[f], ends[i], y[i])
                .isTrue();
          }
        }
      }
    }
  }

  private static void check(
      Context context,
      String function,
      double from,
      double to,
      DoubleUnaryOperator exact,
      double units) {
    float[] x = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      x[i] = (float) (from + (to - from) * i / (COUNT - 1));
    }
    float[] y = apply(context, function, x);
    double worst = 0;
    int at = 0;
    for (int i = 0; i < COUNT; i++) {
      double expected = exact.applyAsDouble(x[i]);
      double unit = Math.ulp((float) expected);
      double flushed = Math.abs(expected) < SMALLEST_NORMAL ? SMALLEST_NORMAL : 0;
      double error = Math.max(0, Math.abs(y[i] - expected) - flushed) / unit;
      if (!(error <= worst)) {
        worst = error;
        at = i;
      }
    }
    assertThat(worst).as("%s, worst at %s: %s", function, x[at], y[at]).isLessThanOrEqualTo(units);
  }

  private static float[] apply(Context context, String function, float[] x) {
    String source =
        """
        #include "vector.clh"
        #include "functions.clh"
        kernel void apply(global const float* from, global float* to) {
          const FLOATV x = LOADV(from + get_global_id(0) * VECTOR);
          FLOATV bell = x;
          STOREV(%s, to + get_global_id(0) * VECTOR);
        }
        """
            .formatted(function);
    Kernel kernel =
        context.build(ProgramSource.ofText("functions", source, "-DVECTOR=16")).kernel("apply");
    try (Buffer from = context.allocate((long) COUNT * Float.BYTES);
        Buffer to = context.allocate((long) COUNT * Float.BYTES)) {
      from.write(x, 0, COUNT, 0);
      context.queue().launch(kernel.args().buffer(from).buffer(to).done(), new long[] {COUNT / 16});
      float[] y = new float[COUNT];
      to.read(y, 0, COUNT, 0);
      return y;
    }
  }
}
