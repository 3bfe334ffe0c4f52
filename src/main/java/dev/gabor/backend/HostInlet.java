package dev.gabor.backend;

import java.util.ArrayList;
import java.util.List;

/** Places of a backend whose steps have ended when they return: there is nothing to wait for. */
final class HostInlet implements Inlet {
  private final Backend backend;
  private final List<Memory> memories = new ArrayList<>();
  private final List<List<DeviceTensor>> tensors = new ArrayList<>();

  HostInlet(Backend backend, int places, List<Form> forms) {
    this.backend = backend;
    for (Form form : forms) {
      List<DeviceTensor> ofForm = new ArrayList<>();
      for (int place = 0; place < places; place++) {
        Memory memory = backend.allocate(backend.sizeBytes(form.shape(), form.layout()));
        memories.add(memory);
        ofForm.add(memory.tensor(0, form.shape(), form.layout()));
      }
      tensors.add(List.copyOf(ofForm));
    }
  }

  @Override
  public List<DeviceTensor> tensors(int index) {
    return tensors.get(index);
  }

  @Override
  public long sizeBytes() {
    return memories.stream().mapToLong(Memory::sizeBytes).sum();
  }

  @Override
  public void fill(int place, float[]... sources) {
    for (int i = 0; i < sources.length; i++) {
      backend.write(sources[i], tensors.get(i).get(place));
    }
  }

  @Override
  public void release(int place) {
    // The steps have ended.
  }

  @Override
  public boolean isDrained() {
    return true;
  }

  @Override
  public void close() {
    memories.forEach(Memory::close);
  }
}
