package dev.gabor.check;

import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** The data of one case: tensors of whole numbers, or of fractions, from its seed. */
public final class Values {
  private static final String SETTING = "values";
  private static final String INTEGERS = "integers";
  private static final String FRACTIONS = "fractions";

  private final long seed;
  private final boolean integers;
  private int tensors;

  private Values(long seed, boolean integers) {
    this.seed = seed;
    this.integers = integers;
  }

  /** The data of a case. */
  public static Values of(CheckCase line) {
    String kind = line.text(SETTING);
    if (!kind.equals(INTEGERS) && !kind.equals(FRACTIONS)) {
      throw new IllegalArgumentException(
          "case \"%s\": values is %s, expected %s or %s"
              .formatted(line, kind, INTEGERS, FRACTIONS));
    }
    return new Values(line.seed(), kind.equals(INTEGERS));
  }

  /** The settings that {@link #of} reads, added to a case. */
  public static CheckCase drawn(CheckCase line, Draw draw) {
    return line.with(SETTING, draw.oneIn(2) ? INTEGERS : FRACTIONS).withSeed(draw.seed());
  }

  /** Whether the tensors hold whole numbers, on which sums of products are exact. */
  public boolean areIntegers() {
    return integers;
  }

  /** The largest magnitude of an element of {@link #next}. */
  public double scale() {
    return integers ? 4 : 1;
  }

  /** The next tensor: whole numbers from -4 to 4, or fractions in [-1, 1). */
  public Tensor next(Shape shape) {
    Philox random = random();
    Tensor tensor = Tensor.zeros(shape);
    float[] data = tensor.data();
    for (int i = 0; i < data.length; i++) {
      data[i] = integers ? random.nextInt(9) - 4 : random.nextFloat(-1, 1);
    }
    return tensor;
  }

  /** The next tensor, uniform in [low, high), whatever the case asks for. */
  public Tensor between(Shape shape, float low, float high) {
    Philox random = random();
    Tensor tensor = Tensor.zeros(shape);
    float[] data = tensor.data();
    for (int i = 0; i < data.length; i++) {
      data[i] = random.nextFloat(low, high);
    }
    return tensor;
  }

  /** The next tensor: whole numbers from 0 to below a bound. */
  public Tensor classes(Shape shape, int bound) {
    Philox random = random();
    Tensor tensor = Tensor.zeros(shape);
    float[] data = tensor.data();
    for (int i = 0; i < data.length; i++) {
      data[i] = random.nextInt(bound);
    }
    return tensor;
  }

  private Philox random() {
    return new Philox(seed, tensors++);
  }
}
