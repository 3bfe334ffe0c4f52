package dev.gabor.bench;

/**
 * What a result is about.
 *
 * @param op the operator in lower_snake_case, for example {@code conv2d}; {@link #MODEL} or {@link
 *     #CEILING}
 * @param pass for example {@code forward}
 * @param problem the shape, or the name of the model
 * @param batch of a model; 0 for others, whose shape says it
 * @param algorithm of a convolution; else empty
 */
public record Subject(String op, String pass, String problem, int batch, String algorithm) {
  /** The operator of whole networks. */
  public static final String MODEL = "model";

  /** The operator of what the device can do at most. */
  public static final String CEILING = "ceiling";

  /** The subject of an operator that has one algorithm. */
  public static Subject of(String op, String pass, String problem) {
    return new Subject(op, pass, problem, 0, "");
  }

  /** Whether this asks for the same work, by whatever algorithm. */
  public boolean isSameWork(Subject other) {
    return op.equals(other.op)
        && pass.equals(other.pass)
        && problem.equals(other.problem)
        && batch == other.batch;
  }

  /** In words, for messages. */
  @Override
  public String toString() {
    String text = op + " " + pass + " " + problem;
    text = batch == 0 ? text : text + " batch " + batch;
    return algorithm.isEmpty() ? text : text + " " + algorithm;
  }
}
