package dev.gabor.opencl;

/**
 * Pages of 2 MB for large buffers of PoCL on Linux on x86-64, where kernels that go through many
 * rows at once else wait for the addresses of pages of 4 KB. Most distributions give them only to
 * who asks ({@code madvise} in {@code /sys/kernel/mm/transparent_hugepage/enabled}), which neither
 * PoCL nor the JVM does for such memory; a kernel can, by the system call madvise.
 */
public final class HugePages {
  /** Below, hardly a page of that size fits in. */
  private static final long LEAST_BYTES = 4L << 20;

  private static final long[] ONE = {1};

  private static final String TEXT =
      """
      #define PAGE 4096
      #define MADVISE 28
      #define MADV_HUGEPAGE 14
      kernel void ask_for_huge_pages(global char* memory, const ulong bytes) {
      #if defined(__x86_64__) && defined(__linux__)
        const ulong first = ((ulong)memory + PAGE - 1) / PAGE * PAGE;
        const ulong length = bytes - (first - (ulong)memory);
        // The result is of no interest: a refusal leaves small pages.
        long result = MADVISE;
        __asm__ volatile("syscall"
            : "+a"(result) : "D"(first), "S"(length), "d"((long)MADV_HUGEPAGE) : "rcx", "r11", "memory");
      #endif
      }
      """;

  private HugePages() {}

  /**
   * Asks for them, for a buffer that nobody has touched yet: its contents stay undefined. Does
   * nothing for small buffers and on other devices.
   */
  public static void askFor(Buffer buffer) {
    Context context = buffer.context();
    if (!context.device().isPocl() || !context.device().isCpu()) {
      return;
    }
    if (buffer.sizeBytes() >= LEAST_BYTES) {
      Program program = context.build(ProgramSource.ofText("huge_pages", TEXT));
      try (Kernel kernel = program.kernel("ask_for_huge_pages")) {
        kernel.args().buffer(buffer).longInteger(buffer.sizeBytes()).done();
        context.queue().launch(kernel, ONE, ONE, false);
      }
    }
  }
}
