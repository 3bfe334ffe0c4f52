// Batch normalisation with ReLU (training) and maximum pooling on images as (N,C,H,W), for layout_times.c alone:
// vectors along the pixels of a channel, one work-item a channel of an image, one a group.

#ifndef VECTOR
#define VECTOR 16
#endif
#define JOIN_NAMES(a, b) a##b
#define JOIN(a, b) JOIN_NAMES(a, b)
#define FLOATV JOIN(float, VECTOR)
#define LOADV(pointer) JOIN(vload, VECTOR)(0, pointer)
#define STOREV(value, pointer) JOIN(vstore, VECTOR)(value, 0, pointer)

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

// A channel of an image stays in L1, so that mean and squares take a pass each. get_global_id: 0 = c, 1 = n.
kernel void nchw_statistics(
    global const float* x,  // (N,C,pixels) read
    global float* partial,  // (2,N,C) overwritten: mean, sum of squared differences
    const int C,
    const int pixels) {
  const int c = (int)get_global_id(0);
  const int n = (int)get_global_id(1);
  global const float* from = x + ((long)n * C + c) * pixels;
  FLOATV sums[2] = {(FLOATV)(0.0f), (FLOATV)(0.0f)};
  int i = 0;
  for (; i + 2 * VECTOR <= pixels; i += 2 * VECTOR) {
    sums[0] += LOADV(from + i);
    sums[1] += LOADV(from + i + VECTOR);
  }
  float sum = lanes(sums[0] + sums[1]);
  for (; i < pixels; i++) {
    sum += from[i];
  }
  const float mean = sum / pixels;
  FLOATV squares[2] = {(FLOATV)(0.0f), (FLOATV)(0.0f)};
  for (i = 0; i + 2 * VECTOR <= pixels; i += 2 * VECTOR) {
    const FLOATV a = LOADV(from + i) - mean;
    const FLOATV b = LOADV(from + i + VECTOR) - mean;
    squares[0] += a * a;
    squares[1] += b * b;
  }
  float square = lanes(squares[0] + squares[1]);
  for (; i < pixels; i++) {
    square += (from[i] - mean) * (from[i] - mean);
  }
  partial[n * C + c] = mean;
  partial[((int)get_global_size(1) + n) * C + c] = square;
}

// get_global_id(0): c.
kernel void nchw_finish_statistics(
    global const float* partial,  // (2,N,C) read
    global float* saved,          // (2,C) overwritten: mean, inverse
    const int N,
    const int C,
    const int pixels,
    const float epsilon) {
  const int c = (int)get_global_id(0);
  float mean = partial[c];
  float squares = partial[N * C + c];
  for (int n = 1; n < N; n++) {
    const float delta = partial[n * C + c] - mean;
    mean += delta / (n + 1);
    squares += partial[(N + n) * C + c] + delta * delta * pixels * n / (n + 1);
  }
  saved[c] = mean;
  saved[C + c] = 1.0f / sqrt(squares / ((float)N * pixels) + epsilon);
}

// get_global_id: 0 = c, 1 = n.
kernel void nchw_normalise(
    global const float* x,
    global const float* gamma,
    global const float* beta,
    global const float* saved,
    global float* y,  // (N,C,pixels) overwritten
    const int C,
    const int pixels) {
  const int c = (int)get_global_id(0);
  const long start = ((long)get_global_id(1) * C + c) * pixels;
  const float mean = saved[c];
  const float slope = gamma[c] * saved[C + c];
  const float shift = beta[c];
  int i = 0;
  for (; i + VECTOR <= pixels; i += VECTOR) {
    const FLOATV value = (LOADV(x + start + i) - mean) * slope + shift;
    STOREV(select(value, (FLOATV)(0.0f), value < 0.0f), y + start + i);
  }
  for (; i < pixels; i++) {
    const float value = (x[start + i] - mean) * slope + shift;
    y[start + i] = value < 0.0f ? 0.0f : value;
  }
}

