// The other memory layout, for layout_times.c alone: images as (N,C,H,W), filters as (K,C,R,S), vectors along the columns
// of an image. One work-item a group, register blocks of filters x vectors of pixels, 24 accumulators as in
// convolution_blocked.cl.
//
// Columns are not multiples of a vector, and taps reach over the border. So images are first copied into planes with
// zeros around them, one plane for each remainder by the strides; a run of pixels of the output then reads one run of a
// plane under every tap, across the ends of rows, and the few sums that stand between two rows are not stored.

#ifndef VECTOR
#define VECTOR 16
#endif
#define JOIN_NAMES(a, b) a##b
#define JOIN(a, b) JOIN_NAMES(a, b)
#define FLOATV JOIN(float, VECTOR)
#define LOADV(pointer) JOIN(vload, VECTOR)(0, pointer)
#define STOREV(value, pointer) JOIN(vstore, VECTOR)(value, 0, pointer)

// Filters and vectors of pixels of one work-item of a correlation; filters and elements of one of backward-weight.
#ifndef FILTERS
#define FILTERS 6
#endif
#ifndef VECTORS
#define VECTORS 4
#endif
#define RUN (VECTORS * VECTOR)
#ifndef WEIGHT_FILTERS
#define WEIGHT_FILTERS 4
#endif
#ifndef WEIGHT_ELEMENTS
#define WEIGHT_ELEMENTS 6
#endif

inline float lanes(const FLOATV value) {
  float part[VECTOR];
  STOREV(value, part);
  for (int apart = VECTOR / 2; apart > 0; apart /= 2) {
    for (int i = 0; i < apart; i++) {
      part[i] += part[i + apart];
    }
  }
  return part[0];
}

// to[m; a,b; i,j] = x[m, i strideH + a - top, j strideW + b - left], 0 outside; m counts images and channels.
// get_global_id(0): m.
kernel void nchw_planes(
    global const float* x,  // (m,H,W) read
    global float* to,       // (m; strideH,strideW; rows,columns), apart floats from m to m, overwritten
    const int H,
    const int W,
    const int strideH,
    const int strideW,
    const int top,
    const int left,
    const int rows,
    const int columns,
    const int apart) {
  global const float* from = x + (long)get_global_id(0) * H * W;
  global float* plane = to + (long)get_global_id(0) * apart;
  for (int a = 0; a < strideH; a++) {
    for (int b = 0; b < strideW; b++, plane += rows * columns) {
      const int begin = b >= left ? 0 : (left - b + strideW - 1) / strideW;
      const int end = min(columns, (W + left - b + strideW - 1) / strideW);
      for (int i = 0; i < rows; i++) {
        const int h = i * strideH + a - top;
        global const float* row = from + h * W + b - left;
        global float* line = plane + i * columns;
        if (h < 0 || h >= H) {
          for (int j = 0; j < columns; j++) {
            line[j] = 0.0f;
          }
          continue;
        }
        for (int j = 0; j < begin; j++) {
          line[j] = 0.0f;
        }
        if (strideW == 1) {
          for (int j = begin; j < end; j++) {
            line[j] = row[j];
          }
        } else {
          for (int j = begin; j < end; j++) {
            line[j] = row[j * strideW];
          }
        }
        for (int j = max(begin, end); j < columns; j++) {
          line[j] = 0.0f;
        }
      }
    }
  }
  for (int i = strideH * strideW * rows * columns; i < apart; i++) {
    to[(long)get_global_id(0) * apart + i] = 0.0f;
  }
}

// packed[b,c,t,f] = weight[(b FILTERS + f) filterStep + c channelStep + element[t]], 0 behind the last filter.
// get_global_id: 0 = c, 1 = block b.
kernel void nchw_pack(
    global const float* weight,
    global float* packed,          // (blocks,C,taps,FILTERS) overwritten
    global const int* element,     // (taps) read
    const int C,
    const int K,
    const int taps,
    const int filterStep,
    const int channelStep) {
  const int c = (int)get_global_id(0);
  const int b = (int)get_global_id(1);
  for (int t = 0; t < taps; t++) {
    for (int f = 0; f < FILTERS; f++) {
      const int k = b * FILTERS + f;
      packed[((b * C + c) * taps + t) * FILTERS + f] =
          k < K ? weight[k * filterStep + c * channelStep + element[t]] : 0.0f;
    }
  }
}

// y[n,k, yH + i yStepH, yW + j yStepW] = sum over c,t of planes[n,c, i columns + j + at[t]] packed[k,c,t].
// get_global_id: 0 = block of filters, 1 = run of pixels i columns + j, 2 = n.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void nchw_correlation(
    global const float* restrict planes,  // (N,C,plane) read
    global const float* restrict packed,  // (blocks,C,taps,FILTERS) read
    global const int* restrict at,        // (taps) read
    global float* restrict y,             // (N,K,yRows,yColumns) overwritten, the pixels of the grid
    const int C,
    const int K,
    const int taps,
    const int plane,
    const int columns,  // from row to row of the grid in a plane
    const int gridH,
    const int gridW,
    const int yRows,
    const int yColumns,
    const int yStepH,
    const int yStepW,
    const int yH,
    const int yW) {
  const int k = (int)get_global_id(0) * FILTERS;
  const int first = (int)get_global_id(1) * RUN;
  const int n = (int)get_global_id(2);
  FLOATV sum[FILTERS][VECTORS];
#pragma unroll
  for (int f = 0; f < FILTERS; f++) {
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      sum[f][v] = (FLOATV)(0.0f);
    }
  }
  global const float* xs = planes + (long)n * C * plane + first;
  global const float* ws = packed + (long)k * C * taps;
  for (int c = 0; c < C; c++) {
    for (int t = 0; t < taps; t++) {
      FLOATV value[VECTORS];
#pragma unroll
      for (int v = 0; v < VECTORS; v++) {
        value[v] = LOADV(xs + at[t] + v * VECTOR);
      }
#pragma unroll
      for (int f = 0; f < FILTERS; f++) {
        const FLOATV w = (FLOATV)(ws[f]);
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
          sum[f][v] = fma(value[v], w, sum[f][v]);
        }
      }
      ws += FILTERS;
    }
    xs += plane;
  }
  const bool dense = columns == yColumns && yStepH == 1 && yStepW == 1;
  const int length = (gridH - 1) * columns + gridW;
