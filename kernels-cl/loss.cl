// Losses of each sample with the gradient of their mean over the batch (formulas: dev.gabor.backend.Loss), and the
// numbers that a training step reports. A class outside 0 to C-1 makes the sample's loss and gradient NaN.
// With class weights w the loss of a sample of class t is N w_t l / (the sum of w over the classes of all samples), which
// every work-group adds up for itself; with soft targets the term of class c counts w_c.
// One work-group: the sample n = get_group_id(0). One work-item: some of its vectors of classes or elements, as in
// rows.clh. Sums run along each lane of an item's vectors, in runs of 64 where they may be many, over the lanes, then
// over the items as in group.clh.

#include "vector.clh"
#include "functions.clh"
#include "group.clh"
#include "rows.clh"

#define LOSS_MEAN_SQUARED_ERROR 0
#define LOSS_L1 1
#define LOSS_HUBER 2
#define LOSS_BINARY_CROSS_ENTROPY_WITH_LOGITS 3

#define RUN 64

// The class of a sample, or -1 where the target holds none.
int known_class(float number, int classes) {
  return number >= 0.0f && number < (float)classes ? (int)number : -1;
}

// The weights of the terms of cross-entropy from class c on, 0 beyond the classes; hard is the class of known_class(),
// read where there are no soft targets.
FLOATV term_weights(
    global const float* soft,
    global const float* class_weights,
    const int hard,
    const int c,
    const int classes,
    const float smoothing,
    const float batch) {
  FLOATV share = (FLOATV)(NAN);
  if (soft) {
    share = load_of_row(soft, c, classes, 0.0f);
  } else if (hard >= 0) {
    share = select((FLOATV)(0.0f), (FLOATV)(1.0f), numbers_from(c) == (INTV)(hard));
  }
  share = (1.0f - smoothing) * share + smoothing / (float)classes;
  if (class_weights) {
    share *= load_of_row(class_weights, c, classes, 0.0f) * batch;
  }
  return of_row(share, c, classes);
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

// Keeps the row in local memory: the prediction is read once, and each exponential is computed once.
kernel void loss_cross_entropy(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,C) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    local FLOATV* kept,              // (C in vectors, and one vector) overwritten
    const int classes,
    const int stream,                // whether dprediction is too large for the caches
    const int probabilities,
    const float smoothing) {
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int first = FIRST_OF_ROW(begin);
  global const float* x = prediction + begin;
  global const float* soft = probabilities ? target + begin : 0;
  const int hard = probabilities ? 0 : known_class(target[n], classes);
  const float batch = class_weights && !probabilities ? batch_scale(target, class_weights, classes, shared) : 1.0f;
  // Where one term counts alone: its weight, and its prediction before the gradient may overwrite it.
  const int alone = !probabilities && smoothing == 0.0f;
  const float weight_alone = hard < 0 ? NAN : class_weights ? class_weights[hard] * batch : 1.0f;
  const float x_alone = x[max(hard, 0)];
  const float largest = keep_row(x, first, classes, kept, shared);

  // The loss is Σ weight (log Σ exp(x - m) - (x - m)): nothing cancels where its two parts are summed apart.
  float below = weight_alone * (largest - x_alone);
  float weights = weight_alone;
  if (!alone) {
    FLOATV belows = (FLOATV)(0.0f);
    FLOATV weight_sums = (FLOATV)(0.0f);
    for (int c = first, i = FIRST_KEPT; c < classes; c += ROW_STEP, i += KEPT_STEP) {
      const FLOATV weight = term_weights(soft, class_weights, hard, c, classes, smoothing, batch);
      belows += of_row(weight * (largest - kept[i]), c, classes);
      weight_sums += weight;
    }
    below = group_sum(sum_of(belows), shared);
    weights = group_sum(sum_of(weight_sums), shared);
  }
  FLOATV sums = (FLOATV)(0.0f);
  for (int c = first, i = FIRST_KEPT; c < classes; c += ROW_STEP, i += KEPT_STEP) {
    const FLOATV exponential = exp_of_negative_vector(kept[i] - largest);
    kept[i] = exponential;
    sums += exponential;
    PREFETCH(x + classes + c);
  }
  const float sum = group_sum(sum_of(sums), shared);
  if (get_local_id(0) == 0) {
    losses[n] = below + weights * log(sum);
  }
  if (dprediction) {
    const float share = weights / sum;
    const float scale = 1.0f / (float)get_num_groups(0);
    for (int c = first, i = FIRST_KEPT; c < classes; c += ROW_STEP, i += KEPT_STEP) {
      const FLOATV weight = alone ? select((FLOATV)(0.0f), (FLOATV)(weight_alone), numbers_from(c) == (INTV)(hard))
                                  : term_weights(soft, class_weights, hard, c, classes, smoothing, batch);
      put_of_row((kept[i] * share - weight) * scale, dprediction + begin, c, classes, stream);
    }
  }
}

