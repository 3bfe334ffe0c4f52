// Matrix product with strides: c[i,j] = f(bias[j] + sum over l of a[i,l] b[l,j]), or the sum added to c.
//   a[i,l] = a[i aRow + l aColumn], b[l,j] = b[l bRow + j bColumn], c[i,j] = c[i cRow + j]
// so that transposes and the columns of one group need no copies.
//
// One work-item: ROWS x VECTOR elements of c; get_global_id: 0 = vector of columns, 1 = block of rows. Sums run over l
// in order. Work-items share nothing; groups are the driver's choice.

#include "activation.clh"
#include "vector.clh"

#define ROWS 4

inline FLOATV load_row(global const float* b, const int column, const int count) {
  if (column == 1) {
    return load_part(b, count);
  }
  float part[VECTOR];
  for (int i = 0; i < VECTOR; i++) {
    part[i] = i < count ? b[(long)i * column] : 0.0f;
  }
  return LOADV(part);
}

kernel void gemm(
    global const float* a,     // (M,L) by strides, read
    global const float* b,     // (L,J) by strides, read
    global const float* bias,  // (J) read, or null
    global float* c,           // (M,J) overwritten, or added to
    const int M,
    const int J,
    const int L,
    const int aStart,
    const int aRow,
    const int aColumn,
    const int bStart,
    const int bRow,
    const int bColumn,
    const int biasStart,
    const int cStart,
    const int cRow,
    const int add,
    const float alpha) {
  const int j = (int)get_global_id(0) * VECTOR;
  const int i = (int)get_global_id(1) * ROWS;
  const int count = min(VECTOR, J - j);
  FLOATV sum[ROWS];
  for (int m = 0; m < ROWS; m++) {
    sum[m] = (FLOATV)(0.0f);
  }
  for (int l = 0; l < L; l++) {
    const FLOATV row = load_row(b + bStart + (long)l * bRow + (long)j * bColumn, bColumn, count);
    for (int m = 0; m < ROWS; m++) {
      const int last = min(i + m, M - 1);
      sum[m] += a[aStart + (long)last * aRow + (long)l * aColumn] * row;
    }
  }
  for (int m = 0; m < ROWS && i + m < M; m++) {
    float part[VECTOR];
    STOREV(sum[m], part);
    for (int v = 0; v < count; v++) {
      const long at = cStart + (long)(i + m) * cRow + j + v;
      const float start = add ? c[at] : bias ? bias[biasStart + j + v] : 0.0f;
      c[at] = activate(start + part[v], alpha);
    }
  }
}
