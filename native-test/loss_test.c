// Losses with their gradients, the count of right answers and the numbers of a training step.

#include <math.h>

#include "harness.h"

#define BOUND 8e-6

// A row in vectors of at most 16 floats, and one vector.
#define KEPT_BYTES(C) (((size_t)(C) + 15 + 16) * sizeof(float))

typedef enum { MEAN_SQUARED_ERROR, L1, HUBER, BINARY_CROSS_ENTROPY } Elements;

// The kernels of cross-entropy.
typedef enum { KEPT, PLAIN, PIPELINED } Way;
static const char* const KERNELS[] = {"loss_cross_entropy", "loss_cross_entropy_plain", "loss_cross_entropy_pipelined"};

// log of the softmax of class c.
static double log_softmax(const float* x, int C, int c) {
  double largest = -INFINITY;
  double sum = 0;
  for (int i = 0; i < C; i++) {
    largest = fmax(largest, (double)x[i]);
  }
  for (int i = 0; i < C; i++) {
    sum += exp((double)x[i] - largest);
  }
  return (double)x[c] - largest - log(sum);
}

// Weights of the classes, or null for none.
static const float* class_weights_of(int C, bool weighted) { return weighted ? uniform((size_t)C, 0.5F, 2) : NULL; }

// The number of samples divided by the sum of their classes' weights.
static double batch_scale(const float* classes, const float* weights, int N, int C) {
  double sum = 0;
  for (int n = 0; n < N; n++) {
    const bool known = classes[n] >= 0 && classes[n] < (float)C;
    sum += known ? (double)weights[(int)classes[n]] : 0;
  }
  return N / sum;
}

static void pass_class_weights(Kernel* kernel, const float* weights, int C) {
  pass(kernel, weights ? input("class weights", weights, (size_t)C) : NULL);
}

// Groups of so many items, a sample each, or of one item that walks as many samples.
static void run_cross_entropy(Way way, Kernel* kernel, int N, int C, size_t items, bool soft, float smoothing) {
  pass_local(kernel, (way == PIPELINED ? 1 : items) * sizeof(float));
  if (way != PLAIN) {
    pass_local(kernel, KEPT_BYTES(C));
  }
  if (way == PIPELINED) {
    const int samples = (int)items;
    pass_local(kernel, KEPT_BYTES(C));
    INTEGERS(kernel, N, samples, C);
    RUN_GROUPS(kernel, (N + samples - 1) / samples, 1, 1, 1, 1, 1);
    return;
  }
  INTEGERS(kernel, C, N % 2, soft);
  pass_float(kernel, smoothing);
  RUN_GROUPS(kernel, N, 1, 1, items, 1, 1);
}

static void try_cross_entropy(Way way, int N, int C, size_t items, bool soft, float smoothing, bool weighted) {
  begin_case("loss cross-entropy: %s N=%d C=%d items=%zu soft=%d smoothing=%g weighted=%d", KERNELS[way], N, C, items,
             soft, (double)smoothing, weighted);
  const size_t size = (size_t)(N * C);
  const float* x = uniform(size, -9, 9);
  float* classes = whole_numbers((size_t)N, 0, C - 1);
  classes[N - 1] = (float)(N > 1 ? C : 0);  // none of the classes: NaN
  const float* target = soft ? uniform(size, 0, 1) : classes;
  const float* weights_of_classes = class_weights_of(C, weighted);
  Buffer* losses = output("losses", (size_t)N);
  Buffer* dx = output("dprediction", size);
  Kernel kernel = kernel_of(way == PIPELINED ? KERNELS[way] : "loss_cross_entropy", "", KERNELS[way]);
  pass(&kernel, input("prediction", x, size));
  pass(&kernel, input("target", target, soft ? size : (size_t)N));
  pass_class_weights(&kernel, weights_of_classes, C);
  pass(&kernel, losses);
  pass(&kernel, dx);
  run_cross_entropy(way, &kernel, N, C, items, soft, smoothing);

  double* expected = doubles((size_t)N);
  double* gradient = doubles(size);
  const double scale = weighted && !soft ? batch_scale(classes, weights_of_classes, N, C) : 1;
  for (int n = 0; n < N; n++) {
    double weights = 0;
    for (int pass_number = 0; pass_number < 2; pass_number++) {
      for (int c = 0; c < C; c++) {
        const double one_hot = classes[n] >= (float)C ? (double)NAN : (int)classes[n] == c;
        const double share = (1 - (double)smoothing) * (soft ? (double)target[n * C + c] : one_hot) + (double)smoothing / C;
        const double q = share * (weighted ? scale * (double)weights_of_classes[c] : 1);
        const double log_value = log_softmax(x + n * C, C, c);
        if (pass_number == 0) {
          expected[n] -= q * log_value;
          weights += q;
        } else {
          gradient[n * C + c] = (exp(log_value) * weights - q) / N;
        }
      }
    }
  }
  expect(losses, expected, (size_t)N, BOUND);
  expect(dx, gradient, size, BOUND);
  end_case();
}

