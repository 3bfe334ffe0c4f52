package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Launches that two cores share in halves. */
class TwoLanesTest {
  private static final String SOURCE =
      """
      kernel void names(global int* out) {
        const size_t at = get_global_id(0)
            + get_global_size(0) * (get_global_id(1) + get_global_size(1) * get_global_id(2));
        const size_t group = get_group_id(0)
            + get_num_groups(0) * (get_group_id(1) + get_num_groups(1) * get_group_id(2));
        out[at] += (int)group + 1;
      }
      kernel void late(global volatile int* out, const int rounds) {
        const int group = (int)get_group_id(0);
        for (int i = 0; i < rounds * group; i++) {
          out[2]++;
        }
        out[group] = 7;
      }
      kernel void turned(global const int* from, global int* to, const int n) {
        for (int i = get_global_id(0); i < n; i += get_global_size(0)) {
          to[n - 1 - i] = from[i] + 1;
        }
      }
      """;

  private Context context;
  private Program program;

  @BeforeEach
  void open() {
    context = Context.open(Pocl.device(), false, new ProgramCache(Optional.empty()));
    program = context.build(ProgramSource.ofText("two_lanes_test", SOURCE));
  }

  @AfterEach
  void nothingIsLeft() {
    context.close();
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void everyWorkItemRunsOnceAndKnowsItsPlace() {
    long[][][] ranges = {
      {{1}, {1}},
      {{2}, {1}},
      {{7}, {1}},
      {{64}, {8}},
      {{33, 5}, {1, 1}},
      {{4, 1, 3}, {2, 1, 1}},
      {{16, 6, 5}, {4, 2, 1}},
      {{1 << 17}, {256}},
      {{131_000}, {8}},
      {{130_560}, {256}},
      {{300_000}, {1}},
    };
    for (long[][] range : ranges) {
      for (boolean apart : new boolean[] {true, false}) {
        assertThat(places(range[0], range[1], apart))
            .as(Arrays.deepToString(range))
            .isEqualTo(expected(range[0], range[1]));
      }
    }
  }

  private int[] places(long[] global, long[] local, boolean apart) {
    int size = (int) Arrays.stream(global).reduce(1, (a, b) -> a * b);
    try (Buffer out = context.allocate(4L * size);
        Kernel names = program.kernel("names").args().buffer(out).done()) {
      out.fillZero();
      context.queue().launch(names, global, local, apart);
      int[] found = new int[size];
      out.read(found, 0, size, 0);
      return found;
    }
  }

  private static int[] expected(long[] global, long[] local) {
    int[] g = {1, 1, 1};
    int[] l = {1, 1, 1};
    for (int d = 0; d < global.length; d++) {
      g[d] = (int) global[d];
      l[d] = (int) local[d];
    }
    int[] all = new int[g[0] * g[1] * g[2]];
    for (int i = 0; i < all.length; i++) {
      int x = i % g[0] / l[0];
      int y = i / g[0] % g[1] / l[1];
      int z = i / g[0] / g[1] / l[2];
      all[i] = 1 + x + g[0] / l[0] * (y + g[1] / l[1] * z);
    }
    return all;
  }

  @Test
  void eachLaunchSeesAllOfTheOneBefore() {
    int n = 1 << 14;
    int rounds = 2000;
    int[] start = new int[n];
    Arrays.setAll(start, i -> i);
    Buffer one = context.allocate(4L * n);
    Buffer two = context.allocate(4L * n);
    Buffer three = context.allocate(4L * n);
    Kernel there = program.kernel("turned").args().buffer(one).buffer(two).integer(n).done();
    Kernel back = program.kernel("turned").args().buffer(two).buffer(one).integer(n).done();
    one.write(start, 0, n, 0);
    Queue queue = context.queue();
    long[][] sizes = {{2}, {16}, {3}, {1}, {64}};
    for (int i = 0; i < rounds; i++) {
      // Whole and halved launches, copies and waits, in any order.
      queue.launch(there, sizes[i % 5], new long[] {1}, i % 7 != 3);
      if (i % 11 == 5) {
        three.copyFrom(two, 0, 0, 4L * n);
        two.fillZero();
        two.copyFrom(three, 0, 0, 4L * n);
      }
      queue.launch(back, sizes[(i + 2) % 5], new long[] {1}, i % 3 != 1);
      if (i % 97 == 0) {
        queue.finish();
      }
    }
    int[] end = new int[n];
    one.read(end, 0, n, 0);
    assertThat(end).isEqualTo(Arrays.stream(start).map(value -> value + 2 * rounds).toArray());
  }

  @Test
  void severalContextsAtOnceDoNotWaitForEachOther() throws InterruptedException {
    Thread[] threads = new Thread[3];
    int[][] ends = new int[threads.length][];
    for (int t = 0; t < threads.length; t++) {
      int number = t;
      threads[t] = new Thread(() -> ends[number] = manyLaunches());
      threads[t].start();
    }
    int[] here = manyLaunches(context);
    for (Thread thread : threads) {
      thread.join();
    }
    for (int[] end : ends) {
      assertThat(end).isEqualTo(here);
    }
  }

  private int[] manyLaunches() {
    try (Context own = Context.open(Pocl.device(), false, new ProgramCache(Optional.empty()))) {
      return manyLaunches(own);
    }
  }

  private static int[] manyLaunches(Context context) {
    int n = 1 << 12;
    Program program = context.build(ProgramSource.ofText("two_lanes_test", SOURCE));
    try (Buffer one = context.allocate(4L * n);
        Buffer two = context.allocate(4L * n)) {
      one.fillZero();
      Kernel there = program.kernel("turned").args().buffer(one).buffer(two).integer(n).done();
      Kernel back = program.kernel("turned").args().buffer(two).buffer(one).integer(n).done();
      for (int i = 0; i < 1000; i++) {
        context.queue().launch(there, new long[] {8}, new long[] {1});
        context.queue().launch(back, new long[] {8}, new long[] {1});
      }
      int[] end = new int[n];
      one.read(end, 0, n, 0);
      return end;
    }
  }

  @Test
  void goesOnAfterALaunchThatTheDriverRefused() {
    Buffer out = context.allocate(4L * 64);
    out.fillZero();
    Kernel names = program.kernel("names").args().buffer(out).done();
    assertThatThrownBy(
            () -> context.queue().launch(names, new long[] {1L << 40}, new long[] {1L << 39}))
        .isInstanceOf(OpenClException.class);
    context.queue().launch(names, new long[] {64}, new long[] {1});
    int[] found = new int[64];
    out.read(found, 0, 64, 0);
    assertThat(found).isEqualTo(expected(new long[] {64}, new long[] {1}));
  }

  @Test
  void aKernelMayBeLaunchedWholeWhenItsHalvesWereRefused() {
    Buffer out = context.allocate(4L * 64);
    out.fillZero();
    Kernel names = program.kernel("names").args().buffer(out).done();
    Queue queue = context.queue();
    assertThatThrownBy(() -> queue.launch(names, new long[] {1L << 40}, new long[] {1L << 39}))
        .isInstanceOf(OpenClException.class);
    queue.launch(names, new long[] {64}, new long[] {1}, false);
    int[] found = new int[64];
    out.read(found, 0, 64, 0);
    assertThat(found).isEqualTo(expected(new long[] {64}, new long[] {1}));
  }

  @Test
  void aRefusedLaunchDoesNotHideWhatTheOtherCoreStillDoes() {
    int n = 2;
    Buffer out = context.allocate(4L * 3);
    Buffer copy = context.allocate(4L * n);
    out.fillZero();
    Kernel late = program.kernel("late").args().buffer(out).integer(1 << 27).done();
    Kernel turned = program.kernel("turned").args().buffer(out).buffer(copy).integer(n).done();
    Kernel refused = program.kernel("turned").args().buffer(out).buffer(copy).integer(n).done();
    long[] one = {1};
    context.queue().launch(turned, one, one, false);
    context.queue().launch(late, new long[] {2}, one, true);
    assertThatThrownBy(
            () ->
                context
                    .queue()
                    .launch(refused, new long[] {1L << 40}, new long[] {1L << 39}, false))
        .isInstanceOf(OpenClException.class);
    context.queue().launch(turned, one, one, false);
    int[] found = new int[n];
    copy.read(found, 0, n, 0);
    assertThat(found).containsExactly(8, 8);
  }
}
