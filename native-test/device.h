// The device under test, for the parts of the harness: opened at the first call, by GABOR_PLATFORM.

#ifndef DEVICE_H
#define DEVICE_H

#include "harness.h"

typedef struct {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue;
  char name[256];
  bool oclgrind;
} Device;

const Device* device(void);

#endif
