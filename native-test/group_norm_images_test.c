// Group normalisation of images for CPU drivers, with one group, several and one for each channel, in slices and chunks,
// several images a work-item, with weights and without; and its gradients.

#include "normalisation.h"

typedef struct {
  GroupNorm size;
  int slice, chunk, turn;
} Problem;

static void pass_numbers(Kernel* k, Problem p, int arrays) {
  pass_local(k, (size_t)arrays * (size_t)divide_up(p.slice, 16) * 16 * sizeof(float));
}

static Buffer* try_forward(Problem p, const Normalisation* problem) {
  const GroupNorm s = p.size;
  Kernel forward = kernel_of("group_norm_images", "-DVECTOR=16", "group_norm_images_forward");
  const ForwardResults results = pass_forward(&forward, problem);
  pass_numbers(&forward, p, 5);
  INTEGERS(&forward, s.affine, 1, 0, s.samples, p.turn, s.rows, s.channels, s.groups, p.slice, p.chunk);
  pass_float(&forward, (float)EPSILON);
  RUN(&forward, (size_t)divide_up(s.channels, p.slice), (size_t)divide_up(s.samples, p.turn), 1);
  expect_forward(results, problem);
  return results.saved;
}

static void try_case(Problem p) {
  const GroupNorm s = p.size;
  begin_case("group_norm_images N=%d rows=%d channels=%d groups=%d slice=%d chunk=%d turn=%d affine=%d offset=%g",
             s.samples, s.rows, s.channels, s.groups, p.slice, p.chunk, p.turn, s.affine, (double)s.offset);
  const Normalisation problem = normalisation_of(s);
  Buffer* saved = try_forward(p, &problem);
  Buffer* sums = s.affine ? output("sums", problem.sums_count) : NULL;
  Kernel backward = kernel_of("group_norm_images_backward", "-DVECTOR=16", "group_norm_images_backward");
  Buffer* dx = pass_backward(&backward, &problem, saved, sums);
  pass_numbers(&backward, p, 6);
  INTEGERS(&backward, s.affine, s.affine, 1, 0, s.rows, s.channels, s.groups, p.slice, p.chunk);
  RUN(&backward, (size_t)divide_up(s.channels, p.slice), (size_t)s.samples, 1);
  expect_backward(dx, &problem);
  if (s.affine) {
    expect(sums, problem.sums, problem.sums_count, 8 * BOUND);
  }
  end_case();
}

int main(void) {
  // Images, rows, channels, groups, affine, offset; channels of a slice, rows of a chunk, images of a turn.
  const Problem problems[] = {
      {{2, 9, 6, 2, true, 0}, 6, 8, 1},      {{3, 19, 80, 5, true, 0}, 16, 8, 2},
      {{2, 17, 72, 24, true, 0}, 48, 16, 2}, {{3, 5, 33, 1, false, 0}, 33, 8, 3},
      {{1, 8, 64, 64, true, 30}, 64, 8, 1},  {{2, 25, 20, 1, true, 30}, 20, 8, 2},
  };
  for (size_t i = 0; i < COUNT_OF(problems); i++) {
    try_case(problems[i]);
  }
  return finish();
}
