package dev.gabor.nn;

import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/**
 * The first values of a parameter. Numbers come from Philox with the run's seed and the parameter's
 * index as stream, so they are the same on every backend.
 */
public enum Initializer {
  /** All 0. */
  ZEROS {
    @Override
    float value(Philox random, int fanIn, int fanOut) {
      return 0;
    }
  },
  /** All 1. */
  ONES {
    @Override
    float value(Philox random, int fanIn, int fanOut) {
      return 1;
    }
  },
  /** Normal with variance 2 / fan-in (He et al. 2015), for layers before a ReLU. */
  HE {
    @Override
    float value(Philox random, int fanIn, int fanOut) {
      return (float) Math.sqrt(2.0 / fanIn) * random.nextGaussian();
    }
  },
  /** Uniform in ±sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010). */
  GLOROT {
    @Override
    float value(Philox random, int fanIn, int fanOut) {
      float limit = (float) Math.sqrt(6.0 / (fanIn + fanOut));
      return random.nextFloat(-limit, limit);
    }
  },
  /** Uniform in ±1 / sqrt(fan-in): what PyTorch gives the weights and biases of its layers. */
  FAN_IN_UNIFORM {
    @Override
    float value(Philox random, int fanIn, int fanOut) {
      float limit = (float) (1 / Math.sqrt(fanIn));
      return random.nextFloat(-limit, limit);
    }
  };

  abstract float value(Philox random, int fanIn, int fanOut);

  /**
   * The first values of a tensor.
   *
   * @param shape (K,C/groups,R,S) or (K,C): fan-in is C/groups·R·S, fan-out K·R·S; for a vector
   *     both are its length
   * @param seed the run's seed
   * @param stream the parameter's index in its network
   */
  public Tensor create(Shape shape, long seed, long stream) {
    Tensor tensor = Tensor.zeros(shape);
    Philox random = new Philox(seed, stream);
    int first = shape.length(0);
    int fanIn = shape.rank() == 1 ? first : tensor.data().length / first;
    int fanOut = shape.rank() == 1 ? first : tensor.data().length / shape.length(1);
    for (int i = 0; i < tensor.data().length; i++) {
      tensor.data()[i] = value(random, fanIn, fanOut);
    }
    return tensor;
  }
}
