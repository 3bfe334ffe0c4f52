// Kernels with known faults, to prove that the watch sees them: run under Oclgrind, each must be reported.
// Usage: faults race|outside|uninitialised

#include <stdio.h>
#include <string.h>

#include "harness.h"

int main(int count, char** names) {
  const char* fault = count == 2 ? names[1] : "";
  begin_case("faults %s", fault);
  if (strcmp(fault, "race") != 0 && strcmp(fault, "outside") != 0 && strcmp(fault, "uninitialised") != 0) {
    give_up("usage: faults race|outside|uninitialised");
  }
  Buffer* y = output("y", 8);
  Kernel kernel = kernel_of("faults", "", fault);
  pass(&kernel, y);
  pass_local(&kernel, 8 * sizeof(float));
  RUN_GROUPS(&kernel, 1, 1, 1, 8, 1, 1);
  end_case();
  return finish();
}
