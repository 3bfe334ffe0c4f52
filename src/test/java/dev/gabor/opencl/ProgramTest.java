package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gabor.opencl.ProgramCache.Entry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sources, their includes and options, and what a failed build says. */
class ProgramTest {
  private Context context;

  @BeforeEach
  void open() {
    context = Context.open(Pocl.device(), false, new ProgramCache(Optional.empty()));
  }

  @AfterEach
  void nothingIsLeft() {
    context.close();
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void includesEachFileOnceAndKeepsTheLineNumbers() {
    String text = ProgramSource.of("test_scale").text();
    assertThat(text.lines().limit(10))
        .containsExactly(
            "#line 1 \"test_scale.cl\"",
            "#line 1 \"test_twice.clh\"",
            "#line 1 \"test_base.clh\"",
            "#define BASE 0.0f",
            "#line 2 \"test_twice.clh\"",
            "float twice(float v) { return 2.0f * v + BASE; }",
            "#line 2 \"test_scale.cl\"",
            "",
            "",
            "// y[i] = twice(x[i]) * alpha + beta, with beta 0 where the pointer is NULL; i is the"
                + " work-item.");
  }

  @Test
  void namesFileAndLineInBuildLogs() {
    ProgramSource source = ProgramSource.of("test_broken", "-DWIDTH=4");
    OpenClException failure =
        catchThrowableOfType(OpenClException.class, () -> context.build(source));
    assertThat(failure)
        .hasMessageContaining("clBuildProgram failed with CL_BUILD_PROGRAM_FAILURE (-11)")
        .hasMessageContaining("program test_broken, options -cl-std=CL1.2")
        .hasMessageContaining("-DWIDTH=4, device " + context.device().id())
        .hasMessageContaining("test_broken.cl:4:")
        .hasMessageContaining("undeclared_name");
    assertThat(failure.call()).isEqualTo("clBuildProgram");
    assertThat(failure.code()).isEqualTo(-11);
    assertThat(failure.buildLog().orElseThrow()).contains("test_broken.cl:4:");
  }

  @Test
  void namesTheIncludedFileToo() {
    assertThatThrownBy(() -> context.build(ProgramSource.of("test_broken_include")))
        .hasMessageContaining("test_broken.clh:3:")
        .hasMessageContaining("missing_from_header");
  }

  @Test
  void shortensLongBuildLogs() {
    String log = "error\n\n".repeat(100);
    OpenClException failure =
        OpenClException.buildFailed(ProgramSource.ofText("long", ""), context.device(), -11, log);
    assertThat(failure.getMessage().lines()).hasSize(42);
    assertThat(failure).hasMessageEndingWith("... and 60 more lines");
    assertThat(failure.buildLog()).contains(log);
  }

  @Test
  void refusesMissingFilesAndUnsafeOptions() {
    assertThatThrownBy(() -> ProgramSource.of("no_such_kernel"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no kernel file /kernels-cl/no_such_kernel.cl on the class path");
    assertThatThrownBy(() -> ProgramSource.ofText("mine", "//\n#include \"gone.clh\"\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mine:2 includes \"gone.clh\"");
    assertThatThrownBy(() -> ProgramSource.of("test_scale", "-cl-fast-relaxed-math"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-cl-fast-relaxed-math");
    assertThat(ProgramSource.of("test_scale", "-cl-std=CL2.0").options())
        .contains("-cl-std=CL2.0")
        .doesNotContain("CL1.2");
  }

  @Test
  void buildsTheSameSourceOnce() {
    Program program = context.build(ProgramSource.of("test_scale", "-DA=1"));
    assertThat(context.build(ProgramSource.of("test_scale", "-DA=1"))).isSameAs(program);
    assertThat(context.build(ProgramSource.of("test_scale", "-DA=2"))).isNotSameAs(program);
    String text = "kernel void one(global int* y) { y[0] = N; } // (1) overwritten";
    Program own = context.build(ProgramSource.ofText("own", text, "-DN=1"));
    assertThat(context.build(ProgramSource.ofText("own", text + " ", "-DN=1"))).isNotSameAs(own);
    Buffer buffer = context.allocate(4);
    context.queue().launch(own.kernel("one").args().buffer(buffer).done(), new long[] {1});
    int[] value = new int[1];
    buffer.read(value, 0, 1, 0);
    assertThat(value).containsExactly(1);
  }

  @Test
  void buildsManyAtOnce() {
    List<ProgramSource> sources =
        List.of(
            ProgramSource.of("test_scale", "-DB=1"),
            ProgramSource.of("test_scale", "-DB=2"),
            ProgramSource.of("test_scale", "-DB=1"),
            ProgramSource.of("self_test"));
    context.buildAll(List.of());
    context.buildAll(sources);
    assertThat(LiveObjects.describe()).isEqualTo("context 1, queue 1, program 3");
    Program built = context.build(sources.get(0));
    assertThat(context.build(sources.get(2))).isSameAs(built);
    assertThat(LiveObjects.describe()).isEqualTo("context 1, queue 1, program 3");
  }

  @Test
  void buildsSideBySide() {
    CyclicBarrier both = new CyclicBarrier(2);
    ProgramCache meeting =
        new ProgramCache(Optional.empty()) {
          @Override
          Optional<Entry> find(String key) {
            try {
              // Passed only by two builds at a time.
              both.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
              throw new IllegalStateException("no second build begins beside this one", e);
            }
            return Optional.empty();
          }
        };
    try (Context other = Context.open(Pocl.device(), false, meeting)) {
      ProgramSource first = ProgramSource.of("test_scale", "-DB=1");
      ProgramSource second = ProgramSource.of("test_scale", "-DB=2");
      other.buildSoon(first);
      other.buildSoon(second);
      assertThat(other.build(first).source()).isEqualTo(first);
      assertThat(other.build(second).source()).isEqualTo(second);
    }
  }

  @Test
  void closingWaitsForWhatIsBeingBuilt() {
    try (Context other = Context.open(Pocl.device())) {
      other.buildSoon(ProgramSource.of("test_scale", "-DB=3"));
      other.buildSoon(ProgramSource.of("test_broken"));
    }
    assertThat(LiveObjects.describe()).isEqualTo("context 1, queue 1");
    Context closed = Context.open(Pocl.device());
    closed.close();
    assertThatThrownBy(() -> closed.buildSoon(ProgramSource.of("test_scale")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("is closed");
  }

  @Test
  void reportsEveryFailureOfMany() {
    List<ProgramSource> sources =
        List.of(
            ProgramSource.of("self_test"),
            ProgramSource.of("test_broken"),
            ProgramSource.of("test_broken_include"));
    assertThatThrownBy(() -> context.buildAll(sources))
        .isInstanceOf(OpenClException.class)
        .hasMessageContaining("program test_broken,")
        .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
    assertThatThrownBy(() -> context.build(sources.get(1))).isInstanceOf(OpenClException.class);
    assertThat(LiveObjects.describe()).isEqualTo("context 1, queue 1, program 1");
  }
}
