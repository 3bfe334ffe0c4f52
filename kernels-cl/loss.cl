// Losses of each sample with the gradient of their mean over the batch (formulas: dev.gabor.backend.Loss), and the
// numbers that a training step reports. A class outside 0 to C-1 makes the sample's loss and gradient NaN.
// With class weights w the loss of a sample of class t is N w_t l / (the sum of w over the classes of all samples), which
// every work-group adds up for itself; with soft targets the term of class c counts w_c.
// One work-group: the sample n = get_group_id(0). One work-item: the classes or elements from get_local_id(0) on,
// local size apart, so neighbours read neighbours. Sums run along each item's elements, in runs of 64 where they may
// be many, then over the items as in group.clh.

#include "group.clh"

#define LOSS_MEAN_SQUARED_ERROR 0
#define LOSS_L1 1
#define LOSS_HUBER 2
#define LOSS_BINARY_CROSS_ENTROPY_WITH_LOGITS 3

#define RUN 64

// The class of a sample, or -1 where the target holds none.
int known_class(float number, int classes) {
  return number >= 0.0f && number < (float)classes ? (int)number : -1;
}

// q_c of cross-entropy; hard is the class of known_class(), read where there are no soft targets.
float class_share(global const float* soft, int hard, int c, int classes, float smoothing) {
  const float one_hot = hard < 0 ? NAN : (hard == c ? 1.0f : 0.0f);
  return (1.0f - smoothing) * (soft ? soft[c] : one_hot) + smoothing / (float)classes;
}

// The number of samples divided by the sum of their classes' weights.
float batch_scale(
    global const float* target, global const float* class_weights, int classes, local float* shared) {
  const int samples = (int)get_num_groups(0);
  float sum = 0.0f;
  for (int n = (int)get_local_id(0); n < samples; n += (int)get_local_size(0)) {
    const int hard = known_class(target[n], classes);
    sum += hard < 0 ? 0.0f : class_weights[hard];
  }
  return (float)samples / group_sum(sum, shared);
}

kernel void loss_cross_entropy(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,C) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int classes,
    const int probabilities,
    const float smoothing) {
  const size_t n = get_group_id(0);
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  global const float* x = prediction + n * classes;
  global const float* soft = probabilities ? target + n * classes : 0;
  const int hard = probabilities ? 0 : known_class(target[n], classes);
  const float batch = class_weights && !probabilities ? batch_scale(target, class_weights, classes, shared) : 1.0f;

  float largest = -INFINITY;
  for (int c = item; c < classes; c += items) {
    largest = fmax(largest, x[c]);
  }
  largest = group_max(largest, shared);
  float sum = 0.0f;
  for (int c = item; c < classes; c += items) {
    sum += exp(x[c] - largest);
  }
  sum = group_sum(sum, shared);
  const float log_sum = log(sum);

  float value = 0.0f;
  float weights = 0.0f;
  for (int c = item; c < classes; c += items) {
    const float weight =
        class_share(soft, hard, c, classes, smoothing) * (class_weights ? class_weights[c] * batch : 1.0f);
    weights += weight;
    value += weight * (log_sum - (x[c] - largest));
  }
  value = group_sum(value, shared);
  weights = group_sum(weights, shared);
  if (item == 0) {
    losses[n] = value;
  }
  if (dprediction) {
    global float* dx = dprediction + n * classes;
    const float scale = 1.0f / (float)get_num_groups(0);
    for (int c = item; c < classes; c += items) {
      const float weight =
          class_share(soft, hard, c, classes, smoothing) * (class_weights ? class_weights[c] * batch : 1.0f);
      dx[c] = (exp(x[c] - largest) / sum * weights - weight) * scale;
    }
  }
}

