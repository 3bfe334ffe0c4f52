package dev.gabor.bench;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Locale;

/**
 * One pass of a transposed convolution, which a pass of the convolution does that leads back: its
 * forward pass is that one's backward-data.
 *
 * @param convolution the one that leads from the outputs to the inputs
 * @param pass of the transposed convolution
 */
record TransposedConvolutionCase(Convolution convolution, Pass pass) implements Case {
  private static final String OP = "conv_transpose2d";

  @Override
  public String title() {
    return OP + " " + key() + " " + problem();
  }

  @Override
  public List<Result> measure(Bench bench) {
    Pass done =
        switch (pass) {
          case FORWARD -> Pass.BACKWARD_DATA;
          case BACKWARD_DATA -> Pass.FORWARD;
          case BACKWARD_WEIGHT -> Pass.BACKWARD_WEIGHT;
        };
    return new ConvolutionCase(convolution, done, false)
        .measure(bench).stream().map(result -> result.named(OP, key(), problem())).toList();
  }

  /** N,C,H,W,K,R,S,stride,pad,dilation,groups of the transposed one. */
  private String problem() {
    String[] words = convolution.toString().split(",", -1);
    Shape input = convolution.yShape();
    for (int axis = 0; axis < input.rank(); axis++) {
      words[axis] = Integer.toString(input.length(axis));
    }
    words[input.rank()] = Integer.toString(convolution.c());
    return String.join(",", words);
  }

  private String key() {
    return pass.name().toLowerCase(Locale.ROOT);
  }
}
