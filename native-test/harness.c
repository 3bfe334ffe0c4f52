#include "harness.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

#define GUARD_BYTES 4096
#define GUARD 0xA5
#define POISON 0xFF  // a float of these bytes is NaN
#define FAILURES_SHOWN 3
#define MOST_PROGRAMS 512
#define MOST_BUFFERS 256
#define MOST_BLOCKS 2048

struct Buffer {
  const char* name;
  cl_mem whole;  // guards and memory
  cl_mem memory;
  size_t guard;
  size_t bytes;
  void* host;    // what an input holds; else the last copy read
  bool input;
};

static struct {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue;
  char name[256];
  bool oclgrind;
  int programs;
  struct {
    char key[512];
    cl_program program;
  } cache[MOST_PROGRAMS];
} opened;

static struct {
  char text[256];
  int failures;
  int buffers;
  Buffer buffer[MOST_BUFFERS];
  int blocks;
  void* block[MOST_BLOCKS];
} current;

static int cases;
static int failed_cases;
static uint32_t random_state = 12345;

void give_up(const char* format, ...) {
  va_list values;
  va_start(values, format);
  fprintf(stderr, "FAILED: %s: ", current.text);
  vfprintf(stderr, format, values);
  fprintf(stderr, "\n");
  va_end(values);
  exit(1);
}

void fail(const char* format, ...) {
  if (current.failures++ >= FAILURES_SHOWN) {
    return;
  }
  va_list values;
  va_start(values, format);
  fprintf(stderr, "FAILED: %s: ", current.text);
  vfprintf(stderr, format, values);
  fprintf(stderr, "\n");
  va_end(values);
}

void check(cl_int status, const char* what) {
  if (status != CL_SUCCESS) {
    give_up("%s returned %d", what, status);
  }
}

static bool platform_fits(cl_platform_id platform, const char* wanted, char* seen, size_t room) {
  char name[256];
  check(clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof(name), name, NULL), "clGetPlatformInfo");
  strncat(seen, " \"", room - strlen(seen) - 1);
  strncat(seen, name, room - strlen(seen) - 1);
  strncat(seen, "\"", room - strlen(seen) - 1);
  return strstr(name, wanted) != NULL;
}

static void open_device(void) {
  if (opened.context) {
    return;
  }
  const char* wanted = getenv("GABOR_PLATFORM");
  if (!wanted || !*wanted) {
    give_up("GABOR_PLATFORM is not set: it names the OpenCL platform to test");
  }
  cl_platform_id platforms[16];
  cl_uint count = 0;
  check(clGetPlatformIDs(16, platforms, &count), "clGetPlatformIDs");
  char seen[1024] = "";
  for (cl_uint i = 0; i < count && i < 16 && !opened.device; i++) {
    if (platform_fits(platforms[i], wanted, seen, sizeof(seen)) &&
        clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &opened.device, NULL) != CL_SUCCESS) {
      give_up("platform \"%s\" has no device", wanted);
    }
  }
  if (!opened.device) {
    give_up("no OpenCL platform \"%s\" here, only%s", wanted, *seen ? seen : " none at all");
  }
  opened.oclgrind = strcmp(wanted, "Oclgrind") == 0;
  check(clGetDeviceInfo(opened.device, CL_DEVICE_NAME, sizeof(opened.name), opened.name, NULL), "clGetDeviceInfo");
  cl_int status;
  opened.context = clCreateContext(NULL, 1, &opened.device, NULL, NULL, &status);
  check(status, "clCreateContext");
  opened.queue = clCreateCommandQueue(opened.context, opened.device, 0, &status);
  check(status, "clCreateCommandQueue");
}

void begin_case(const char* format, ...) {
  open_device();
  current.failures = 0;
  va_list values;
  va_start(values, format);
  vsnprintf(current.text, sizeof(current.text), format, values);
  va_end(values);
}

int finish(void) {
  if (cases == 0) {
    fprintf(stderr, "FAILED: no case ran\n");
    return 1;
  }
  printf("%d of %d cases failed on %s\n", failed_cases, cases, opened.name);
  return failed_cases > 0;
}

void* scratch(size_t bytes) {
  void* block = malloc(bytes > 0 ? bytes : 1);
  if (!block || current.blocks == MOST_BLOCKS) {
    give_up("no room for %zu bytes more", bytes);
  }
  return current.block[current.blocks++] = block;
}

static uint32_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

float* whole_numbers(size_t count, int from, int to) {
  float* values = scratch(count * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    values[i] = (float)(from + (int)(next_random() % (uint32_t)(to - from + 1)));
  }
  return values;
}

float* uniform(size_t count, float from, float to) {
  float* values = scratch(count * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    values[i] = from + (to - from) * (float)(next_random() >> 8) * 0x1p-24f;
  }
  return values;
}

double* doubles(size_t count) {
  double* values = scratch(count * sizeof(double));
  for (size_t i = 0; i < count; i++) {
    values[i] = 0;
  }
  return values;
}

// Oclgrind itself reports accesses beyond a buffer, but not those into a guard, which belong to one.
static Buffer* allocate(const char* name, size_t bytes, const void* content) {
  if (current.buffers == MOST_BUFFERS) {
    give_up("more than %d buffers", MOST_BUFFERS);
  }
  Buffer* buffer = &current.buffer[current.buffers++];
  *buffer = (Buffer){.name = name, .guard = opened.oclgrind ? 0 : GUARD_BYTES, .bytes = bytes};
  const size_t total = bytes + 2 * buffer->guard;
  cl_int status;
  buffer->whole = clCreateBuffer(opened.context, CL_MEM_READ_WRITE, total, NULL, &status);
  check(status, "clCreateBuffer");
  unsigned char* image = scratch(total);
  memset(image, GUARD, total);
  memset(image + buffer->guard, POISON, bytes);
  check(clEnqueueWriteBuffer(opened.queue, buffer->whole, CL_TRUE, 0, total, image, 0, NULL, NULL), "writing guards");
  buffer->memory = buffer->whole;
  if (buffer->guard > 0) {
    const cl_buffer_region region = {buffer->guard, bytes};
    buffer->memory = clCreateSubBuffer(buffer->whole, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &status);
    check(status, "clCreateSubBuffer");
  }
  buffer->host = scratch(bytes);
  if (content) {
    memcpy(buffer->host, content, bytes);
    check(clEnqueueWriteBuffer(opened.queue, buffer->memory, CL_TRUE, 0, bytes, content, 0, NULL, NULL), name);
  }
  return buffer;
}

