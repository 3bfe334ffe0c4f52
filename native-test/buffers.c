#include "buffers.h"

#include <math.h>
#include <string.h>

#include "device.h"

#define GUARD_BYTES 4096
#define GUARD 0xA5
#define POISON 0xFF  // a float of these bytes is NaN
#define MOST_BUFFERS 256

struct Buffer {
  const char* name;
  cl_mem whole;  // guards and memory
  cl_mem memory;
  size_t guard;
  size_t bytes;
  void* host;    // what an input holds; else the last copy read
  bool input;
};

static int open_buffers;
static Buffer buffers[MOST_BUFFERS];

// Oclgrind itself reports accesses beyond a buffer, but not those into a guard, which belong to one.
static Buffer* allocate(const char* name, size_t bytes, const void* content) {
  if (open_buffers == MOST_BUFFERS) {
    give_up("more than %d buffers", MOST_BUFFERS);
  }
  Buffer* buffer = &buffers[open_buffers++];
  *buffer = (Buffer){.name = name, .guard = device()->oclgrind ? 0 : GUARD_BYTES, .bytes = bytes};
  const size_t total = bytes + 2 * buffer->guard;
  cl_int status;
  buffer->whole = clCreateBuffer(device()->context, CL_MEM_READ_WRITE, total, NULL, &status);
  check(status, "clCreateBuffer");
  unsigned char* image = scratch(total);
  memset(image, GUARD, total);
  memset(image + buffer->guard, POISON, bytes);
  check(clEnqueueWriteBuffer(device()->queue, buffer->whole, CL_TRUE, 0, total, image, 0, NULL, NULL), "writing guards");
  buffer->memory = buffer->whole;
  if (buffer->guard > 0) {
    const cl_buffer_region region = {buffer->guard, bytes};
    buffer->memory = clCreateSubBuffer(buffer->whole, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &status);
    check(status, "clCreateSubBuffer");
  }
  buffer->host = scratch(bytes);
  if (content) {
    memcpy(buffer->host, content, bytes);
    check(clEnqueueWriteBuffer(device()->queue, buffer->memory, CL_TRUE, 0, bytes, content, 0, NULL, NULL), name);
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
  check(clEnqueueReadBuffer(device()->queue, buffer->memory, CL_TRUE, 0, buffer->bytes, buffer->host, 0, NULL, NULL),
        buffer->name);
  return buffer->host;
}

const float* values_of(Buffer* buffer) { return bytes_of(buffer); }

static bool close_enough(double actual, double expected, double allowed) {
  if (isnan(expected) || isnan(actual)) {
    return isnan(expected) && isnan(actual);
  }
  return actual == expected || fabs(actual - expected) <= allowed;  // infinities have no difference
}

// Allowed is bound times the expected number's magnitude, or times least where that is smaller.
static void compare(Buffer* actual, const double* expected, size_t count, double bound, double least) {
  if (count == 0 || count * sizeof(float) != actual->bytes) {
    give_up("%s has %zu bytes, expected are %zu floats", actual->name, actual->bytes, count);
  }
  const float* values = values_of(actual);
  for (size_t i = 0; i < count; i++) {
    if (!close_enough((double)values[i], expected[i], bound * fmax(least, fabs(expected[i])))) {
      fail("%s[%zu] is %.9g, expected %.9g", actual->name, i, (double)values[i], expected[i]);
      return;
    }
  }
}

void expect(Buffer* actual, const double* expected, size_t count, double bound) {
  compare(actual, expected, count, bound, 1);
}

void expect_relative(Buffer* actual, const double* expected, size_t count, double bound) {
  compare(actual, expected, count, bound, 0);
}

void expect_normwise(Buffer* actual, const double* expected, size_t count, double bound) {
  double largest = 1;
  for (size_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs(expected[i]));
  }
  compare(actual, expected, count, bound, largest);
}

static void inspect(Buffer* buffer) {
  if (buffer->input) {
    unsigned char* now = scratch(buffer->bytes);
    check(clEnqueueReadBuffer(device()->queue, buffer->memory, CL_TRUE, 0, buffer->bytes, now, 0, NULL, NULL), "reading");
    if (memcmp(now, buffer->host, buffer->bytes) != 0) {
      fail("the input %s was written", buffer->name);
    }
  }
  const size_t total = buffer->bytes + 2 * buffer->guard;
  unsigned char* image = scratch(total);
  check(clEnqueueReadBuffer(device()->queue, buffer->whole, CL_TRUE, 0, total, image, 0, NULL, NULL), "reading guards");
  for (size_t i = 0; buffer->guard > 0 && i < total; i++) {
    const bool outside = i < buffer->guard || i >= buffer->guard + buffer->bytes;
    if (outside && image[i] != GUARD) {
      fail("written outside %s, at its byte %ld of %zu", buffer->name, (long)i - (long)buffer->guard, buffer->bytes);
      return;
    }
  }
}

void close_buffers(void) {
  for (int i = 0; i < open_buffers; i++) {
    Buffer* buffer = &buffers[i];
    inspect(buffer);
    if (buffer->guard > 0) {
      clReleaseMemObject(buffer->memory);
    }
    clReleaseMemObject(buffer->whole);
  }
  open_buffers = 0;
}

const cl_mem* memory_of(const Buffer* buffer) { return &buffer->memory; }