kernel void loss_log_likelihood(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,C) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int classes) {
  const size_t n = get_group_id(0);
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  const int hard = known_class(target[n], classes);
  float weight = 1.0f;
  if (class_weights) {
    weight = batch_scale(target, class_weights, classes, shared) * class_weights[max(hard, 0)];
  }
  if (item == 0) {
    losses[n] = hard < 0 ? NAN : -weight * prediction[n * classes + hard];
  }
  // The gradient may overwrite what item 0 has just read.
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (dprediction) {
    const float slope = -weight / (float)get_num_groups(0);
    for (int c = item; c < classes; c += items) {
      dprediction[n * classes + c] = hard < 0 ? NAN : (hard == c ? slope : 0.0f);
    }
  }
}

float element_loss(int kind, float x, float t, float delta) {
  const float distance = fabs(x - t);
  switch (kind) {
    case LOSS_MEAN_SQUARED_ERROR:
      return distance * distance;
    case LOSS_L1:
      return distance;
    case LOSS_HUBER:
      return distance <= delta ? 0.5f * distance * distance : delta * (distance - 0.5f * delta);
    default:
      return fmax(x, 0.0f) - x * t + log1p(exp(-fabs(x)));
  }
}

float element_slope(int kind, float x, float t, float delta) {
  const float difference = x - t;
  switch (kind) {
    case LOSS_MEAN_SQUARED_ERROR:
      return 2.0f * difference;
    case LOSS_L1:
      return difference > 0.0f ? 1.0f : (difference < 0.0f ? -1.0f : difference);
    case LOSS_HUBER:
      return difference > delta ? delta : (difference < -delta ? -delta : difference);
    default:
      return 1.0f / (1.0f + exp(-x)) - t;
  }
}

kernel void loss_elements(
    global const float* prediction,  // (N,elements) in memory order, read
    global const float* target,      // (N,elements) read
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,elements) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int elements,
    const int kind,
    const float delta) {
  const size_t n = get_group_id(0);
  const size_t sample = n * elements;
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  const float scale = 1.0f / (float)elements / (float)get_num_groups(0);
  float sum = 0.0f;
  for (int first = item; first < elements; first += RUN * items) {
    const int end = min(elements, first + RUN * items);
    float run = 0.0f;
    for (int i = first; i < end; i += items) {
      const float x = prediction[sample + i];
      const float t = target[sample + i];
      run += element_loss(kind, x, t, delta);
      if (dprediction) {
        dprediction[sample + i] = element_slope(kind, x, t, delta) * scale;
      }
    }
    sum += run;
  }
  sum = group_sum(sum, shared);
  if (item == 0) {
    losses[n] = sum / (float)elements;
  }
}

int first_largest(global const float* x, int classes) {
  int best = 0;
  for (int c = 1; c < classes; c++) {
    best = x[c] > x[best] ? c : best;
  }
  return best;
}

// One work-item: the sample n = get_global_id(0).
kernel void loss_correct(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global float* correct,           // (N) overwritten
    const int samples,
    const int classes,
    const int probabilities) {
  const size_t n = get_global_id(0);
  if (n >= (size_t)samples) {
    return;
  }
  const float wanted = probabilities ? (float)first_largest(target + n * classes, classes) : target[n];
  correct[n] = (float)first_largest(prediction + n * classes, classes) == wanted ? 1.0f : 0.0f;
}

// One work-group for all samples; one work-item: the samples from get_local_id(0) on, local size apart.
kernel void loss_summary(
    global const float* losses,   // (N) read
    global const float* correct,  // (N) read, or null
    global float* history,        // (slots,2) row slot overwritten
    local float* shared,          // (local size) overwritten
    const int samples,
    const int slot) {
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  float sum = 0.0f;
  float hits = 0.0f;
  for (int n = item; n < samples; n += items) {
    sum += losses[n];
    hits += correct ? correct[n] : 0.0f;
  }
  sum = group_sum(sum, shared);
  hits = group_sum(hits, shared);
  if (item == 0) {
    history[2 * (size_t)slot] = sum / (float)samples;
    history[2 * (size_t)slot + 1] = hits;
  }
}
