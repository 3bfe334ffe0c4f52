package dev.gabor.doctor;

import dev.gabor.DeviceException;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.check.CheckReport;
import dev.gabor.check.DeviceCheck;
import dev.gabor.check.Verdict;
import dev.gabor.opencl.OpenClException;
import java.util.List;
import java.util.Optional;

/**
 * Two seconds of {@code gabor check} on a handful of operators; longer where a driver must compile
 * them first, since each has a case at least.
 */
final class SelfCheck {
  private static final long NANOS = 2_000_000_000L;
  private static final List<String> OPERATORS =
      List.of("conv2d", "activation", "pool", "softmax", "batch_norm", "loss", "optimizer");

  private SelfCheck() {}

  /** Compares a device with the CPU reference until the time is over, or a case fails. */
  static SelfTestFinding run(String device) {
    long start = System.nanoTime();
    int cases = 0;
    Optional<String> problem = Optional.empty();
    try (Backend backend = Gabor.open(device)) {
      while (problem.isEmpty() && (cases < OPERATORS.size() || System.nanoTime() - start < NANOS)) {
        String operator = OPERATORS.get(cases % OPERATORS.size());
        CheckReport report = DeviceCheck.of(backend).only(operator).cases(1).seed(cases).run();
        cases++;
        problem = report.failures().stream().findFirst().map(SelfCheck::describe);
      }
    } catch (DeviceException | OpenClException e) {
      problem = e.getMessage().lines().findFirst();
    }
    return new SelfTestFinding(cases, (System.nanoTime() - start) / 1e9, problem);
  }

  private static String describe(Verdict verdict) {
    return verdict.line() + ": " + verdict.failure().orElse("");
  }
}
