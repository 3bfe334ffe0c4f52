#include "test_twice.clh"

kernel void broken(global float* y) { // (1) overwritten
  y[0] = undeclared_name;
}
