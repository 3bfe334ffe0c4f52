package dev.gabor.check;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Gabor's own operators. */
final class Operators {
  private static final int CONVOLUTION_TURNS = 5;
  private static final int BATCH_NORM_TURNS = 2;

  private Operators() {}

  static List<OperatorCheck> all() {
    return List.of(
        new ConvolutionCheck(),
        new BatchNormCheck(),
        new BatchNormPoolCheck(),
        new GroupNormCheck(),
        new ActivationCheck(),
        new ElementwiseCheck(),
        new BiasCheck(),
        new PoolCheck(),
        new DropoutCheck(),
        new RearrangeCheck(),
        new SoftmaxCheck(),
        new LossCheck(),
        new OptimizerCheck());
  }

  /** One round of turns: operators with many variants come more often. */
  static List<OperatorCheck> inTurns(List<OperatorCheck> operators) {
    List<OperatorCheck> turns = new ArrayList<>();
    for (int i = 0; i < CONVOLUTION_TURNS; i++) {
      int round = i;
      Stream<OperatorCheck> due = operators.stream().filter(check -> weight(check) > round);
      turns.addAll(due.toList());
    }
    return turns;
  }

  private static int weight(OperatorCheck check) {
    if (check instanceof ConvolutionCheck) {
      return CONVOLUTION_TURNS;
    }
    return check instanceof BatchNormCheck ? BATCH_NORM_TURNS : 1;
  }
}
