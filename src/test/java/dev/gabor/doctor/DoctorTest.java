package dev.gabor.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.opencl.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers that do their worst, in folders of their own. */
class DoctorTest {
  private static final String ABORTS_WHEN_LOADED =
      """
      #include <stdio.h>
      #include <stdlib.h>
      __attribute__((constructor)) static void start(void) {
        fprintf(stderr, "fake driver: no hardware\\n");
        abort();
      }
      """;

  private static final String CRASHES_WHEN_LISTED =
      """
      void *clGetExtensionFunctionAddress(const char *name) { return 0; }
      int clIcdGetPlatformIDsKHR(unsigned n, void **platforms, unsigned *count) {
        volatile int *nowhere = 0;
        return *nowhere;
      }
      int clGetPlatformInfo(void *p, unsigned i, unsigned long s, void *v, unsigned long *r) {
        return -30;
      }
      """;

  /** PoCL, but for the compiler, which aborts when it meets half precision. */
  private static final String ABORTS_IN_A_PROBE =
      """
      #define CL_TARGET_OPENCL_VERSION 300
      #define _GNU_SOURCE
      #include <CL/cl.h>
      #include <CL/cl_icd.h>
      #include <dlfcn.h>
      #include <stdint.h>
      #include <stdlib.h>
      #include <string.h>
      #include <sys/mman.h>
      typedef cl_int (*List)(cl_uint, cl_platform_id *, cl_uint *);
      static void *pocl;
      static cl_icd_dispatch *table;
      static __typeof__(table->clBuildProgram) build;
      static cl_int CL_API_CALL picky(cl_program p, cl_uint n, const cl_device_id *d, const char *options,
                                      void(CL_CALLBACK *f)(cl_program, void *), void *u) {
        if (options && strstr(options, "REAL=half")) abort();
        return build(p, n, d, options, f, u);
      }
      static void *address(const char *name) {
        if (!pocl) pocl = dlopen("%s", RTLD_NOW);
        return ((void *(*)(const char *))dlsym(pocl, "clGetExtensionFunctionAddress"))(name);
      }
      cl_int clIcdGetPlatformIDsKHR(cl_uint n, cl_platform_id *ids, cl_uint *count) {
        cl_int status = ((List)address("clIcdGetPlatformIDsKHR"))(n, ids, count);
        if (status == 0 && ids && !build) {
          table = *(cl_icd_dispatch **)ids[0];
          build = table->clBuildProgram;
          uintptr_t page = (uintptr_t)table & ~(uintptr_t)4095;
          mprotect((void *)page, 8192, PROT_READ | PROT_WRITE);
          table->clBuildProgram = picky;
        }
        return status;
      }
      void *clGetExtensionFunctionAddress(const char *name) {
        return strcmp(name, "clIcdGetPlatformIDsKHR") ? address(name) : clIcdGetPlatformIDsKHR;
      }
      cl_int clGetPlatformInfo(cl_platform_id p, cl_platform_info i, size_t s, void *v, size_t *r) {
        return (*(cl_icd_dispatch **)p)->clGetPlatformInfo(p, i, s, v, r);
      }
      """;

  @TempDir private Path folder;

  @Test
  void survivesDriversThatEndTheProcess() throws IOException, InterruptedException {
    Surroundings machine =
        new FakeDrivers(folder)
            .driver("abort", ABORTS_WHEN_LOADED)
            .driver("crash", CRASHES_WHEN_LISTED)
            .pocl("pocl")
            .machine();
    Diagnosis diagnosis = Doctor.of(machine).examine();

    assertThat(diagnosis.drivers()).hasSize(3);
    DriverFinding abort = diagnosis.drivers().get(0);
    assertThat(abort.dangerous()).isTrue();
    assertThat(abort.skipped())
        .containsExactly(
            "loading its library ends the process by SIGABRT: fake driver: no hardware");
    DriverFinding crash = diagnosis.drivers().get(1);
    assertThat(crash.dangerous()).isTrue();
    assertThat(crash.skipped())
        .singleElement()
        .asString()
        .startsWith("listing its devices ends the process by SIGSEGV in ")
        .contains("libcrash.so", "clIcdGetPlatformIDsKHR");
    DriverFinding pocl = diagnosis.drivers().get(2);
    assertThat(pocl.dangerous()).isFalse();
    assertThat(pocl.platforms().get(0).devices().get(0).device().id()).isEqualTo("opencl:0:0");
    assertThat(diagnosis.choice().name()).isEqualTo("opencl:0:0");
    assertThat(diagnosis.choice().reason()).isEqualTo("it is the only device");
    assertThat(diagnosis.advice())
        .filteredOn(line -> line.contains("every program that uses OpenCL"))
        .hasSize(2);
    String text = DiagnosisText.of(diagnosis);
    assertThat(text).contains("auto takes opencl:0:0 (", "vendors/abort.icd\n");
    assertThat(DiagnosisJson.of(diagnosis))
        .contains("\"dangerous\":true", "\"chosen\":\"opencl:0:0\"");
  }

