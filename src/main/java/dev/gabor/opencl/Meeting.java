package dev.gabor.opencl;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How the two halves of a launch wait for each other in OpenCL C: two parameters behind those of
 * each kernel, and a call at its beginning. The numbers of two launches on their way differ by
 * little, so they may wrap around.
 */
final class Meeting {
  /** A cache line and its neighbour for the number of each half. */
  private static final int LINE_BYTES = 256;

  /** The bytes of both numbers. */
  static final int BYTES = 2 * LINE_BYTES;

  /** Parameters that a rewritten kernel has behind its own. */
  static final int PARAMETERS = 2;

  private static final String LAST_PARAMETER = "meetingNumber";
  private static final Pattern KERNEL =
      Pattern.compile("(kernel void \\w+\\(.*?)\\) \\{", Pattern.DOTALL);

  private static final String WITH_MEETING =
      "$1, global volatile uint* meeting, const uint %1$s) { meet(meeting, %1$s);"
          .replace("%1$s", LAST_PARAMETER);

  /**
   * A half that waits for long may hold the core on which the host is about to launch what it waits
   * for. Linux then waits for the end of a time slice, some milliseconds; so the half offers its
   * core, by the system call sched_yield.
   */
  private static final String GIVE_WAY =
      """
      inline void give_way(void) {
      #if defined(__x86_64__) && defined(__linux__)
        long call = 24;
        __asm__ volatile("syscall" : "+a"(call) : : "rcx", "r11", "memory");
      #endif
      }
      """;

  private static final String MEET =
      GIVE_WAY
          + """
      inline void meet(global volatile uint* meeting, const uint number) {
        if (get_local_id(0) + get_local_id(1) + get_local_id(2) == 0) {
          const uint second = is_second_half();
          global volatile uint* mine = meeting + 64 * second;
          global volatile uint* other = meeting + 64 * (1 - second);
          // Else an earlier work-group of this half has met. Atomics, because mem_fence is empty in PoCL.
          if ((int)(*mine - number) < 0) {
            atomic_xchg(mine, number);
            for (uint turn = 1; (int)(*other - number) < 0; turn++) {
              if (turn % 512 == 0) {
                give_way();
              }
            }
            atomic_or(other, 0u);
          }
        }
      }
      """;

  /** The name of {@link #PASS}. */
  static final String PASS_NAME = "meeting_pass";

  /** A program with a kernel that only meets. */
  static final String PASS =
      Halves.MARKS
          + MEET
          + """
          kernel void meeting_pass(global volatile uint* meeting, const uint number) {
            meet(meeting, number);
          }
          """;

  private Meeting() {}

  /** A program whose kernels meet before they begin. */
  static String rewritten(String text) {
    return Halves.MARKS + MEET + Halves.NAMES + KERNEL.matcher(text).replaceAll(WITH_MEETING);
  }

  /** How many of a kernel's parameters are not its caller's. */
  static int parameters(List<KernelSignature.Parameter> all) {
    boolean meets = !all.isEmpty() && all.get(all.size() - 1).name().equals(LAST_PARAMETER);
    return meets ? PARAMETERS : 0;
  }

  /** Sets the numbers of both halves. */
  static void set(ByteBuffer numbers, int number) {
    numbers.putInt(0, number);
    numbers.putInt(LINE_BYTES, number);
  }
}
