package dev.gabor.train;

import dev.gabor.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A run in the middle, as a value. Its file is that of the model, which {@link Model#load} reads,
 * with what the run needs besides.
 *
 * @param model what would be the result if the run ended here
 * @param memory the optimizer's states and their like, by name
 * @param run where the run stands
 */
record Checkpoint(Model model, Map<String, Tensor> memory, RunState run) {
  private static final String TRAINED = "parameter/";

  /** A checkpoint of a session's state. */
  static Checkpoint of(Model model, SessionState state, RunState run) {
    Map<String, Tensor> memory = new LinkedHashMap<>(state.memory());
    if (state.trained() != state.evaluated()) {
      state.trained().forEach((name, value) -> memory.put(TRAINED + name, value));
    }
    return new Checkpoint(model, memory, run);
  }

  /** The state to go on with. */
  SessionState state() {
    Map<String, Tensor> trained = new LinkedHashMap<>(model.parameters());
    Map<String, Tensor> rest = new LinkedHashMap<>(memory);
    for (String name : model.parameters().keySet()) {
      Optional.ofNullable(rest.remove(TRAINED + name)).ifPresent(value -> trained.put(name, value));
    }
    return new SessionState(run.step(), run.counted(), trained, model.parameters(), rest);
  }

  /** Writes the file in one moment. */
  void write(Path file) {
    CheckpointFile.write(this, file);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws ModelFileException if the file is damaged or none of a run
   */
  static Checkpoint read(Path file) {
    return CheckpointFile.read(file);
  }
}
