// Convolution by the sliding window, for any sizes: the plain algorithm that the fast ones are compared with.
//
//   forward           y[n,p,q,k]    = f(bias[k] + sum over r,s,c of x[n,h,w,c] weight[r,s,c,k])
//   backward data     dx[n,h,w,c]   = sum over r,s,k of dy[n,p,q,k] weight[r,s,c,k]
//   backward weight   dw[r,s,c,k]   = sum over n,p,q of x[n,h,w,c] dy[n,p,q,k]
//   with h = p strideH - padH + r dilationH, w = q strideW - padW + s dilationW inside the image.
//
// One work-item computes one vector of filters (forward, backward weight) or one channel (backward data) at one place,
// and adds in the order written above. Work-items share nothing; groups are the driver's choice.

#include "activation.clh"
#include "convolution.clh"
#include "vector.clh"

// get_global_id: 0 = vector of filters within all groups, 1 = output pixel n,p,q.
kernel void convolution_direct_forward(
    global const float* x,       // (N,H,W,C) read
    global const float* weight,  // (R,S,C/groups,K) read
    global const float* bias,    // (K) read, or null
    global float* y,             // (N,P,Q,K) overwritten
    CONVOLUTION_SIZES,
    const float alpha) {
  const int filters = K / groups;
  const int channels = C / groups;
  const int vectors = (filters + VECTOR - 1) / VECTOR;
  const int group = (int)get_global_id(0) / vectors;
  const int inGroup = (int)get_global_id(0) % vectors * VECTOR;
  const int k = group * filters + inGroup;
  const int count = min(VECTOR, filters - inGroup);
  const int pixel = (int)get_global_id(1);
  const int q = pixel % Q;
  const int p = pixel / Q % P;
  const int n = pixel / (P * Q);

  FLOATV sum = bias ? load_part(bias + k, count) : (FLOATV)(0.0f);
  for (int r = 0; r < R; r++) {
    const int h = p * strideH - padH + r * dilationH;
    if (h < 0 || h >= H) {
      continue;
    }
    for (int s = 0; s < S; s++) {
      const int w = q * strideW - padW + s * dilationW;
      if (w < 0 || w >= W) {
        continue;
      }
      global const float* xs = x + ((n * H + h) * W + w) * C + group * channels;
      global const float* ws = weight + (r * S + s) * channels * K + k;
      for (int c = 0; c < channels; c++) {
        sum += xs[c] * load_part(ws + c * K, count);
      }
    }
  }
  float part[VECTOR];
  STOREV(sum, part);
  for (int i = 0; i < count; i++) {
    y[pixel * K + k + i] = activate(part[i], alpha);
  }
}

// get_global_id: 0 = input channel, 1 = input pixel n,h,w.
kernel void convolution_direct_backward_data(
    global const float* dy,      // (N,P,Q,K) read
    global const float* weight,  // (R,S,C/groups,K) read
    global float* dx,            // (N,H,W,C) overwritten
    CONVOLUTION_SIZES) {
  const int filters = K / groups;
  const int channels = C / groups;
  const int c = (int)get_global_id(0);
  const int group = c / channels;
  const int pixel = (int)get_global_id(1);
  const int w = pixel % W;
  const int h = pixel / W % H;
  const int n = pixel / (H * W);

  FLOATV sum = (FLOATV)(0.0f);
  for (int r = 0; r < R; r++) {
    const int top = h + padH - r * dilationH;
    const int p = top / strideH;
    if (top < 0 || top % strideH != 0 || p >= P) {
      continue;
    }
    for (int s = 0; s < S; s++) {
      const int left = w + padW - s * dilationW;
      const int q = left / strideW;
      if (left < 0 || left % strideW != 0 || q >= Q) {
        continue;
      }
      global const float* ys = dy + ((n * P + p) * Q + q) * K + group * filters;
      global const float* ws = weight + ((r * S + s) * channels + c % channels) * K + group * filters;
      for (int k = 0; k < filters; k += VECTOR) {
        const int count = min(VECTOR, filters - k);
        sum += load_part(ys + k, count) * load_part(ws + k, count);
      }
    }
  }
  dx[pixel * C + c] = sum_of(sum);
}

// get_global_id: 0 = vector of filters within all groups, 1 = filter element r,s,c.
kernel void convolution_direct_backward_weight(
    global const float* x,   // (N,H,W,C) read
    global const float* dy,  // (N,P,Q,K) read
    global float* dweight,   // (R,S,C/groups,K) overwritten
    CONVOLUTION_SIZES) {
  const int filters = K / groups;
  const int channels = C / groups;
  const int vectors = (filters + VECTOR - 1) / VECTOR;
  const int group = (int)get_global_id(0) / vectors;
  const int inGroup = (int)get_global_id(0) % vectors * VECTOR;
  const int k = group * filters + inGroup;
  const int count = min(VECTOR, filters - inGroup);
  const int element = (int)get_global_id(1);
  const int c = element % channels;
  const int s = element / channels % S;
  const int r = element / (channels * S);

  FLOATV sum = (FLOATV)(0.0f);
  for (int n = 0; n < N; n++) {
    FLOATV imageSum = (FLOATV)(0.0f);  // sums of sums: rounding grows with the longer of the two, not their product
    for (int p = 0; p < P; p++) {
      const int h = p * strideH - padH + r * dilationH;
      if (h < 0 || h >= H) {
        continue;
      }
      for (int q = 0; q < Q; q++) {
        const int w = q * strideW - padW + s * dilationW;
        if (w >= 0 && w < W) {
          const float value = x[((n * H + h) * W + w) * C + group * channels + c];
          imageSum += value * load_part(dy + ((n * P + p) * Q + q) * K + k, count);
        }
      }
    }
    sum += imageSum;
  }
  store_part(sum, dweight + element * K + k, count);
}
