package dev.gabor.golden;

import dev.gabor.data.Dataset;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A tensor as a data set; the class of sample i is i modulo the classes.
 *
 * @param x (N,C,H,W), of any values
 */
public record TensorDataset(Tensor x, int classes) implements Dataset {
  @Override
  public Shape shape() {
    return x.shape().sample();
  }

  @Override
  public int size() {
    return x.shape().length(0);
  }

  @Override
  public List<String> classNames() {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  @Override
  public void read(int index, float[] target, int offset) {
    int length = shape().arrayLength();
    System.arraycopy(x.data(), index * length, target, offset, length);
  }

  @Override
  public int label(int index) {
    return index % classes;
  }
}