static void try_likelihood(int N, int C, size_t items, bool weighted) {
  begin_case("loss likelihood: N=%d C=%d items=%zu weighted=%d", N, C, items, weighted);
  const size_t size = (size_t)(N * C);
  const float* x = whole_numbers(size, -9, 0);
  float* classes = whole_numbers((size_t)N, 0, C - 1);
  classes[0] = N > 1 ? -1 : 0;
  const float* weights = class_weights_of(C, weighted);
  Buffer* losses = output("losses", (size_t)N);
  Buffer* in_place = updated("prediction", x, size);
  Kernel kernel = kernel_of("loss_likelihood", "", "loss_likelihood");
  pass(&kernel, in_place);
  pass(&kernel, input("target", classes, (size_t)N));
  pass_class_weights(&kernel, weights, C);
  pass(&kernel, losses);
  pass(&kernel, in_place);
  pass_local(&kernel, items * sizeof(float));
  INTEGERS(&kernel, C, N % 2);
  RUN_GROUPS(&kernel, N, 1, 1, items, 1, 1);
  double* expected = doubles((size_t)N);
  double* gradient = doubles(size);
  const double scale = weighted ? batch_scale(classes, weights, N, C) : 1;
  for (int n = 0; n < N; n++) {
    const double weight = weighted && classes[n] >= 0 ? scale * (double)weights[(int)classes[n]] : 1;
    expected[n] = classes[n] < 0 ? (double)NAN : -weight * (double)x[n * C + (int)classes[n]];
    for (int c = 0; c < C; c++) {
      gradient[n * C + c] = classes[n] < 0 ? (double)NAN : (int)classes[n] == c ? -weight / N : 0;
    }
  }
  expect(losses, expected, (size_t)N, weighted ? BOUND : 0);
  expect(in_place, gradient, size, weighted ? BOUND : 1e-7);
  end_case();
}

static double element_loss(Elements kind, double x, double t, double delta) {
  const double distance = fabs(x - t);
  switch (kind) {
    case MEAN_SQUARED_ERROR: return distance * distance;
    case L1: return distance;
    case HUBER: return distance <= delta ? distance * distance / 2 : delta * (distance - delta / 2);
    default: return fmax(x, 0) - x * t + log1p(exp(-fabs(x)));
  }
}

static double element_slope(Elements kind, double x, double t, double delta) {
  const double difference = x - t;
  switch (kind) {
    case MEAN_SQUARED_ERROR: return 2 * difference;
    case L1: return (difference > 0) - (difference < 0);
    case HUBER: return fmin(fmax(difference, -delta), delta);
    default: return 1 / (1 + exp(-x)) - t;
  }
}

