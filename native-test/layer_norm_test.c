// Layer normalisation for CPU drivers of rows that begin anywhere in a vector, with weights and without, in blocks of rows;
// and its gradients.

#include "normalisation.h"

typedef struct {
  GroupNorm size;
  int turn;
} Problem;

static void pass_locals(Kernel* k, Problem p, int rows, int arrays) {
  pass_local(k, (size_t)rows * (size_t)(divide_up(p.size.channels, 16) + 1) * 16 * sizeof(float));
  pass_local(k, (size_t)arrays * (size_t)(p.size.channels + 32) * sizeof(float));
}

static void run(Kernel* k, Problem p) { RUN(k, (size_t)divide_up(p.size.samples, p.turn), 1, 1); }

static Buffer* try_forward(Problem p, const Normalisation* problem) {
  Kernel forward = kernel_of("layer_norm", "-DVECTOR=16", "layer_norm_forward");
  const ForwardResults results = pass_forward(&forward, problem);
  pass_locals(&forward, p, 1, 2);
  INTEGERS(&forward, p.size.affine, 1, p.size.samples % 2, p.size.samples, p.turn, p.size.channels);
  pass_float(&forward, (float)EPSILON);
  run(&forward, p);
  expect_forward(results, problem);
  return results.saved;
}

static void try_parameters(Problem p, const Normalisation* problem, Buffer* partial) {
  Buffer* dweight = output("dweight", problem->channels);
  Buffer* dbias = output("dbias", problem->channels);
  Kernel parameters = kernel_of("layer_norm", "-DVECTOR=16", "layer_norm_parameters");
  pass(&parameters, partial);
  pass(&parameters, dweight);
  pass(&parameters, dbias);
  INTEGERS(&parameters, divide_up(p.size.samples, p.turn), p.size.channels);
  RUN(&parameters, (size_t)divide_up(p.size.channels, 16), 1, 1);
  expect_parameters(dweight, dbias, problem);
}

static void try_case(Problem p) {
  begin_case("layer_norm N=%d channels=%d turn=%d affine=%d offset=%g", p.size.samples, p.size.channels, p.turn,
             p.size.affine, (double)p.size.offset);
  const Normalisation problem = normalisation_of(p.size);
  Buffer* saved = try_forward(p, &problem);
  const size_t items = (size_t)divide_up(p.size.samples, p.turn);
  Buffer* partial = p.size.affine ? output("partial", 2 * items * problem.channels) : NULL;
  Kernel backward = kernel_of("layer_norm", "-DVECTOR=16", "layer_norm_backward");
  Buffer* dx = pass_backward(&backward, &problem, saved, partial);
  pass_locals(&backward, p, 2, 3);
  INTEGERS(&backward, p.size.affine, 1, p.size.samples % 2, p.size.samples, p.turn, p.size.channels);
  run(&backward, p);
  expect_backward(dx, &problem);
  if (p.size.affine) {
    try_parameters(p, &problem, partial);
  }
  end_case();
}

int main(void) {
  // Samples, rows, channels, groups, affine, offset; rows of a work-item.
  const Problem problems[] = {
      {{3, 1, 7, 1, true, 0}, 1},   {{5, 1, 33, 1, true, 0}, 2},   {{40, 1, 13, 1, true, 0}, 2},
      {{2, 1, 64, 1, false, 0}, 2}, {{3, 1, 100, 1, true, 30}, 3},
  };
  for (size_t i = 0; i < COUNT_OF(problems); i++) {
    try_case(problems[i]);
  }
  return finish();
}