#pragma unroll
  for (int f = 0; f < FILTERS; f++) {
    if (k + f >= K) {
      continue;
    }
    global float* to = y + ((long)n * K + k + f) * yRows * yColumns;
    if (dense && first + RUN <= length) {
#pragma unroll
      for (int v = 0; v < VECTORS; v++) {
        STOREV(sum[f][v], to + first + v * VECTOR);
      }
      continue;
    }
    float run[RUN];
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      STOREV(sum[f][v], run + v * VECTOR);
    }
    for (int i = first / columns; i < gridH && i * columns < first + RUN; i++) {
      const int begin = max(first - i * columns, 0);
      const int end = min(gridW, first + RUN - i * columns);
      global float* row = to + (i * yStepH + yH) * yColumns + yW;
      const float* from = run + (i * columns - first);
      if (yStepW == 1) {
        for (int j = begin; j < end; j++) {
          row[j] = from[j];
        }
      } else {
        for (int j = begin; j < end; j++) {
          row[j * yStepW] = from[j];
        }
      }
    }
  }
}

// parts[part,k,e] = sum over the part's n and all i of planes[n, at[e] + i] dy[n,k,i], e = element (c,r,s); dy lies in
// planes of the same columns with zeros between rows and at the end. Lanes are added at the end.
// get_global_id: 0 = block of elements, 1 = block of filters, 2 = part.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void nchw_backward_weight(
    global const float* restrict planes,  // (N,imageX) read
    global const float* restrict dy,      // (N,K,planeY) read, planeY a multiple of VECTOR
    global const int* restrict at,        // (elements) read
    global float* restrict parts,         // (parts,K,elements) overwritten
    const int N,
    const int K,
    const int elements,
    const int imageX,
    const int planeY,
    const int imagesPerPart) {
  const int e = (int)get_global_id(0) * WEIGHT_ELEMENTS;
  const int k = (int)get_global_id(1) * WEIGHT_FILTERS;
  const int part = (int)get_global_id(2);
  FLOATV sum[WEIGHT_FILTERS][WEIGHT_ELEMENTS];
  int offset[WEIGHT_ELEMENTS];
  int filter[WEIGHT_FILTERS];
#pragma unroll
  for (int f = 0; f < WEIGHT_FILTERS; f++) {
    filter[f] = min(k + f, K - 1) * planeY;
#pragma unroll
    for (int m = 0; m < WEIGHT_ELEMENTS; m++) {
      offset[m] = at[min(e + m, elements - 1)];
      sum[f][m] = (FLOATV)(0.0f);
    }
  }
  const int end = min(N, (part + 1) * imagesPerPart);
  for (int n = part * imagesPerPart; n < end; n++) {
    global const float* xs = planes + (long)n * imageX;
    global const float* ys = dy + (long)n * K * planeY;
    for (int i = 0; i < planeY; i += VECTOR) {
      FLOATV value[WEIGHT_ELEMENTS];
#pragma unroll
      for (int m = 0; m < WEIGHT_ELEMENTS; m++) {
        value[m] = LOADV(xs + offset[m] + i);
      }
#pragma unroll
      for (int f = 0; f < WEIGHT_FILTERS; f++) {
        const FLOATV gradient = LOADV(ys + filter[f] + i);
#pragma unroll
        for (int m = 0; m < WEIGHT_ELEMENTS; m++) {
          sum[f][m] = fma(value[m], gradient, sum[f][m]);
        }
      }
    }
  }
#pragma unroll
  for (int f = 0; f < WEIGHT_FILTERS; f++) {
#pragma unroll
    for (int m = 0; m < WEIGHT_ELEMENTS; m++) {
      if (k + f < K && e + m < elements) {
        parts[((long)part * K + k + f) * elements + e + m] = lanes(sum[f][m]);
      }
    }
  }
}

// dweight[i] = sum over parts of parts[part,i]. get_global_id: 0 = vector of elements.
kernel void nchw_sum(global const float* parts, global float* dweight, const int size, const int count) {
  const int i = (int)get_global_id(0) * VECTOR;
  if (i + VECTOR <= size) {
    FLOATV sum = LOADV(parts + i);
    for (int part = 1; part < count; part++) {
      sum += LOADV(parts + (long)part * size + i);
    }
    STOREV(sum, dweight + i);
    return;
  }
  for (int j = i; j < size; j++) {
    float sum = parts[j];
    for (int part = 1; part < count; part++) {
      sum += parts[(long)part * size + j];
    }
    dweight[j] = sum;
  }
}
