package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Inlet;
import dev.gabor.opencl.Buffer;
import dev.gabor.opencl.Context;
import dev.gabor.opencl.Marker;
import dev.gabor.opencl.UploadQueue;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Buffers of their own, filled through a queue of their own. */
final class OpenClInlet implements Inlet {
  /** One place: its buffers, and the end of the steps that read them. */
  private static final class Place {
    final List<Buffer> buffers = new ArrayList<>();
    final Marker read = new Marker();
  }

  private final Context context;
  private final List<Form> forms;
  private final List<Place> places = new ArrayList<>();
  private final UploadQueue uploads;

  /** Elements on their way to the order of the device, for each form that needs it. */
  private final float[][] staging;

  OpenClInlet(Context context, int count, List<Form> forms, boolean pinned) {
    this.context = context;
    this.forms = List.copyOf(forms);
    staging = new float[forms.size()][];
    uploads = context.uploadQueue(pinned);
    try {
      for (int i = 0; i < count; i++) {
        places.add(place());
      }
      // The zeros come through the other queue.
      context.queue().finish();
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  private Place place() {
    Place place = new Place();
    for (Form form : forms) {
      Buffer buffer = context.allocateForHost(form.shape().size() * Float.BYTES);
      place.buffers.add(buffer);
      buffer.fillZero();
    }
    return place;
  }

  @Override
  public List<DeviceTensor> tensors(int index) {
    Form form = forms.get(index);
    return places.stream()
        .<DeviceTensor>map(
            place -> new OpenClTensor(place.buffers.get(index), form.shape(), form.layout()))
        .toList();
  }

  @Override
  public long sizeBytes() {
    return places.stream()
        .flatMap(place -> place.buffers.stream())
        .mapToLong(Buffer::sizeBytes)
        .sum();
  }

  @Override
  public void fill(int number, float[]... sources) {
    Place place = places.get(number);
    UploadQueue.Part[] parts = new UploadQueue.Part[sources.length];
    for (int i = 0; i < sources.length; i++) {
      int count = forms.get(i).shape().arrayLength();
      if (sources[i].length < count) {
        throw new IllegalArgumentException(
            "upload of %d floats from an array of %d".formatted(count, sources[i].length));
      }
      FloatBuffer source = FloatBuffer.wrap(ordered(i, sources[i]), 0, count);
      parts[i] = new UploadQueue.Part(source, place.buffers.get(i));
    }
    place.read.await();
    uploads.write(parts);
  }

  /** The elements of a tensor in the order of the device. */
  private float[] ordered(int index, float[] source) {
    Form form = forms.get(index);
    if (MemoryOrder.isCanonical(form.shape(), form.layout())) {
      return source;
    }
    if (staging[index] == null) {
      staging[index] = new float[form.shape().arrayLength()];
    }
    MemoryOrder.toMemory(source, staging[index], form.shape(), form.layout());
    return staging[index];
  }

  @Override
  public synchronized void release(int number) {
    context.queue().mark(places.get(number).read);
  }

  @Override
  public synchronized boolean isDrained() {
    for (Place place : places) {
      if (!place.read.isReached()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    uploads.close();
    places.forEach(place -> place.read.close());
    places.forEach(place -> place.buffers.forEach(Buffer::close));
    places.clear();
  }
}
