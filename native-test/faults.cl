// Faults on purpose, for faults.c. One work-item: element i = get_local_id(0) of 8.

kernel void race(
    global float* y,      // (8) overwritten
    local float* shared)  // (8) overwritten
{
  const int i = (int)get_local_id(0);
  shared[i] = i;
  y[i] = shared[(i + 1) % 8];  // without a barrier
}

kernel void outside(
    global float* y,      // (8) overwritten, and one more
    local float* shared)  // (8) overwritten
{
  const int i = (int)get_local_id(0);
  shared[i] = 0;
  y[i + 1] = i;
}

kernel void uninitialised(
    global float* y,      // (8) overwritten
    local float* shared)  // (8) read, though nobody wrote it
{
  const int i = (int)get_local_id(0);
  y[i] = shared[i];
}
