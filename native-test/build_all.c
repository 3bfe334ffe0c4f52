// Builds every kernel file with the options of every variant that the launchers choose, with warnings as errors, and
// creates every kernel of each. A line of variants.txt is `file family choice options…`, # begins a comment; families of
// other devices are built, too.
// Usage: build_all VARIANTS FILE…, the kernel files being those that must occur.

#include <stdio.h>
#include <string.h>

#include "harness.h"

static int kernels;

static void build(const char* program, const char* options) {
  begin_case("%s %s", program, options);
  const cl_program built = program_of(program, options);
  cl_kernel made[64];
  cl_uint count = 0;
  check(clCreateKernelsInProgram(built, COUNT_OF(made), made, &count), "clCreateKernelsInProgram");
  if (count == 0) {
    fail("no kernels in it");
  }
  for (cl_uint i = 0; i < count; i++) {
    clReleaseKernel(made[i]);
  }
  kernels += (int)count;
  end_case();
}

static bool same_program(const char* program, const char* file) {
  const char* dot = strrchr(file, '.');
  return dot && strlen(program) == (size_t)(dot - file) && strncmp(program, file, strlen(program)) == 0;
}

int main(int count, char** names) {
  begin_case("build_all");
  if (count < 3) {
    give_up("usage: build_all VARIANTS FILE…");
  }
  FILE* variants = fopen(names[1], "r");
  if (!variants) {
    give_up("%s cannot be read", names[1]);
  }
  bool seen[256] = {false};
  char line[512];
  while (fgets(line, sizeof(line), variants)) {
    line[strcspn(line, "\n")] = 0;
    if (*line == 0 || *line == '#') {
      continue;
    }
    char program[128];
    int options = 0;
    if (sscanf(line, "%127s %*s %*s %n", program, &options) != 1 || options == 0) {
      give_up("%s: \"%s\" is not `file family choice options…`", names[1], line);
    }
    build(program, line + options);
    for (int i = 2; i < count; i++) {
      seen[i] = seen[i] || same_program(program, names[i]);
    }
  }
  fclose(variants);
  begin_case("build_all");
  for (int i = 2; i < count; i++) {
    if (!seen[i]) {
      fail("%s has no variant in %s", names[i], names[1]);
    }
  }
  end_case();
  printf("%d kernels built\n", kernels);
  return kernels == 0 ? 1 : finish();
}
