package dev.gabor.check;

import dev.gabor.backend.Backend;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Runs one trial on the reference and on the device, and compares. */
final class Judge {
  private final Backend reference;

  Judge(Backend reference) {
    this.reference = reference;
  }

  /** What came of a case whose trial is ready. */
  Verdict judge(CheckCase line, Trial trial, Backend device) {
    return compared(line, trial, device, expected(trial));
  }

  /** What the reference says to a trial: the tensors that are compared. */
  Map<String, float[]> expected(Trial trial) {
    Map<String, float[]> expected = new HashMap<>();
    try (TrialRun run = new TrialRun(reference, trial)) {
      run.run();
      for (Trial.Slot slot : trial.slots()) {
        if (isCompared(slot)) {
          expected.put(slot.name(), run.read(slot));
        }
      }
    }
    return expected;
  }

  /** What came of a case that the reference has answered before. */
  static Verdict compared(
      CheckCase line, Trial trial, Backend device, Map<String, float[]> expected) {
    try (TrialRun run = new TrialRun(device, trial)) {
      run.run();
      return compare(line, trial, run, expected);
    } catch (RuntimeException e) {
      // A driver that refuses or breaks is a finding, not the end of the check.
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      return failed(line, e.getClass().getSimpleName() + ": " + message);
    }
  }

  private static Verdict compare(
      CheckCase line, Trial trial, TrialRun run, Map<String, float[]> expected) {
    Optional<String> damage = run.damage();
    if (damage.isPresent()) {
      return failed(line, damage.get());
    }
    Comparison comparison = new Comparison();
    for (Trial.Slot slot : trial.slots()) {
      if (isCompared(slot)) {
        comparison.add(
            slot.name(),
            slot.values().shape(),
            run.read(slot),
            expected.get(slot.name()),
            slot.bounds());
      }
    }
    return new Verdict(
        line, comparison.failure(), comparison.worstError(), comparison.worstBound());
  }

  private static Verdict failed(CheckCase line, String failure) {
    return new Verdict(line, Optional.of(failure), Double.POSITIVE_INFINITY, 0);
  }

  private static boolean isCompared(Trial.Slot slot) {
    return slot.role() == Trial.Role.OUTPUT || slot.role() == Trial.Role.UPDATE;
  }
}
