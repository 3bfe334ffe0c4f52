package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.reference.ReferenceBackend;
import java.util.Map;

/**
 * Compares algorithms for one convolution with the CPU reference, which is asked once: on fractions
 * in [-1, 1), within the bounds of {@code gabor check}, with canaries around every tensor.
 */
public final class ConvolutionJudge {
  private final ConvolutionCheck check = new ConvolutionCheck();
  private final CheckCase problem;
  private final Map<String, float[]> expected;

  /** Asks the reference. */
  public ConvolutionJudge(ConvolutionProblem problem) {
    CheckCase line =
        CheckCase.of(check.operator())
            .with("pass", problem.pass())
            .with("problem", problem.convolution())
            .with("values", "fractions")
            .withSeed(1);
    this.problem =
        problem.pass() == Pass.FORWARD
            ? line.with("bias", false).with("function", "identity").with("alpha", 0)
            : line;
    try (Backend reference = new ReferenceBackend()) {
      expected = new Judge(reference).expected(trial(""));
    }
  }

  /** What came of an algorithm on a device. */
  public Verdict judge(Backend device, String algorithm) {
    CheckCase line = problem.with("algorithm", algorithm);
    return Judge.compared(line, trial(algorithm), device, expected);
  }

  private Trial trial(String algorithm) {
    return check.trial(problem.with("algorithm", algorithm));
  }
}
