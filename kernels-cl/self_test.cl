// y[i] = alpha * i + sum of x over the work-group of i.
//
// Each work-item i (id along dimension 0) puts one value into local memory and, after the barrier,
// sums those of its whole group from the first to the last.

kernel void group_sums(global const float* x, // (items) read
                       global float* y,       // (items) overwritten
                       local float* shared,   // (group size) overwritten
                       const float alpha) {
  const int i = get_global_id(0);
  shared[get_local_id(0)] = x[i];
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = alpha * i;
  for (int j = 0; j < (int)get_local_size(0); j++) {
    sum += shared[j];
  }
  y[i] = sum;
}
