#include "test_base.clh"
#include "test_broken.clh"
kernel void unused(global float* y) { // (1) overwritten
  y[0] = wrong();
}