Buffer* input(const char* name, const float* values, size_t count) {
  Buffer* buffer = allocate(name, count * sizeof(float), values);
  buffer->input = true;
  return buffer;
}

Buffer* updated(const char* name, const float* values, size_t count) {
  return allocate(name, count * sizeof(float), values);
}

Buffer* output(const char* name, size_t count) { return allocate(name, count * sizeof(float), NULL); }

Buffer* output_bytes(const char* name, size_t bytes) { return allocate(name, bytes, NULL); }

const void* bytes_of(Buffer* buffer) {
  check(clEnqueueReadBuffer(opened.queue, buffer->memory, CL_TRUE, 0, buffer->bytes, buffer->host, 0, NULL, NULL),
        buffer->name);
  return buffer->host;
}

const float* values_of(Buffer* buffer) { return bytes_of(buffer); }

static bool close_enough(double actual, double expected, double bound) {
  if (isnan(expected) || isnan(actual)) {
    return isnan(expected) && isnan(actual);
  }
  return fabs(actual - expected) <= bound * fmax(1.0, fabs(expected));
}

void expect(Buffer* actual, const double* expected, size_t count, double bound) {
  if (count == 0 || count * sizeof(float) != actual->bytes) {
    give_up("%s has %zu bytes, expected are %zu floats", actual->name, actual->bytes, count);
  }
  const float* values = values_of(actual);
  for (size_t i = 0; i < count; i++) {
    if (!close_enough((double)values[i], expected[i], bound)) {
      fail("%s[%zu] is %.9g, expected %.9g", actual->name, i, (double)values[i], expected[i]);
      return;
    }
  }
}

static void inspect(Buffer* buffer) {
  if (buffer->input) {
    unsigned char* now = scratch(buffer->bytes);
    check(clEnqueueReadBuffer(opened.queue, buffer->memory, CL_TRUE, 0, buffer->bytes, now, 0, NULL, NULL), "reading");
    if (memcmp(now, buffer->host, buffer->bytes) != 0) {
      fail("the input %s was written", buffer->name);
    }
  }
  const size_t total = buffer->bytes + 2 * buffer->guard;
  unsigned char* image = scratch(total);
  check(clEnqueueReadBuffer(opened.queue, buffer->whole, CL_TRUE, 0, total, image, 0, NULL, NULL), "reading guards");
  for (size_t i = 0; buffer->guard > 0 && i < total; i++) {
    const bool outside = i < buffer->guard || i >= buffer->guard + buffer->bytes;
    if (outside && image[i] != GUARD) {
      fail("written outside %s, at its byte %ld of %zu", buffer->name, (long)i - (long)buffer->guard, buffer->bytes);
      return;
    }
  }
}

void end_case(void) {
  for (int i = 0; i < current.buffers; i++) {
    Buffer* buffer = &current.buffer[i];
    inspect(buffer);
    if (buffer->guard > 0) {
      clReleaseMemObject(buffer->memory);
    }
    clReleaseMemObject(buffer->whole);
  }
  current.buffers = 0;
  while (current.blocks > 0) {
    free(current.block[--current.blocks]);
  }
  cases++;
  failed_cases += current.failures > 0;
}

const char* kernels_folder(void) {
  const char* folder = getenv("GABOR_KERNELS");
  return folder && *folder ? folder : GABOR_KERNELS_DEFAULT;
}

static void print_log(cl_program program, const char* key) {
  static char log[65536];
  size_t length = 0;
  clGetProgramBuildInfo(program, opened.device, CL_PROGRAM_BUILD_LOG, sizeof(log) - 1, log, &length);
  fprintf(stderr, "%s\n", log);
  give_up("%s did not build", key);
}

cl_program program_of(const char* program, const char* options) {
  open_device();
  char key[512];
  snprintf(key, sizeof(key), "%s -Werror %s", program, options);
  for (int i = 0; i < opened.programs; i++) {
    if (strcmp(opened.cache[i].key, key) == 0) {
      return opened.cache[i].program;
    }
  }
  if (opened.programs == MOST_PROGRAMS) {
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
  cl_program built = clCreateProgramWithSource(opened.context, 1, texts, NULL, &status);
  check(status, "clCreateProgramWithSource");
  if (clBuildProgram(built, 1, &opened.device, key + strlen(program) + 1, NULL, NULL) != CL_SUCCESS) {
    print_log(built, key);
  }
  free(text);
  strcpy(opened.cache[opened.programs].key, key);
  opened.cache[opened.programs++].program = built;
  return built;
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
  pass_bytes(kernel, sizeof(cl_mem), buffer ? &buffer->memory : NULL);
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
  check(clEnqueueNDRangeKernel(opened.queue, kernel->kernel, 3, NULL, global, items, 0, NULL, NULL), kernel->name);
  check(clFinish(opened.queue), kernel->name);
  clReleaseKernel(kernel->kernel);
  kernel->kernel = NULL;
}

int divide_up(int dividend, int divisor) { return (dividend + divisor - 1) / divisor; }
