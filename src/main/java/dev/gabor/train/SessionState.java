package dev.gabor.train;

import dev.gabor.tensor.Tensor;
import java.util.Map;

/**
 * All that the next step of a {@link TrainingSession} depends on, on the host. Random numbers are
 * counted from the seed by the step, so the step is their state.
 *
 * @param step batches done
 * @param counted what the steps since the last report came to
 * @param trained the parameters by name, as the steps left them
 * @param evaluated the parameters that are judged and saved: their average, where one is kept
 * @param memory what goes with them, by name: optimizer states, averages, gathered gradients
 */
record SessionState(
    int step,
    LossHistory.Sums counted,
    Map<String, Tensor> trained,
    Map<String, Tensor> evaluated,
    Map<String, Tensor> memory) {}