static void try_elements(Elements kind, int N, int elements, size_t items) {
  begin_case("loss of elements: kind=%d N=%d elements=%d items=%zu", kind, N, elements, items);
  const size_t size = (size_t)(N * elements);
  float* x = uniform(size, -3, 3);
  const float* target = uniform(size, 0, 1);
  x[size / 2] = target[size / 2];
  Buffer* losses = output("losses", (size_t)N);
  Buffer* dx = output("dprediction", size);
  Kernel kernel = kernel_of("loss_elements", "", "loss_elements");
  pass(&kernel, input("prediction", x, size));
  pass(&kernel, input("target", target, size));
  pass(&kernel, losses);
  pass(&kernel, dx);
  pass_local(&kernel, items * sizeof(float));
  INTEGERS(&kernel, elements, N % 2, kind);
  pass_float(&kernel, 1.5F);
  RUN_GROUPS(&kernel, N, 1, 1, items, 1, 1);
  double* expected = doubles((size_t)N);
  double* gradient = doubles(size);
  for (int i = 0; i < (int)size; i++) {
    expected[i / elements] += element_loss(kind, (double)x[i], (double)target[i], 1.5) / elements;
    gradient[i] = element_slope(kind, (double)x[i], (double)target[i], 1.5) / elements / N;
  }
  expect(losses, expected, (size_t)N, BOUND);
  expect(dx, gradient, size, BOUND / elements);
  end_case();
}

static int first_largest(const float* x, int C) {
  int best = 0;
  for (int c = 1; c < C; c++) {
    best = x[c] > x[best] ? c : best;
  }
  return best;
}

// The right answers, then the mean loss and their number in a row of a history of three.
static void try_numbers(int N, int C, size_t items, bool soft) {
  begin_case("loss numbers: N=%d C=%d items=%zu soft=%d", N, C, items, soft);
  const float* x = whole_numbers((size_t)(N * C), 0, 3);
  const float* target = soft ? whole_numbers((size_t)(N * C), 0, 3) : whole_numbers((size_t)N, 0, C - 1);
  Buffer* correct = output("correct", (size_t)N);
  Kernel count = kernel_of("loss", "", "loss_correct");
  pass(&count, input("prediction", x, (size_t)(N * C)));
  pass(&count, input("target", target, (size_t)(soft ? N * C : N)));
  pass(&count, correct);
  pass_local(&count, items * sizeof(float));
  INTEGERS(&count, C, soft);
  RUN_GROUPS(&count, N, 1, 1, items, 1, 1);
  const float* losses = whole_numbers((size_t)N, 0, 9);
  const float before[6] = {1, 2, 3, 4, 5, 6};
  Buffer* history = updated("history", before, 6);
  Kernel summary = kernel_of("loss", "", "loss_summary");
  pass(&summary, input("losses", losses, (size_t)N));
  pass(&summary, correct);
  pass(&summary, history);
  pass_local(&summary, items * sizeof(float));
  INTEGERS(&summary, N, 1);
  RUN_GROUPS(&summary, 1, 1, 1, items, 1, 1);
  double* expected = doubles((size_t)N);
  double row[6] = {1, 2, 0, 0, 5, 6};
  for (int n = 0; n < N; n++) {
    const int wanted = soft ? first_largest(target + n * C, C) : (int)target[n];
    expected[n] = first_largest(x + n * C, C) == wanted;
    row[2] += (double)losses[n] / N;
    row[3] += expected[n];
  }
  expect(correct, expected, (size_t)N, 0);
  expect(history, row, 6, 1e-6);
  end_case();
}

int main(void) {
  const int sizes[][2] = {{1, 1}, {3, 7}, {2, 33}};
  const size_t items[] = {1, 6, 8};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    for (size_t j = 0; j < COUNT_OF(items); j++) {
      const int N = sizes[i][0];
      const int C = sizes[i][1];
      for (int weighted = 0; weighted < 2; weighted++) {
        for (Way way = KEPT; way <= PLAIN; way++) {
          try_cross_entropy(way, N, C, items[j], false, 0, weighted);
          try_cross_entropy(way, N, C, items[j], false, 0.1F, weighted);
          try_cross_entropy(way, N, C, items[j], true, 0.1F, weighted);
        }
        try_cross_entropy(PIPELINED, 3 * N, 16 + C, items[j], false, 0, weighted);
        try_likelihood(N, C, items[j], weighted);
      }
      try_numbers(N, C, items[j], false);
      try_numbers(7 * N, C, items[j], true);
      for (int kind = MEAN_SQUARED_ERROR; kind <= BINARY_CROSS_ENTROPY; kind++) {
        try_elements((Elements)kind, N, 20 * C, items[j]);
      }
    }
  }
  return finish();
}
