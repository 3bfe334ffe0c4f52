// Images as matrices (im2col): U[row, column] with row = window n,p,q of a run of images and column = r,s,c of one
// group, holds the input element under that filter element, 0 outside the image; and the way back (col2im).

#include "convolution.clh"

// get_global_id: 0 = column r,s,c, 1 = row, a window of the images from firstImage on.
kernel void unfold(
    global const float* x,  // (N,H,W,C) read
    global float* u,        // (images P Q, R S C/groups) overwritten
    CONVOLUTION_SIZES,
    const int firstImage,
    const int group) {
  const int channels = C / groups;
  const int column = (int)get_global_id(0);
  const int c = column % channels;
  const int s = column / channels % S;
  const int r = column / (channels * S);
  const int row = (int)get_global_id(1);
  const int q = row % Q;
  const int p = row / Q % P;
  const int n = firstImage + row / (P * Q);
  const int h = p * strideH - padH + r * dilationH;
  const int w = q * strideW - padW + s * dilationW;
  const bool inside = h >= 0 && h < H && w >= 0 && w < W;
  u[(long)row * (R * S * channels) + column] = inside ? x[((n * H + h) * W + w) * C + group * channels + c] : 0.0f;
}

// dx[n,h,w,c] = sum over r,s of dU at the window that sees (h,w) under (r,s).
// get_global_id: 0 = channel of the group, 1 = input pixel of the images from firstImage on.
kernel void fold(
    global const float* du,  // (images P Q, R S C/groups) read
    global float* dx,        // (N,H,W,C) overwritten, the channels of this group
    CONVOLUTION_SIZES,
    const int firstImage,
    const int group) {
  const int channels = C / groups;
  const int c = (int)get_global_id(0);
  const int pixel = (int)get_global_id(1);
  const int w = pixel % W;
  const int h = pixel / W % H;
  const int image = pixel / (H * W);
  float sum = 0.0f;
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
        sum += du[((long)(image * P + p) * Q + q) * (R * S * channels) + (r * S + s) * channels + c];
      }
    }
  }
  dx[((firstImage * H * W) + pixel) * C + group * channels + c] = sum;
}