// get_global_id: 0 = c, 1 = n.
kernel void nchw_gradient_sums(
    global const float* x,
    global const float* y,
    global const float* dy,
    global const float* saved,
    global float* partial,  // (2,N,C) overwritten: sum g, sum g (x - mean)
    const int C,
    const int pixels) {
  const int c = (int)get_global_id(0);
  const int n = (int)get_global_id(1);
  const long start = ((long)n * C + c) * pixels;
  const float mean = saved[c];
  FLOATV sums = (FLOATV)(0.0f);
  FLOATV products = (FLOATV)(0.0f);
  int i = 0;
  for (; i + VECTOR <= pixels; i += VECTOR) {
    const FLOATV g = select((FLOATV)(0.0f), LOADV(dy + start + i), LOADV(y + start + i) > 0.0f);
    sums += g;
    products += g * (LOADV(x + start + i) - mean);
  }
  float sum = lanes(sums);
  float product = lanes(products);
  for (; i < pixels; i++) {
    const float g = y[start + i] > 0.0f ? dy[start + i] : 0.0f;
    sum += g;
    product += g * (x[start + i] - mean);
  }
  partial[n * C + c] = sum;
  partial[((int)get_global_size(1) + n) * C + c] = product;
}

// get_global_id(0): c.
kernel void nchw_finish_sums(
    global const float* partial,
    global const float* saved,
    global float* dgamma,
    global float* dbeta,
    const int N,
    const int C) {
  const int c = (int)get_global_id(0);
  float sum = 0.0f;
  float product = 0.0f;
  for (int n = 0; n < N; n++) {
    sum += partial[n * C + c];
    product += partial[(N + n) * C + c];
  }
  dgamma[c] = product * saved[C + c];
  dbeta[c] = sum;
}

// get_global_id: 0 = c, 1 = n.
kernel void nchw_gradient(
    global const float* x,
    global const float* y,
    global const float* gamma,
    global const float* dy,
    global const float* saved,
    global const float* dgamma,
    global const float* dbeta,
    global float* dx,  // (N,C,pixels) overwritten
    const int N,
    const int C,
    const int pixels) {
  const int c = (int)get_global_id(0);
  const long start = ((long)get_global_id(1) * C + c) * pixels;
  const float part = 1.0f / ((float)N * pixels);
  const float mean = saved[c];
  const float slope = gamma[c] * saved[C + c];
  const float share = dbeta[c] * part;
  const float tilt = dgamma[c] * saved[C + c] * part;
  int i = 0;
  for (; i + VECTOR <= pixels; i += VECTOR) {
    const FLOATV g = select((FLOATV)(0.0f), LOADV(dy + start + i), LOADV(y + start + i) > 0.0f);
    STOREV(slope * (g - share - (LOADV(x + start + i) - mean) * tilt), dx + start + i);
  }
  for (; i < pixels; i++) {
    const float g = y[start + i] > 0.0f ? dy[start + i] : 0.0f;
    dx[start + i] = slope * (g - share - (x[start + i] - mean) * tilt);
  }
}

// Pooling with windows of SIZE x SIZE, 2 or 3, stride 2, a border of PAD. Columns of x are taken as even and odd ones of
// two vectors; what a vector cannot do is done singly. BORDER: columns at the left that are.
#ifndef SIZE
#define SIZE 2
#endif
#define PAD (SIZE / 2 - 1 + SIZE % 2)
#define UCHARV JOIN(uchar, VECTOR)
#define INTV JOIN(int, VECTOR)
#define TO_INTS JOIN(convert_int, VECTOR)
#define TO_BYTES JOIN(convert_uchar, VECTOR)

inline void take(const FLOATV value, const int place, FLOATV* largest, INTV* found) {
  const INTV better = (value > *largest) | (value != value);
  *largest = select(*largest, value, better);
  *found = select(*found, (INTV)(place), better);
}

inline void pool_pixel(
    global const float* from, global float* y, global uchar* at, const int H, const int W, const int p, const int q) {
  float largest = -INFINITY;
  int found = 0;
  for (int r = max(0, PAD - 2 * p); r < min(SIZE, H + PAD - 2 * p); r++) {
    for (int s = max(0, PAD - 2 * q); s < min(SIZE, W + PAD - 2 * q); s++) {
      const float value = from[(2 * p - PAD + r) * W + 2 * q - PAD + s];
      if (value > largest) {
        largest = value;
        found = r * SIZE + s;
      }
    }
  }
  *y = largest;
  *at = (uchar)found;
}

