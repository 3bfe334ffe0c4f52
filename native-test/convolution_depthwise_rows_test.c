// Depthwise convolution row by row, all three passes.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_depthwise_rows"

static void forward(const Problem* problem, const char* options, Buffer* x, Buffer* weight, int stream) {
  Buffer* y = output("y", problem->y_count);
  Kernel kernel = kernel_of(PROGRAM, options, PROGRAM);
  pass(&kernel, x);
  pass(&kernel, weight);
  pass(&kernel, input("bias", problem->bias, (size_t)problem->size.K));
  pass(&kernel, y);
  pass_sizes(&kernel, problem);
  INTEGERS(&kernel, stream);
  pass_float(&kernel, 0);
  RUN(&kernel, problem->size.N * problem->P, 1, 1);
  expect(y, relu(problem), problem->y_count, 0);
}

static void backward_data(const Problem* problem, const char* options, Buffer* dy, Buffer* weight, int stream) {
  Buffer* dx = output("dx", problem->x_count);
  Kernel kernel = kernel_of(PROGRAM, options, PROGRAM "_backward_data");
  pass(&kernel, dy);
  pass(&kernel, weight);
  pass(&kernel, dx);
  pass_sizes(&kernel, problem);
  INTEGERS(&kernel, stream);
  RUN(&kernel, problem->size.N * problem->size.H, 1, 1);
  expect(dx, problem->dx, problem->x_count, 0);
}

static void backward_weight(const Problem* problem, const char* options, Buffer* x, Buffer* dy, int rows_per_part) {
  const Convolution c = problem->size;
  const int parts = divide_up(c.N * problem->P, rows_per_part);
  Buffer* partial = output("parts", (size_t)parts * problem->weight_count);
  Kernel kernel = kernel_of(PROGRAM, options, PROGRAM "_backward_weight");
  pass(&kernel, x);
  pass(&kernel, dy);
  pass(&kernel, partial);
  pass_sizes(&kernel, problem);
  INTEGERS(&kernel, rows_per_part);
  RUN(&kernel, divide_up(c.R * c.S, 9), parts, 1);
  Buffer* dweight = output("dweight", problem->weight_count);
  Kernel sum = kernel_of(PROGRAM, options, PROGRAM "_sum");
  pass(&sum, partial);
  pass(&sum, dweight);
  INTEGERS(&sum, (int)problem->weight_count, parts);
  RUN(&sum, (problem->weight_count + 3) / 4, 1, 1);
  expect(dweight, problem->dweight, problem->weight_count, 0);
}

static void try_problem(Convolution size, int vector) {
  const Problem problem = begin_problem(PROGRAM, size);
  char relu_options[96];
  char options[96];
  snprintf(relu_options, sizeof(relu_options), "-DVECTOR=%d -DACTIVATION=ACTIVATION_RELU", vector);
  snprintf(options, sizeof(options), "-DVECTOR=%d -DACTIVATION=ACTIVATION_IDENTITY", vector);
  Buffer* x = input("x", problem.x, problem.x_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* dy = input("dy", problem.dy, problem.y_count);
  for (int stream = 0; stream <= (size.C % vector == 0); stream++) {
    forward(&problem, relu_options, x, weight, stream);
    backward_data(&problem, options, dy, weight, stream);
  }
  backward_weight(&problem, options, x, dy, 3);
  end_case();
}

int main(void) {
  for (size_t i = 0; i < depthwise_problem_count; i++) {
    try_problem(depthwise_problems[i], 4);
    try_problem(depthwise_problems[i], 16);
  }
  return finish();
}
