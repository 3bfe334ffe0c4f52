// Times (N,H,W,C) against (N,C,H,W), turn by turn, with random numbers, and compares what both compute; no test.
//
//   GABOR_PLATFORM=Portable layout_times [TURNS [SHARE [ONLY]]]
//
// TURNS, 15 unless given: the median is printed. SHARE, 1 unless given: batches are that many times smaller. ONLY: a part
// of the names of what is timed. What (N,C,H,W)
// copies into planes and packs is part of its time; "sums alone" is the time without it, as if images always lay so.

#include "layout_times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TURNS 101
#define BOUND 1e-4

float* channels_last(const float* from, Images size) {
  const int pixels = size.H * size.W;
  float* to = host(floats_of(size) * sizeof(float));
  for (int n = 0; n < size.N; n++) {
    for (int c = 0; c < size.C; c++) {
      for (int i = 0; i < pixels; i++) {
        to[(n * pixels + i) * size.C + c] = from[(n * size.C + c) * pixels + i];
      }
    }
  }
  return to;
}

float* channels_first(const float* from, Images size) {
  return channels_last(from, (Images){size.N, size.H * size.W, size.C, 1});
}

// (K,C,taps) to (taps,C,K).
float* filters_last(const float* from, int K, int C, int taps) {
  float* to = host((size_t)(K * C * taps) * sizeof(float));
  for (int k = 0; k < K; k++) {
    for (int c = 0; c < C; c++) {
      for (int t = 0; t < taps; t++) {
        to[(t * C + c) * K + k] = from[(k * C + c) * taps + t];
      }
    }
  }
  return to;
}

float* filters_first(const float* from, int K, int C, int taps) { return filters_last(from, taps, C, K); }

// Ends the program where the layouts disagree.
static void compare(const Pair* pair) {
  float* raw = host(pair->result_nhwc.count * sizeof(float));
  float* first = host(pair->result_nchw.count * sizeof(float));
  read_floats(pair->result_nhwc, raw);
  read_floats(pair->result_nchw, first);
  const float* last = pair->filters > 0 ? filters_first(raw, pair->filters, pair->channels, pair->taps)
                                        : channels_first(raw, pair->size);
  double largest = 0;
  double apart = 0;
  for (size_t i = 0; i < pair->count; i++) {
    largest = fmax(largest, fabs((double)last[i]));
    const double difference = fabs((double)last[i] - (double)first[i]);
    apart = difference <= apart ? apart : difference;  // a NaN stays
  }
  if (!(apart <= BOUND * largest) || !(largest > 0)) {
    give_up("%s: the layouts are %g apart, of at most %g", pair->name, apart, largest);
  }
}

static const char* only = "";

static void time_pair(Pair* pair, int turns) {
  if (!strstr(pair->name, only)) {
    release_all();
    return;
  }
  double nhwc[MOST_TURNS];
  double nchw[MOST_TURNS];
  double sums[MOST_TURNS];
  for (int turn = -2; turn < turns; turn++) {
    const double a = run_once(&pair->nhwc, 0);
    const double b = run_once(&pair->nchw, 0);
    const double c = run_once(&pair->nchw, pair->nchw.preparing);
    if (turn >= 0) {
      nhwc[turn] = a;
      nchw[turn] = b;
      sums[turn] = c;
    }
  }
  compare(pair);
  const double a = median(nhwc, turns);
  const double b = median(nchw, turns);
  const double c = median(sums, turns);
  const double work = pair->flops > 0 ? pair->flops * 1e-6 : pair->bytes * 1e-6;
  printf("%-44s %9.3f %7.1f %9.3f %7.1f %9.3f %7.2f %7.2f\n", pair->name, a, work / a, b, work / b, c, b / a, c / a);
  fflush(stdout);
  release_all();
}

static int fewer(int images, int share) { return images / share > 0 ? images / share : 1; }

static void time_convolutions(int turns, int share) {
  const Shape shapes[] = {
      {32, 32, 28, 28, 64, 3, 3, 1, 1},  {16, 64, 56, 56, 64, 3, 3, 1, 1}, {16, 256, 14, 14, 256, 3, 3, 1, 1},
      {16, 512, 7, 7, 512, 3, 3, 1, 1},  {16, 256, 56, 56, 64, 1, 1, 1, 0}, {8, 3, 224, 224, 64, 7, 7, 2, 3},
  };
  void (*const passes[])(Pair*, Shape) = {convolution_forward, convolution_backward_data, convolution_backward_weight};
  for (size_t i = 0; i < COUNT_OF(shapes); i++) {
    Shape shape = shapes[i];
    shape.N = fewer(shape.N, share);
    for (size_t j = 0; j < COUNT_OF(passes); j++) {
      Pair pair = {.flops = 0};
      passes[j](&pair, shape);
      time_pair(&pair, turns);
    }
  }
}

static void time_images(int turns, int share) {
  const Images normalised[] = {{16, 64, 56, 56}, {16, 256, 14, 14}, {16, 512, 7, 7}};
  for (size_t i = 0; i < COUNT_OF(normalised); i++) {
    Images size = normalised[i];
    size.N = fewer(size.N, share);
    Pair forward = {.flops = 0};
    batch_norm_forward(&forward, size);
    time_pair(&forward, turns);
    Pair backward = {.flops = 0};
    batch_norm_backward(&backward, size);
    time_pair(&backward, turns);
  }
  const Images pooled[] = {{64, 32, 28, 28}, {8, 64, 112, 112}};
  const int windows[] = {2, 3};
  for (size_t i = 0; i < COUNT_OF(pooled); i++) {
    Images size = pooled[i];
    size.N = fewer(size.N, share);
    Pair forward = {.flops = 0};
    pool_forward(&forward, size, windows[i]);
    time_pair(&forward, turns);
    Pair backward = {.flops = 0};
    pool_backward(&backward, size, windows[i]);
    time_pair(&backward, turns);
  }
}

int main(int count, char** arguments) {
  const int turns = count > 1 ? atoi(arguments[1]) : 15;
  const int share = count > 2 ? atoi(arguments[2]) : 1;
  only = count > 3 ? arguments[3] : "";
  if (turns < 1 || turns > MOST_TURNS || share < 1) {
    give_up("usage: layout_times [TURNS [SHARE [ONLY]]], TURNS from 1 to %d, SHARE at least 1", MOST_TURNS);
  }
  begin_case("layout_times");
  printf("%s, vectors of %d, median of %d turns; rates: GFLOP/s, or GB/s of what must be read and written\n",
         device()->name, vector_length(), turns);
  printf("%-44s %9s %7s %9s %7s %9s %7s %7s\n", "", "NHWC ms", "rate", "NCHW ms", "rate", "sums ms", "NCHW/", "sums/");
  time_convolutions(turns, share);
  time_images(turns, share);
  return 0;
}
