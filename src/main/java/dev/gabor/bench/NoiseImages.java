package dev.gabor.bench;

import dev.gabor.data.Dataset;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** Random images with random labels: enough to keep a device busy. */
record NoiseImages(int size, Shape shape, int classes) implements Dataset {
  @Override
  public List<String> classNames() {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  @Override
  public void read(int index, float[] target, int offset) {
    Philox random = new Philox(1, index);
    for (int i = 0; i < shape.arrayLength(); i++) {
      target[offset + i] = random.nextFloat();
    }
  }

  @Override
  public int label(int index) {
    return index % classes;
  }
}
