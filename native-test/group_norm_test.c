// Group normalisation with one group, several and one for each channel, in slices of a group and of several, with weights
// and without, on images and on one row, by work-groups of every size; and its gradients.

#include <stdio.h>

#include "normalisation.h"

typedef struct {
  GroupNorm size;
  int vector, slice_groups, across, items;
} Problem;

static Kernel kernel(const char* name, Problem p) {
  char options[32];
  snprintf(options, sizeof(options), "-DVECTOR=%d", p.vector);
  return kernel_of("group_norm", options, name);
}

static void pass_shared(Kernel* k, Problem p, int floats) {
  pass_local(k, (size_t)floats * (size_t)p.items * (size_t)p.vector * sizeof(float));
}

static void pass_sizes(Kernel* k, Problem p) {
  INTEGERS(k, p.size.rows, p.size.channels, p.size.groups, p.slice_groups, p.across);
}

static void run_slices(Kernel* k, Problem p) {
  RUN_GROUPS(k, divide_up(p.size.groups, p.slice_groups), p.size.samples, 1, (size_t)p.items, 1, 1);
}

static Buffer* try_forward(Problem p, const Normalisation* problem) {
  Kernel forward = kernel("group_norm_forward", p);
  const ForwardResults results = pass_forward(&forward, problem);
  pass_shared(&forward, p, 1);
  INTEGERS(&forward, p.size.affine, 1);
  pass_sizes(&forward, p);
  pass_float(&forward, (float)EPSILON);
  run_slices(&forward, p);
  expect_forward(results, problem);
  return results.saved;
}

// sums: null where there is one row.
static void try_parameters(Problem p, const Normalisation* problem, Buffer* sums, Buffer* saved) {
  const GroupNorm s = p.size;
  Buffer* dweight = output("dweight", problem->channels);
  Buffer* dbias = output("dbias", problem->channels);
  Kernel parameters = kernel("group_norm_parameters", p);
  pass(&parameters, sums ? sums : problem->dy_buffer);
  pass(&parameters, sums ? NULL : problem->x_buffer);
  pass(&parameters, saved);
  pass(&parameters, dweight);
  pass(&parameters, dbias);
  pass_shared(&parameters, p, 2);
  INTEGERS(&parameters, sums == NULL, s.samples, sums ? p.items / p.across : 1, s.channels, s.groups, p.across);
  RUN_GROUPS(&parameters, divide_up(s.channels, p.across * p.vector), 1, 1, (size_t)p.items, 1, 1);
  expect_parameters(dweight, dbias, problem);
}

static void try_case(Problem p) {
  const GroupNorm s = p.size;
  begin_case("group_norm N=%d rows=%d channels=%d groups=%d VECTOR=%d slice=%d across=%d items=%d affine=%d offset=%g",
             s.samples, s.rows, s.channels, s.groups, p.vector, p.slice_groups, p.across, p.items, s.affine,
             (double)s.offset);
  const Normalisation problem = normalisation_of(s);
  Buffer* saved = try_forward(p, &problem);
  const size_t lanes = (size_t)(p.items / p.across);
  Buffer* sums = s.affine && s.rows > 1 ? output("sums", lanes * problem.sums_count) : NULL;
  Kernel backward = kernel("group_norm_backward", p);
  Buffer* dx = pass_backward(&backward, &problem, saved, sums);
  pass_shared(&backward, p, 1);
  INTEGERS(&backward, s.affine, sums != NULL, 1);
  pass_sizes(&backward, p);
  run_slices(&backward, p);
  expect_backward(dx, &problem);
  if (s.affine) {
    try_parameters(p, &problem, sums, saved);
  }
  end_case();
}

int main(void) {
  // Samples, rows, channels, groups, affine, offset; VECTOR, groups of a slice, items across, items.
  const Problem problems[] = {
      {{2, 9, 6, 2, true, 0}, 4, 1, 1, 1},      {{2, 9, 6, 3, true, 0}, 4, 2, 1, 7},
      {{1, 5, 21, 3, true, 0}, 4, 1, 2, 6},     {{2, 1, 33, 1, true, 0}, 4, 1, 4, 5},
      {{3, 1, 26, 2, true, 0}, 16, 1, 1, 1},    {{2, 7, 40, 20, true, 0}, 16, 8, 1, 1},
      {{2, 13, 17, 17, true, 0}, 16, 16, 1, 3}, {{2, 33, 8, 1, false, 0}, 4, 1, 2, 40},
      {{3, 4, 36, 2, false, 0}, 8, 1, 1, 1},    {{1, 65, 3, 1, true, 30}, 4, 1, 1, 33},
      {{2, 40, 18, 1, true, 30}, 16, 1, 1, 1},
  };
  for (size_t i = 0; i < COUNT_OF(problems); i++) {
    try_case(problems[i]);
  }
  return finish();
}
