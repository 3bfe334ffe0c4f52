#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../source.h"

#define MOST 1024

static struct {
  cl_mem memory[MOST];
  void* block[MOST];
  Launch launch[MOST];
  int memories, blocks, launches;
} owned;

static struct {
  char key[512];
  cl_program program;
} built[128];
static int built_count;
static unsigned random_state = 2463534242U;

static cl_mem keep(cl_mem memory, cl_int status) {
  check(status, "clCreateBuffer");
  if (owned.memories == MOST) {
    give_up("more than %d buffers", MOST);
  }
  return owned.memory[owned.memories++] = memory;
}

static cl_mem copied(const void* values, size_t size) {
  cl_int status;
  void* from = (void*)(size_t)values;
  const cl_mem made = clCreateBuffer(device()->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, size, from, &status);
  return keep(made, status);
}

void* host(size_t size) {
  void* block = calloc(1, size);
  if (!block || owned.blocks == MOST) {
    give_up("no room for %zu bytes more", size);
  }
  return owned.block[owned.blocks++] = block;
}

Floats zeros(size_t count) {
  float* values = calloc(count, sizeof(float));
  if (!values) {
    give_up("no room for %zu floats more", count);
  }
  const Floats made = {copied(values, count * sizeof(float)), count};
  free(values);
  return made;
}

Floats floats(const float* values, size_t count) {
  return (Floats){copied(values, count * sizeof(float)), count};
}

cl_mem integers(const int* values, size_t count) { return copied(values, count * sizeof(int)); }

cl_mem bytes(size_t count) {
  cl_int status;
  const cl_mem made = clCreateBuffer(device()->context, CL_MEM_READ_WRITE, count, NULL, &status);
  return keep(made, status);
}

void read_floats(Floats from, float* to) {
  check(clEnqueueReadBuffer(device()->queue, from.memory, CL_TRUE, 0, from.count * sizeof(float), to, 0, NULL, NULL),
        "clEnqueueReadBuffer");
}

float* noise(size_t count) {
  float* values = host(count * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    values[i] = (float)(random_state >> 8) * 0x1p-23f - 1.0f;
  }
  return values;
}

void release_all(void) {
  for (int i = 0; i < owned.launches; i++) {
    clReleaseKernel(owned.launch[i].kernel);
  }
  for (int i = 0; i < owned.memories; i++) {
    clReleaseMemObject(owned.memory[i]);
  }
  for (int i = 0; i < owned.blocks; i++) {
    free(owned.block[i]);
  }
  owned.launches = owned.memories = owned.blocks = 0;
}

int vector_length(void) {
  cl_uint preferred = 0;
  check(clGetDeviceInfo(device()->device, CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, sizeof(preferred), &preferred, NULL),
        "clGetDeviceInfo");
  return preferred >= 16 ? 16 : preferred >= 8 ? 8 : 4;
}

static cl_program build(const char* program, const char* options) {
  char key[512];
  snprintf(key, sizeof(key), "%s -cl-std=CL1.2 -Werror %s", program, options);
  for (int i = 0; i < built_count; i++) {
    if (strcmp(built[i].key, key) == 0) {
      return built[i].program;
    }
  }
  char file[128];
  snprintf(file, sizeof(file), "%s.cl", program);
  const bool own = strncmp(program, "nchw", 4) == 0;
  char* text = read_source(own ? LAYOUT_FOLDER : LAYOUT_FOLDER "/../../kernels-cl", file);
  if (!text || built_count == COUNT_OF(built)) {
    give_up("%s cannot be read", file);
  }
  const char* texts[] = {text};
  cl_int status;
  cl_program made = clCreateProgramWithSource(device()->context, 1, texts, NULL, &status);
  check(status, "clCreateProgramWithSource");
  if (clBuildProgram(made, 1, &device()->device, key + strlen(program) + 1, NULL, NULL) != CL_SUCCESS) {
    static char log[65536];
    clGetProgramBuildInfo(made, device()->device, CL_PROGRAM_BUILD_LOG, sizeof(log) - 1, log, NULL);
    fprintf(stderr, "%s\n", log);
    give_up("%s did not build", key);
  }
  free(text);
  strcpy(built[built_count].key, key);
  return built[built_count++].program = made;
}

Launch* launch_of(const char* program, const char* options, const char* name) {
  if (owned.launches == MOST) {
    give_up("more than %d launches", MOST);
  }
  cl_int status;
  Launch* launch = &owned.launch[owned.launches++];
  *launch = (Launch){.kernel = clCreateKernel(build(program, options), name, &status)};
  check(status, name);
  return launch;
}

static void add_argument(Launch* launch, size_t size, const void* value) {
  check(clSetKernelArg(launch->kernel, launch->given++, size, value), "clSetKernelArg");
}

void add_buffer(Launch* launch, cl_mem memory) { add_argument(launch, sizeof(cl_mem), memory ? &memory : NULL); }

void add_floats(Launch* launch, Floats memory) { add_buffer(launch, memory.memory); }

void add_integers(Launch* launch, const int* values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    add_argument(launch, sizeof(int), &values[i]);
  }
}

void add_float(Launch* launch, float value) { add_argument(launch, sizeof(float), &value); }

void add_local(Launch* launch, size_t size) { add_argument(launch, size, NULL); }

void over(Launch* launch, size_t x, size_t y, size_t z) {
  const size_t global[] = {x, y, z};
  for (int i = 0; i < 3; i++) {
    launch->global[i] = global[i];
    launch->local[i] = 1;
  }
}

void add(Pass* pass, Launch* launch) {
  if (pass->count == COUNT_OF(pass->launch)) {
    give_up("more than %zu launches in a pass", COUNT_OF(pass->launch));
  }
  pass->launch[pass->count++] = launch;
}

static double now(void) {
  struct timespec time;
  timespec_get(&time, TIME_UTC);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

double run_once(const Pass* pass, int from) {
  const double start = now();
  for (int i = from; i < pass->count; i++) {
    const Launch* launch = pass->launch[i];
    check(clEnqueueNDRangeKernel(device()->queue, launch->kernel, 3, NULL, launch->global, launch->local, 0, NULL, NULL),
          "clEnqueueNDRangeKernel");
  }
  check(clFinish(device()->queue), "clFinish");
  return now() - start;
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

double median(double* times, int count) {
  qsort(times, (size_t)count, sizeof(double), ascending);
  return times[count / 2];
}
