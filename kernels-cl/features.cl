// What a device says that it can do, tried: arithmetic in another type, and sums over sub-groups.

// The type that is tried: half or double; float where none is asked for.
#ifndef REAL
#define REAL float
#endif

#ifdef cl_khr_fp16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

// y[i] = (x[i] + small) - x[i], each sum rounded to REAL: 0 where REAL is too narrow to hold both.
// One work-item: the element get_global_id(0). Any work-group size.
kernel void features_rounding(
    global const float* x,  // (items) read
    global float* y,        // (items) overwritten
    const float small) {
  const int i = (int)get_global_id(0);
  const REAL t = (REAL)x[i];
  const REAL sum = t + (REAL)small;
  y[i] = (float)(sum - t);
}

#ifdef SUBGROUPS
#ifdef cl_khr_subgroups
#pragma OPENCL EXTENSION cl_khr_subgroups : enable
#endif

// size[i] = the work-items of the sub-group of i; sum[i] = the sum of their numbers in it.
// One work-item: the element get_global_id(0). Any work-group size.
kernel void features_subgroups(
    global float* size,   // (items) overwritten
    global float* sum) {  // (items) overwritten
  const int i = (int)get_global_id(0);
  size[i] = (float)get_sub_group_size();
  sum[i] = sub_group_reduce_add((float)get_sub_group_local_id());
}
#endif