// Rows of any length.
kernel void loss_cross_entropy_plain(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,C) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int classes,
    const int stream,                // whether dprediction is too large for the caches
    const int probabilities,
    const float smoothing) {
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int first = FIRST_OF_ROW(begin);
  global const float* x = prediction + begin;
  global const float* soft = probabilities ? target + begin : 0;
  const int hard = probabilities ? 0 : known_class(target[n], classes);
  const float batch = class_weights && !probabilities ? batch_scale(target, class_weights, classes, shared) : 1.0f;
  const float largest = largest_of_row(x, first, classes, shared);

  // The loss is Σ weight (log Σ exp(x - m) - (x - m)): nothing cancels where its two parts are summed apart.
  FLOATV sums = (FLOATV)(0.0f);
  FLOATV below = (FLOATV)(0.0f);
  FLOATV weight_sums = (FLOATV)(0.0f);
  for (int c = first; c < classes; c += ROW_STEP) {
    const FLOATV above = load_of_row(x, c, classes, -INFINITY) - largest;
    const FLOATV weight = term_weights(soft, class_weights, hard, c, classes, smoothing, batch);
    sums += exp_of_negative_vector(above);
    below -= of_row(weight * above, c, classes);
    weight_sums += weight;
  }
  const float sum = group_sum(sum_of(sums), shared);
  const float weights = group_sum(sum_of(weight_sums), shared);
  const float value = group_sum(sum_of(below), shared) + weights * log(sum);
  if (get_local_id(0) == 0) {
    losses[n] = value;
  }
  if (dprediction) {
    const float share = weights / sum;
    const float scale = 1.0f / (float)get_num_groups(0);
    for (int c = first; c < classes; c += ROW_STEP) {
      const FLOATV exponential = exp_of_negative_vector(load_of_row(x, c, classes, 0.0f) - largest);
      const FLOATV weight = term_weights(soft, class_weights, hard, c, classes, smoothing, batch);
      put_of_row((exponential * share - weight) * scale, dprediction + begin, c, classes, stream);
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
    const int classes,
    const int stream) {              // whether dprediction is too large for the caches
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int hard = known_class(target[n], classes);
  float weight = 1.0f;
  if (class_weights) {
    weight = batch_scale(target, class_weights, classes, shared) * class_weights[max(hard, 0)];
  }
  if (get_local_id(0) == 0) {
    losses[n] = hard < 0 ? NAN : -weight * prediction[begin + hard];
  }
  // The gradient may overwrite what item 0 has just read.
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (dprediction) {
    const float slope = -weight / (float)get_num_groups(0);
    for (int c = FIRST_OF_ROW(begin); c < classes; c += ROW_STEP) {
      const FLOATV result = select((FLOATV)(0.0f), (FLOATV)(slope), numbers_from(c) == (INTV)(hard));
      put_of_row(hard < 0 ? (FLOATV)(NAN) : result, dprediction + begin, c, classes, stream);
    }
  }
}

FLOATV element_loss(const int kind, const FLOATV x, const FLOATV t, const float delta) {
  const FLOATV distance = fabs(x - t);
  switch (kind) {
    case LOSS_MEAN_SQUARED_ERROR:
      return distance * distance;
    case LOSS_L1:
      return distance;
    case LOSS_HUBER:
      return select(
          delta * (distance - 0.5f * delta), 0.5f * distance * distance, distance <= (FLOATV)(delta));
    default:
      return at_least(x, 0.0f) - x * t + log_1_plus_vector(exp_of_negative_vector(-fabs(x)));
  }
}

FLOATV element_slope(const int kind, const FLOATV x, const FLOATV t, const float delta) {
  const FLOATV difference = x - t;
  switch (kind) {
    case LOSS_MEAN_SQUARED_ERROR:
      return 2.0f * difference;
    case LOSS_L1:
      // Neither 1 nor -1 where it is 0 or NaN.
      return select(select(difference, (FLOATV)(1.0f), difference > (FLOATV)(0.0f)), (FLOATV)(-1.0f),
                    difference < (FLOATV)(0.0f));
    case LOSS_HUBER:
      return at_most(at_least(difference, -delta), delta);
    default: {
      // The sigmoid by the exponential that the loss computes, too.
      const FLOATV exponential = exp_of_negative_vector(-fabs(x));
      return select(exponential, (FLOATV)(1.0f), x > (FLOATV)(0.0f)) / (1.0f + exponential) - t;
    }
  }
}

kernel void loss_elements(
    global const float* prediction,  // (N,elements) in memory order, read
    global const float* target,      // (N,elements) read
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,elements) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int elements,
    const int stream,                // whether dprediction is too large for the caches
    const int kind,
    const float delta) {
  const size_t n = get_group_id(0);
  const size_t begin = n * elements;
  const float scale = 1.0f / (float)elements / (float)get_num_groups(0);
  FLOATV sums = (FLOATV)(0.0f);
  for (int c = FIRST_OF_ROW(begin); c < elements;) {
    const int end = min((long)elements, c + (long)RUN * ROW_STEP);
    FLOATV run = (FLOATV)(0.0f);
    for (; c < end; c += ROW_STEP) {
      const FLOATV x = load_of_row(prediction + begin, c, elements, 0.0f);
      const FLOATV t = load_of_row(target + begin, c, elements, 0.0f);
      run += of_row(element_loss(kind, x, t, delta), c, elements);
      if (dprediction) {
        put_of_row(element_slope(kind, x, t, delta) * scale, dprediction + begin, c, elements, stream);
      }
    }
    sums += run;
  }
  const float sum = group_sum(sum_of(sums), shared);
  if (get_local_id(0) == 0) {
    losses[n] = sum / (float)elements;
  }
}

// The number of the first largest element of a row; 0 where that is NaN. Exact below 2^24.
float first_largest(global const float* row, const int first, const int length, local float* shared) {
  const float largest = largest_of_row(row, first, length, shared);
  INTV found = (INTV)(length);
  for (int c = first; c < length; c += ROW_STEP) {
    const INTV at = numbers_from(c);
    const FLOATV value = load_of_row(row, c, length, NAN);
    found = min(found, select((INTV)(length), at, value == (FLOATV)(largest)));
  }
  const float number = -group_max(max_of(-JOIN(convert_, FLOATV)(found)), shared);
  return isnan(row[0]) ? 0.0f : number;
}

// The work as that of a loss.
kernel void loss_correct(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global float* correct,           // (N) overwritten
    local float* shared,             // (local size) overwritten
    const int classes,
    const int probabilities) {
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int first = FIRST_OF_ROW(begin);
  const float wanted = probabilities ? first_largest(target + begin, first, classes, shared) : target[n];
  const float found = first_largest(prediction + begin, first, classes, shared);
  if (get_local_id(0) == 0) {
    correct[n] = found == wanted ? 1.0f : 0.0f;
  }
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
