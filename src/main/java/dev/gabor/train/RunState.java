package dev.gabor.train;

import java.util.List;

/**
 * Where a run stands, beside its tensors.
 *
 * @param reports of the epochs that are done
 * @param batches done in the epoch that is not
 * @param seconds spent training in that epoch
 * @param stopped whether a listener has ended the run
 * @param counted losses of that epoch
 * @param step batches done in all
 * @param validation the fingerprint of the validation set, or empty
 */
record RunState(
    List<EpochReport> reports,
    int batches,
    double seconds,
    boolean stopped,
    LossHistory.Sums counted,
    int step,
    String validation) {
  RunState {
    reports = List.copyOf(reports);
  }
}
