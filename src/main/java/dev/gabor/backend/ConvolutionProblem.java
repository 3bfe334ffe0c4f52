package dev.gabor.backend;

import dev.gabor.backend.Convolution.Pass;
import java.util.Locale;

/**
 * What an algorithm is chosen for.
 *
 * @param convolution the sizes, batch included
 * @param pass one of the three
 */
public record ConvolutionProblem(Convolution convolution, Pass pass) {
  /** The pass in files and tables, for example {@code backward_data}. */
  public String passKey() {
    return pass.name().toLowerCase(Locale.ROOT);
  }

  /** For example {@code forward 16,64,56,56,64,3,3,1,1,1,1}. */
  @Override
  public String toString() {
    return passKey() + " " + convolution;
  }
}
