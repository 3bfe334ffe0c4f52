package dev.gabor.bench;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One pass of a convolution without bias.
 *
 * @param everyAlgorithm whether all are measured that can do it, or only the one chosen
 */
record ConvolutionCase(Convolution convolution, Pass pass, boolean everyAlgorithm) implements Case {
  /** The operator of convolutions. */
  static final String CONVOLUTION = "conv2d";

  /** The operator of a convolution of 1×1 on images of 1×1, whose shape is (N,C,K). */
  static final String DENSE = "dense";

  @Override
  public String title() {
    return op() + " " + key() + " " + problem();
  }

  @Override
  public List<Result> measure(Bench bench) {
    ConvolutionOps ops = bench.backend().convolution();
    List<String> algorithms =
        everyAlgorithm ? ops.algorithms(convolution, pass) : List.of(ops.choose(convolution, pass));
    List<Result> results = new ArrayList<>();
    for (String algorithm : algorithms) {
      Optional<String> problem = tooLarge(bench.backend(), algorithm);
      if (problem.isPresent()) {
        bench.listener().leftOut(title() + " " + algorithm, problem.get());
      } else {
        results.add(measure(bench, algorithm));
      }
    }
    return results;
  }

  private Result measure(Bench bench, String algorithm) {
    ConvolutionOps ops = bench.backend().convolution();
    try (Inputs inputs = new Inputs(bench.backend())) {
      DeviceTensor x = inputs.random(convolution.xShape(), Layout.IMAGE);
      DeviceTensor weight = inputs.random(convolution.weightShape(), Layout.FILTER);
      DeviceTensor y = inputs.random(convolution.yShape(), Layout.IMAGE);
      DeviceTensor workspace = inputs.workspace(ops.workspaceBytes(convolution, pass, algorithm));
      Step step =
          switch (pass) {
            case FORWARD ->
                ops.forward(
                    convolution,
                    x,
                    weight,
                    DeviceTensor.NONE,
                    y,
                    workspace,
                    Activation.IDENTITY,
                    algorithm);
            case BACKWARD_DATA -> ops.backwardData(convolution, y, weight, x, workspace, algorithm);
            case BACKWARD_WEIGHT ->
                ops.backwardWeight(convolution, x, y, weight, workspace, algorithm);
          };
      Subject subject = new Subject(op(), key(), problem(), 0, algorithm);
      return bench.arithmetic(subject, title() + " by " + algorithm, step, work());
    }
  }

  private Optional<String> tooLarge(Backend backend, String algorithm) {
    return Inputs.tooLarge(
        backend,
        backend.sizeBytes(convolution.xShape(), Layout.IMAGE),
        backend.sizeBytes(convolution.weightShape(), Layout.FILTER),
        backend.sizeBytes(convolution.yShape(), Layout.IMAGE),
        backend.convolution().workspaceBytes(convolution, pass, algorithm));
  }

  private Work work() {
    long floats =
        convolution.xShape().size()
            + convolution.weightShape().size()
            + convolution.yShape().size();
    return new Work(2.0 * convolution.multiplyAdds(), (double) floats * Float.BYTES);
  }

  private boolean isDense() {
    return convolution.equals(Convolution.dense(convolution.n(), convolution.c(), convolution.k()));
  }

  private String op() {
    return isDense() ? DENSE : CONVOLUTION;
  }

  private String problem() {
    return isDense()
        ? convolution.n() + "," + convolution.c() + "," + convolution.k()
        : convolution.toString();
  }

  private String key() {
    return pass.name().toLowerCase(Locale.ROOT);
  }
}
