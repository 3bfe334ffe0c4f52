// The two layouts side by side: each pair computes the same from the same numbers.

#ifndef LAYOUT_TIMES_H
#define LAYOUT_TIMES_H

#include "runtime.h"

// Images of one size: N images of C channels of H x W pixels.
typedef struct {
  int N, C, H, W;
} Images;

static inline size_t floats_of(Images size) { return (size_t)size.N * (size_t)size.C * (size_t)size.H * (size_t)size.W; }

// (N,C,H,W) to (N,H,W,C) and back; filters (K,C,R,S) to (R,S,C,K) and back are images of another name.
float* channels_last(const float* from, Images size);
float* channels_first(const float* from, Images size);
float* filters_last(const float* from, int K, int C, int taps);
float* filters_first(const float* from, int K, int C, int taps);

// One thing computed in both layouts.
typedef struct {
  char name[64];
  double flops;  // 0: memory is what it takes
  double bytes;
  Pass nhwc, nchw;
  // Results, and how to bring that of nhwc into the order of the other.
  Floats result_nhwc, result_nchw;
  size_t count;
  Images size;                // of the result, as images
  int filters, channels, taps;  // of the result, as filters, where filters is above 0
} Pair;

typedef struct {
  int N, C, H, W, K, R, S, stride, pad;
} Shape;

void convolution_forward(Pair* pair, Shape shape);
void convolution_backward_data(Pair* pair, Shape shape);
void convolution_backward_weight(Pair* pair, Shape shape);
void batch_norm_forward(Pair* pair, Images size);
void batch_norm_backward(Pair* pair, Images size);
void pool_forward(Pair* pair, Images size, int window);
void pool_backward(Pair* pair, Images size, int window);

#endif