// get_global_id(0): channel of an image.
kernel void nchw_pool(
    global const float* x,  // (m,H,W) read
    global float* y,        // (m,P,Q) overwritten
    global uchar* at,       // (m,P,Q) overwritten
    const int H,
    const int W,
    const int P,
    const int Q) {
  global const float* from = x + (long)get_global_id(0) * H * W;
  const long start = (long)get_global_id(0) * P * Q;
  for (int p = 0; p < P; p++) {
    const long row = start + (long)p * Q;
    int q = 0;
    for (; q < PAD; q++) {
      pool_pixel(from, y + row + q, at + row + q, H, W, p, q);
    }
    for (; q + VECTOR <= Q && 2 * (q + VECTOR) <= W; q += VECTOR) {
      FLOATV largest = (FLOATV)(-INFINITY);
      INTV found = (INTV)(0);
      for (int r = max(0, PAD - 2 * p); r < min(SIZE, H + PAD - 2 * p); r++) {
        global const float* line = from + (2 * p - PAD + r) * W + 2 * q;
        const FLOATV a = LOADV(line);
        const FLOATV b = LOADV(line + VECTOR);
        FLOATV even;
        FLOATV odd;
        even.lo = a.even;
        even.hi = b.even;
        odd.lo = a.odd;
        odd.hi = b.odd;
#if SIZE == 3
        const FLOATV c = LOADV(line - 2);
        const FLOATV d = LOADV(line + VECTOR - 2);
        FLOATV before;
        before.lo = c.odd;
        before.hi = d.odd;
        take(before, r * SIZE, &largest, &found);
        take(even, r * SIZE + 1, &largest, &found);
        take(odd, r * SIZE + 2, &largest, &found);
#else
        take(even, r * SIZE, &largest, &found);
        take(odd, r * SIZE + 1, &largest, &found);
#endif
      }
      STOREV(largest, y + row + q);
      STOREV(TO_BYTES(found), at + row + q);
    }
    for (; q < Q; q++) {
      pool_pixel(from, y + row + q, at + row + q, H, W, p, q);
    }
  }
}

inline float gradient_pixel(
    global const float* dy, global const uchar* at, const int P, const int Q, const int h, const int w) {
  float sum = 0.0f;
  for (int p = max(0, (h + PAD - SIZE + 2) / 2); p <= min(P - 1, (h + PAD) / 2); p++) {
    for (int q = max(0, (w + PAD - SIZE + 2) / 2); q <= min(Q - 1, (w + PAD) / 2); q++) {
      sum += at[p * Q + q] == (h + PAD - 2 * p) * SIZE + w + PAD - 2 * q ? dy[p * Q + q] : 0.0f;
    }
  }
  return sum;
}

inline FLOATV share(global const float* dy, global const uchar* at, const int place) {
  return select((FLOATV)(0.0f), LOADV(dy), TO_INTS(LOADV(at)) == place);
}

// get_global_id(0): channel of an image.
kernel void nchw_pool_gradient(
    global const float* dy,  // (m,P,Q) read
    global const uchar* at,  // (m,P,Q) read
    global float* dx,        // (m,H,W) overwritten
    const int H,
    const int W,
    const int P,
    const int Q) {
  const long start = (long)get_global_id(0) * P * Q;
  for (int h = 0; h < H; h++) {
    global float* line = dx + ((long)get_global_id(0) * H + h) * W;
    const int begin = max(0, (h + PAD - SIZE + 2) / 2);
    const int end = min(P, (h + PAD) / 2 + 1);
    int q = 0;
    for (; q + VECTOR + PAD <= Q && 2 * (q + VECTOR) <= W; q += VECTOR) {
      FLOATV even = (FLOATV)(0.0f);
      FLOATV odd = (FLOATV)(0.0f);
      for (int p = begin; p < end; p++) {
        const int place = (h + PAD - 2 * p) * SIZE + PAD;
        const long out = start + p * Q + q;
        even += share(dy + out, at + out, place);
        odd += share(dy + out, at + out, place + 1);
#if SIZE == 3
        odd += share(dy + out + 1, at + out + 1, place - 1);
#endif
      }
      FLOATV a;
      FLOATV b;
      a.even = even.lo;
      a.odd = odd.lo;
      b.even = even.hi;
      b.odd = odd.hi;
      STOREV(a, line + 2 * q);
      STOREV(b, line + 2 * q + VECTOR);
    }
    for (int w = 2 * q; w < W; w++) {
      line[w] = gradient_pixel(dy + start, at + start, P, Q, h, w);
    }
  }
}
