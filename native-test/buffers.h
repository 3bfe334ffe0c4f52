// What the other parts of the harness ask of buffers.

#ifndef BUFFERS_H
#define BUFFERS_H

#include "harness.h"

// The memory that a kernel gets.
const cl_mem* memory_of(const Buffer* buffer);

// Ends a case: looks at the inputs and around every buffer, reports what was written there, and frees all.
void close_buffers(void);

#endif
