#include "test_twice.clh"
#include "test_base.clh"

// y[i] = twice(x[i]) * alpha + beta, with beta 0 where the pointer is NULL; i is the work-item.
kernel void scale(global const float* x,    // (count) read
                  global float* y,          // (count) overwritten
                  global const float* beta, // (count) read, or NULL
                  const int count,
                  const float alpha) {
  const int i = get_global_id(0);
  if (i < count) {
    y[i] = twice(x[i]) * alpha + (beta ? beta[i] : BASE);
  }
}

// y[i] += step; i is the work-item.
kernel void shift(global int* y, // (items) added to
                  const long step) {
  y[get_global_id(0)] += (int)step;
}