  @Test
  void goesOnWithTheOtherFeaturesWhereOneEndsTheProcess() throws IOException, InterruptedException {
    Surroundings machine =
        new FakeDrivers(folder)
            .driver("picky", ABORTS_IN_A_PROBE.formatted(FakeDrivers.poclLibrary()))
            .machine();
    Diagnosis diagnosis = Doctor.of(machine).examine();

    assertThat(diagnosis.drivers())
        .singleElement()
        .satisfies(d -> assertThat(d.dangerous()).isFalse());
    DeviceFinding device = diagnosis.devices().get(0);
    assertThat(device.features()).hasSize(Feature.values().length);
    FeatureFinding half = device.features().get(0);
    assertThat(half.works()).isFalse();
    assertThat(half.problem().orElseThrow()).startsWith("the probe ends the process by SIGABRT");
    FeatureFinding twice = device.features().get(1);
    assertThat(twice.feature()).isEqualTo(Feature.FP64);
    assertThat(twice.works()).isTrue();
    assertThat(diagnosis.drivers().get(0).skipped())
        .containsExactly(
            "probing fp16 on opencl:0:0 " + half.problem().orElseThrow().substring(10));
  }

  @Test
  void endsADriverThatDoesNotAnswer() throws IOException, InterruptedException {
    Surroundings machine =
        new FakeDrivers(folder)
            .driver(
                "hang",
                """
                #include <unistd.h>
                __attribute__((constructor)) static void start(void) { for (;;) pause(); }
                """)
            .machine();
    Diagnosis diagnosis = Doctor.of(machine).patience(Duration.ofSeconds(5)).examine();
    assertThat(diagnosis.drivers().get(0).skipped())
        .containsExactly("loading its library does not answer within 5 s");
    assertThat(diagnosis.drivers().get(0).dangerous()).isTrue();
    assertThat(diagnosis.choice().name()).isEqualTo("cpu");
  }

  @Test
  void givesALineForEveryBrokenEntry() throws IOException {
    Surroundings machine =
        new FakeDrivers(folder)
            .file("empty", "\n")
            .file("missing", "libno-such-driver.so.7\n")
            .file("text", Files.writeString(folder.resolve("text.so"), "no library") + "\n")
            .machine();
    Diagnosis diagnosis = Doctor.of(machine).examine();
    assertThat(diagnosis.drivers())
        .extracting(driver -> driver.skipped().get(0))
        .satisfiesExactly(
            empty -> assertThat(empty).isEqualTo("names no library"),
            missing ->
                assertThat(missing)
                    .isEqualTo("its library libno-such-driver.so.7 is in no library folder"),
            text -> assertThat(text).startsWith("cannot be loaded: ").contains("text.so"));
    assertThat(diagnosis.choice().name()).isEqualTo("cpu");
    assertThat(diagnosis.choice().reason()).isEqualTo("no OpenCL device can be used");
    assertThat(diagnosis.advice()).anySatisfy(line -> assertThat(line).contains("pocl"));
  }

  @Test
  void saysThatTheLoaderIsMissing() throws IOException {
    for (String name : List.of("libOpenCL.so.1", "libOpenCL.so")) {
      Files.writeString(folder.resolve(name), "not a library");
    }
    Map<String, String> variables = new HashMap<>(System.getenv());
    variables.put("LD_LIBRARY_PATH", folder.toString());
    Surroundings machine = new Surroundings(variables, "Linux", Path.of("/"));
    Diagnosis diagnosis = Doctor.of(machine).examine();
    assertThat(diagnosis.choice().name()).isEqualTo("cpu");
    assertThat(diagnosis.allSkipped())
        .anySatisfy(line -> assertThat(line).contains("libOpenCL is not installed"));
    assertThat(diagnosis.choice().remarks())
        .singleElement()
        .asString()
        .contains("libOpenCL is not installed", "install");
  }
}
