package dev.gabor.opencl;

/**
 * Cuts the work-groups of a launch into two halves for two devices. OpenCL gives a part of a range
 * away by a global offset, which its work-item functions show only in part: {@code get_group_id}
 * counts from 0, and sizes are those of the part. So the offset, counted in work-groups along the
 * dimension that is cut, also says what the whole is, and {@link #NAMES} gives kernels the numbers
 * of the whole. Cut is the last dimension that gives equal halves, or nearly so, because kernels
 * lay what is far apart in memory along their last one.
 */
final class Halves {
  /** So many groups, or an even number, are as good as equal halves. */
  private static final int MANY = 16;

  private static final int WHOLE = 1;
  private static final int FIRST_OF_EVEN = 2;
  private static final int FIRST_OF_ODD = 3;

  /**
   * PoCL compiles a kernel for ranges below this with the promise that offsets are below it, too.
   */
  private static final long SMALL = 65535;

  /** What a whole launch is marked with, along one dimension in groups of one: first or second. */
  static final long[][] ALONE = {{WHOLE}, {FIRST_OF_ODD + 1}};

  /** Reads the marks. */
  static final String MARKS =
      """
      inline size_t half_mark(const uint d) {
        return get_global_offset(d) / get_local_size(d);
      }
      inline size_t half_first(const uint d) {
        return half_mark(d) < 4 ? 0 : half_mark(d) - 3;
      }
      inline size_t half_groups(const uint d) {
        const size_t mark = half_mark(d), here = get_num_groups(d);
        return mark < 2 ? here : mark == 2 ? 2 * here : mark == 3 ? 2 * here - 1 : here + mark - 3;
      }
      inline uint is_second_half(void) {
        return half_mark(0) > 3 || half_mark(1) > 3 || half_mark(2) > 3 ? 1 : 0;
      }
      """;

  /** Goes before each program whose launches may be cut, after {@link #MARKS}. */
  static final String NAMES =
      """
      #define get_group_id(d) (get_group_id(d) + half_first(d))
      #define get_num_groups(d) half_groups(d)
      #define get_global_id(d) (get_group_id(d) * get_local_size(d) + get_local_id(d))
      #define get_global_size(d) (half_groups(d) * get_local_size(d))
      #line 1
      """;

  private final long[][] offsets = {new long[3], new long[3]};
  private final long[][] sizes = {new long[3], new long[3]};
  private boolean cut;

  /**
   * Cuts a range; nothing is allocated.
   *
   * @param global work-items along each dimension
   * @param local work-items of a group along each dimension
   * @param wanted false leaves it whole, but marked: PoCL compiles a kernel anew where there is no
   *     offset
   */
  void cut(long[] global, long[] local, boolean wanted) {
    int along = along(global, local);
    for (int d = 0; d < global.length; d++) {
      offsets[0][d] = 0;
      offsets[1][d] = 0;
      sizes[0][d] = global[d];
      sizes[1][d] = global[d];
    }
    long unit = local[along];
    long groups = global[along] / unit;
    long half = (groups + 1) / 2;
    sizes[0][along] = half * unit;
    sizes[1][along] = (groups - half) * unit;
    offsets[0][along] = unit * (groups % 2 == 0 ? FIRST_OF_EVEN : FIRST_OF_ODD);
    offsets[1][along] = unit * (FIRST_OF_ODD + half);
    long widest = 0;
    for (int d = 0; d < global.length; d++) {
      widest = Math.max(widest, sizes[1][d]);
    }
    cut = wanted && groups > 1 && (offsets[1][along] <= SMALL || widest >= SMALL);
    if (!cut) {
      sizes[0][along] = global[along];
      offsets[0][along] = unit * WHOLE;
    }
  }

  private static int along(long[] global, long[] local) {
    int most = 0;
    for (int d = global.length - 1; d >= 0; d--) {
      long groups = global[d] / local[d];
      if (groups >= MANY || (groups > 1 && groups % 2 == 0)) {
        return d;
      }
      most = groups > global[most] / local[most] ? d : most;
    }
    return most;
  }

  /** Whether there are two halves; else the first is everything. */
  boolean isCut() {
    return cut;
  }

  /** Where a half begins, along each dimension. */
  long[] offset(int half) {
    return offsets[half];
  }

  /** Work-items of a half along each dimension. */
  long[] size(int half) {
    return sizes[half];
  }
}
