#include "device.h"

#include <stdlib.h>
#include <string.h>

static Device opened;

static bool platform_fits(cl_platform_id platform, const char* wanted, char* seen, size_t room) {
  char name[256];
  check(clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof(name), name, NULL), "clGetPlatformInfo");
  strncat(seen, " \"", room - strlen(seen) - 1);
  strncat(seen, name, room - strlen(seen) - 1);
  strncat(seen, "\"", room - strlen(seen) - 1);
  return strstr(name, wanted) != NULL;
}

static void open_device(void) {
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

const Device* device(void) {
  if (!opened.context) {
    open_device();
  }
  return &opened;
}
