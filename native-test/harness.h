// What every native test needs: one device, kernels built from kernels-cl, buffers that notice wrong writes, and
// comparison with expected numbers. All calls are checked: a failed one ends the test with one line.
//
// GABOR_PLATFORM   part of the name of the OpenCL platform to test; required, so that no test passes on another one
// GABOR_KERNELS    folder of the kernel files; the project's own unless set
//
// A case: begin_case, buffers, kernels with their arguments in order, run, expect, end_case. end_case looks at what lies
// around every buffer, compares inputs with what they were, and frees everything. A test ends with `return finish();`.

#ifndef HARNESS_H
#define HARNESS_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Buffer Buffer;

typedef struct {
  cl_kernel kernel;
  const char* name;
  cl_uint given;  // arguments passed so far
} Kernel;

void begin_case(const char* format, ...) __attribute__((format(printf, 1, 2)));
void end_case(void);
int finish(void);

// Ends the test with one line.
_Noreturn void give_up(const char* format, ...) __attribute__((format(printf, 1, 2)));
// Reports a failure of the case and goes on; only the first ones of a case are printed.
void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Host memory until the end of the case.
void* scratch(size_t bytes);
float* whole_numbers(size_t count, int from, int to);  // random, both ends included
float* uniform(size_t count, float from, float to);
double* doubles(size_t count);  // zeros

// Device memory until the end of the case. What a kernel overwrites is NaN first, so that reading it or leaving it shows.
Buffer* input(const char* name, const float* values, size_t count);
Buffer* updated(const char* name, const float* values, size_t count);
Buffer* output(const char* name, size_t count);
Buffer* output_bytes(const char* name, size_t bytes);
const float* values_of(Buffer* buffer);
const void* bytes_of(Buffer* buffer);

// Within bound of the expected number, relatively where that is above 1; bound 0 means equal.
void expect(Buffer* actual, const double* expected, size_t count, double bound);
// Within bound of the expected number, relatively, however small it is.
void expect_relative(Buffer* actual, const double* expected, size_t count, double bound);
// Within bound of the largest expected magnitude: for sums whose terms cancel.
void expect_normwise(Buffer* actual, const double* expected, size_t count, double bound);

// A kernel of kernels-cl/<program>.cl, built as OpenCL C 1.2; a program with exactly these options and warnings as errors.
// Programs are built once for each options.
Kernel kernel_of(const char* program, const char* options, const char* name);
cl_program program_of(const char* program, const char* options);
const char* kernels_folder(void);
void check(cl_int status, const char* what);

// Arguments in the kernel's order; a wrong type or number ends the test. A null buffer is a null pointer.
void pass(Kernel* kernel, Buffer* buffer);
void pass_integers(Kernel* kernel, const int* values, size_t count);
void pass_float(Kernel* kernel, float value);
void pass_ulong(Kernel* kernel, cl_ulong value);
void pass_local(Kernel* kernel, size_t bytes);
#define INTEGERS(kernel, ...) \
  pass_integers(kernel, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

// groups work-groups of items each along three dimensions; waits for the end.
void run_groups(Kernel* kernel, const size_t groups[3], const size_t items[3]);
#define RUN_GROUPS(kernel, gx, gy, gz, ix, iy, iz) \
  run_groups(kernel, (const size_t[]){(size_t)(gx), (size_t)(gy), (size_t)(gz)}, (const size_t[]){ix, iy, iz})
// Work-items in groups of one, which any size allows.
#define RUN(kernel, x, y, z) RUN_GROUPS(kernel, x, y, z, 1, 1, 1)

int divide_up(int dividend, int divisor);
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
