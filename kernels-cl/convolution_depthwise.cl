// Depthwise convolution (groups = C = K): every channel has one filter of its own, so vectors run along channels.
//
//   forward           y[n,p,q,c]   = f(bias[c] + sum over r,s of x[n,h,w,c] weight[r,s,c])
//   backward data     dx[n,h,w,c]  = sum over r,s of dy[n,p,q,c] weight[r,s,c]
//   backward weight   dw[r,s,c]    = sum over n,p,q of x[n,h,w,c] dy[n,p,q,c]
//   with h = p strideH - padH + r dilationH, w = q strideW - padW + s dilationW inside the image.
//
// One work-item computes one vector of channels at one place, adding in the order written above. Work-items share
// nothing; groups are the driver's choice.

#include "activation.clh"
#include "convolution.clh"
#include "vector.clh"

// get_global_id: 0 = vector of channels, 1 = output pixel n,p,q.
kernel void convolution_depthwise_forward(
    global const float* x,       // (N,H,W,C) read
    global const float* weight,  // (R,S,C) read
    global const float* bias,    // (C) read, or null
    global float* y,             // (N,P,Q,C) overwritten
    CONVOLUTION_SIZES,
    const float alpha) {
  const int c = (int)get_global_id(0) * VECTOR;
  const int count = min(VECTOR, C - c);
  const int pixel = (int)get_global_id(1);
  const int q = pixel % Q;
  const int p = pixel / Q % P;
  const int n = pixel / (P * Q);

  FLOATV sum = bias ? load_part(bias + c, count) : (FLOATV)(0.0f);
  for (int r = 0; r < R; r++) {
    const int h = p * strideH - padH + r * dilationH;
    if (h < 0 || h >= H) {
      continue;
    }
    for (int s = 0; s < S; s++) {
      const int w = q * strideW - padW + s * dilationW;
      if (w >= 0 && w < W) {
        sum += load_part(x + ((n * H + h) * W + w) * C + c, count) * load_part(weight + (r * S + s) * C + c, count);
      }
    }
  }
  float part[VECTOR];
  STOREV(sum, part);
  for (int i = 0; i < count; i++) {
    y[pixel * C + c + i] = activate(part[i], alpha);
  }
}

// get_global_id: 0 = vector of channels, 1 = input pixel n,h,w.
kernel void convolution_depthwise_backward_data(
    global const float* dy,      // (N,P,Q,C) read
    global const float* weight,  // (R,S,C) read
    global float* dx,            // (N,H,W,C) overwritten
    CONVOLUTION_SIZES) {
  const int c = (int)get_global_id(0) * VECTOR;
  const int count = min(VECTOR, C - c);
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
      if (left >= 0 && left % strideW == 0 && q < Q) {
        sum += load_part(dy + ((n * P + p) * Q + q) * C + c, count) * load_part(weight + (r * S + s) * C + c, count);
      }
    }
  }
  store_part(sum, dx + pixel * C + c, count);
}

// get_global_id: 0 = vector of channels, 1 = filter element r,s.
kernel void convolution_depthwise_backward_weight(
    global const float* x,   // (N,H,W,C) read
    global const float* dy,  // (N,P,Q,C) read
    global float* dweight,   // (R,S,C) overwritten
    CONVOLUTION_SIZES) {
  const int c = (int)get_global_id(0) * VECTOR;
  const int count = min(VECTOR, C - c);
  const int s = (int)get_global_id(1) % S;
  const int r = (int)get_global_id(1) / S;

  FLOATV sum = (FLOATV)(0.0f);
  for (int n = 0; n < N; n++) {
    FLOATV imageSum = (FLOATV)(0.0f);
    for (int p = 0; p < P; p++) {
      const int h = p * strideH - padH + r * dilationH;
      if (h < 0 || h >= H) {
        continue;
      }
      for (int q = 0; q < Q; q++) {
        const int w = q * strideW - padW + s * dilationW;
        if (w >= 0 && w < W) {
          imageSum += load_part(x + ((n * H + h) * W + w) * C + c, count) *
                      load_part(dy + ((n * P + p) * Q + q) * C + c, count);
        }
      }
    }
    sum += imageSum;
  }
  store_part(sum, dweight + (r * S + s) * C + c, count);
}
