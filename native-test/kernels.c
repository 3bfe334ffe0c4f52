#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffers.h"
#include "device.h"
#include "source.h"

#define MOST_PROGRAMS 512

static struct {
  int count;
  struct {
    char key[512];
    cl_program program;
  } program[MOST_PROGRAMS];
} built;

const char* kernels_folder(void) {
  const char* folder = getenv("GABOR_KERNELS");
  return folder && *folder ? folder : GABOR_KERNELS_DEFAULT;
}

static void print_log(cl_program program, const char* key) {
  static char log[65536];
  size_t length = 0;
  clGetProgramBuildInfo(program, device()->device, CL_PROGRAM_BUILD_LOG, sizeof(log) - 1, log, &length);
  fprintf(stderr, "%s\n", log);
  give_up("%s did not build", key);
}

cl_program program_of(const char* program, const char* options) {
  char key[512];
  snprintf(key, sizeof(key), "%s -Werror %s", program, options);
  for (int i = 0; i < built.count; i++) {
    if (strcmp(built.program[i].key, key) == 0) {
      return built.program[i].program;
    }
  }
  if (built.count == MOST_PROGRAMS) {
    give_up("more than %d programs", MOST_PROGRAMS);
  }
  char file[128];
  snprintf(file, sizeof(file), "%s.cl", program);
  char* text = read_source(kernels_folder(), file);
  if (!text) {
    give_up("%s/%s or one of its includes cannot be read", kernels_folder(), file);
  }
  const char* texts[] = {text};
  cl_int status;
  cl_program made = clCreateProgramWithSource(device()->context, 1, texts, NULL, &status);
  check(status, "clCreateProgramWithSource");
  if (clBuildProgram(made, 1, &device()->device, key + strlen(program) + 1, NULL, NULL) != CL_SUCCESS) {
    print_log(made, key);
  }
  free(text);
  strcpy(built.program[built.count].key, key);
  built.program[built.count++].program = made;
  return made;
}

Kernel kernel_of(const char* program, const char* options, const char* name) {
  char all[512];
  snprintf(all, sizeof(all), "-cl-std=CL1.2 -cl-kernel-arg-info %s", options);
  cl_int status;
  const Kernel kernel = {clCreateKernel(program_of(program, all), name, &status), name, 0};
  check(status, name);
  return kernel;
}

// Whether the next argument is what is about to be passed; drivers need not say.
static void check_argument(const Kernel* kernel, const char* type, cl_kernel_arg_address_qualifier where) {
  cl_kernel_arg_address_qualifier address = where;
  char name[64] = "";
  cl_int status =
      clGetKernelArgInfo(kernel->kernel, kernel->given, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof(address), &address, NULL);
  if (status == CL_KERNEL_ARG_INFO_NOT_AVAILABLE) {
    return;
  }
  check(status, "clGetKernelArgInfo");
  check(clGetKernelArgInfo(kernel->kernel, kernel->given, CL_KERNEL_ARG_TYPE_NAME, sizeof(name), name, NULL),
        "clGetKernelArgInfo");
  if (address != where || (type && strcmp(name, type) != 0)) {
    give_up("%s: argument %u is a %s, not a %s", kernel->name, kernel->given, name, type ? type : "pointer");
  }
}

static void pass_bytes(Kernel* kernel, size_t bytes, const void* value) {
  check(clSetKernelArg(kernel->kernel, kernel->given, bytes, value), kernel->name);
  kernel->given++;
}

void pass(Kernel* kernel, Buffer* buffer) {
  check_argument(kernel, NULL, CL_KERNEL_ARG_ADDRESS_GLOBAL);
  pass_bytes(kernel, sizeof(cl_mem), buffer ? memory_of(buffer) : NULL);
}

void pass_integers(Kernel* kernel, const int* values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    check_argument(kernel, "int", CL_KERNEL_ARG_ADDRESS_PRIVATE);
    pass_bytes(kernel, sizeof(int), &values[i]);
  }
}

void pass_float(Kernel* kernel, float value) {
  check_argument(kernel, "float", CL_KERNEL_ARG_ADDRESS_PRIVATE);
  pass_bytes(kernel, sizeof(float), &value);
}

void pass_ulong(Kernel* kernel, cl_ulong value) {
  check_argument(kernel, "ulong", CL_KERNEL_ARG_ADDRESS_PRIVATE);
  pass_bytes(kernel, sizeof(cl_ulong), &value);
}

void pass_local(Kernel* kernel, size_t bytes) {
  check_argument(kernel, NULL, CL_KERNEL_ARG_ADDRESS_LOCAL);
  pass_bytes(kernel, bytes, NULL);
}

void run_groups(Kernel* kernel, const size_t groups[3], const size_t items[3]) {
  cl_uint wanted = 0;
  check(clGetKernelInfo(kernel->kernel, CL_KERNEL_NUM_ARGS, sizeof(wanted), &wanted, NULL), "clGetKernelInfo");
  if (wanted != kernel->given) {
    give_up("%s has %u arguments, %u were passed", kernel->name, wanted, kernel->given);
  }
  const size_t global[] = {groups[0] * items[0], groups[1] * items[1], groups[2] * items[2]};
  check(clEnqueueNDRangeKernel(device()->queue, kernel->kernel, 3, NULL, global, items, 0, NULL, NULL), kernel->name);
  check(clFinish(device()->queue), kernel->name);
  clReleaseKernel(kernel->kernel);
  kernel->kernel = NULL;
}
