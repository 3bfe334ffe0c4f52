package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Inlet;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.data.Batch;
import dev.gabor.nn.ParameterStore;
import java.util.ArrayList;
import java.util.List;

/**
 * The samples and targets of the steps to come, on the device: while a step reads one place,
 * another is filled.
 */
final class Feed implements AutoCloseable {
  /** One is read while the other is filled. */
  static final int PLACES = 2;

  private static final int IMAGES = 0;
  private static final int TARGET = 1;

  private final TrainingSetup setup;
  private final Targets targets;
  private final Inlet inlet;

  Feed(TrainingSetup setup) {
    this.setup = setup;
    targets = new Targets(setup.loss(), setup.batch(), setup.classes());
    inlet = setup.backend().inlet(PLACES, forms(setup));
  }

  private static List<Inlet.Form> forms(TrainingSetup setup) {
    return List.of(
        new Inlet.Form(
            setup.network().input().shape().batched(setup.batch()),
            setup.network().input().layout()),
        new Inlet.Form(Targets.shape(setup.loss(), setup.batch(), setup.classes()), Layout.PLAIN));
  }

  /** Lets a step read from here. */
  void attachTo(TrainingGraph graph) {
    graph.recording().stream(graph.ends().input(), inlet.tensors(IMAGES));
    graph.recording().stream(graph.target(), inlet.tensors(TARGET));
  }

  /**
   * Does the same on paper.
   *
   * @param parameters on paper
   * @return the bytes that a feed takes
   */
  static long sketch(TrainingSetup setup, ParameterStore parameters, TrainingGraph graph) {
    Backend backend = setup.backend();
    List<List<DeviceTensor>> tensors = new ArrayList<>();
    long bytes = 0;
    for (Inlet.Form form : forms(setup)) {
      List<DeviceTensor> places = new ArrayList<>();
      for (int place = 0; place < PLACES; place++) {
        Memory memory = parameters.allocate(backend.sizeBytes(form.shape(), form.layout()));
        places.add(memory.tensor(0, form.shape(), form.layout()));
        bytes += memory.sizeBytes();
      }
      tensors.add(places);
    }
    graph.recording().stream(graph.ends().input(), tensors.get(IMAGES));
    graph.recording().stream(graph.target(), tensors.get(TARGET));
    return bytes;
  }

  /**
   * Copies a batch to the device, as soon as no step reads the place any more. May be called in
   * another thread than the one that trains.
   *
   * @throws IllegalArgumentException if it is not a whole batch of the network's samples
   */
  void fill(int place, Batch batch) {
    if (batch.count() != setup.batch() || batch.capacity() != setup.batch()) {
      throw new IllegalArgumentException(
          "training step: expected a batch of %d samples, found %d of %d"
              .formatted(setup.batch(), batch.count(), batch.capacity()));
    }
    if (!batch.images().shape().sample().equals(setup.network().input().shape())) {
      throw new IllegalArgumentException(
          "training step: expected samples %s, found %s"
              .formatted(setup.network().input().shape(), batch.images().shape().sample()));
    }
    inlet.fill(place, batch.images().data(), targets.of(batch));
  }

  /** Says that the step that reads a place has been started and is no longer asked about. */
  void release(int place) {
    inlet.release(place);
  }

  /** Whether the steps that read released places have ended. */
  boolean isDrained() {
    return inlet.isDrained();
  }

  /** The samples of a place that has not been released, as they were filled in. */
  float[] images(int place) {
    return read(inlet.tensors(IMAGES).get(place));
  }

  /** The targets of a place that has not been released. */
  float[] target(int place) {
    return read(inlet.tensors(TARGET).get(place));
  }

  private float[] read(DeviceTensor tensor) {
    float[] elements = new float[tensor.shape().arrayLength()];
    setup.backend().read(tensor, elements);
    return elements;
  }

  long sizeBytes() {
    return inlet.sizeBytes();
  }

  @Override
  public void close() {
    inlet.close();
  }
}
