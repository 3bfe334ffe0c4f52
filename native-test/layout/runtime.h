// Buffers, launches and passes that are timed: what layout_times.c needs beside the harness.

#ifndef RUNTIME_H
#define RUNTIME_H

#include "../device.h"
#include "../harness.h"

typedef struct {
  cl_mem memory;
  size_t count;  // floats
} Floats;

// Device memory, filled with zeros; released by release_all.
Floats zeros(size_t count);
Floats floats(const float* values, size_t count);
cl_mem integers(const int* values, size_t count);
cl_mem bytes(size_t count);
void read_floats(Floats from, float* to);
float* noise(size_t count);  // uniform from -1 to 1, until release_all
void* host(size_t size);     // until release_all
void release_all(void);

// Floats of a vector as the project's own launcher chooses them.
int vector_length(void);

// A kernel of this folder (nchw…) or of kernels-cl with its arguments, in order, and its work.
typedef struct {
  cl_kernel kernel;
  cl_uint given;
  size_t global[3], local[3];
} Launch;

Launch* launch_of(const char* program, const char* options, const char* name);
void add_buffer(Launch* launch, cl_mem memory);  // NULL: a null pointer
void add_floats(Launch* launch, Floats memory);
void add_integers(Launch* launch, const int* values, size_t count);
void add_float(Launch* launch, float value);
void add_local(Launch* launch, size_t size);
void over(Launch* launch, size_t x, size_t y, size_t z);  // groups of one work-item
#define ADD(launch, ...) add_integers(launch, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

// Launches one after the other, of which the first ones may only prepare (copies into planes, packed weights).
typedef struct {
  Launch* launch[16];
  int count;
  int preparing;
} Pass;

void add(Pass* pass, Launch* launch);
double run_once(const Pass* pass, int from);  // milliseconds from enqueuing launch `from` to the end of all
double median(double* times, int count);

#endif
