#include "harness.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "buffers.h"
#include "device.h"

#define FAILURES_SHOWN 3
#define MOST_BLOCKS 2048

static struct {
  char text[256];
  int failures;
  int blocks;
  void* block[MOST_BLOCKS];
} current;

static int cases;
static int failed_cases;
static uint32_t random_state = 12345;

static void report(const char* format, va_list values) {
  fprintf(stderr, "FAILED: %s: ", current.text);
  vfprintf(stderr, format, values);
  fprintf(stderr, "\n");
}

void give_up(const char* format, ...) {
  va_list values;
  va_start(values, format);
  report(format, values);
  va_end(values);
  exit(1);
}

void fail(const char* format, ...) {
  if (current.failures++ >= FAILURES_SHOWN) {
    return;
  }
  va_list values;
  va_start(values, format);
  report(format, values);
  va_end(values);
}

void check(cl_int status, const char* what) {
  if (status != CL_SUCCESS) {
    give_up("%s returned %d", what, status);
  }
}

void begin_case(const char* format, ...) {
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
  printf("%d of %d cases failed on %s\n", failed_cases, cases, device()->name);
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

void end_case(void) {
  close_buffers();
  while (current.blocks > 0) {
    free(current.block[--current.blocks]);
  }
  cases++;
  failed_cases += current.failures > 0;
}

int divide_up(int dividend, int divisor) { return (dividend + divisor - 1) / divisor; }
