package dev.gabor.nn.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Models;
import dev.gabor.nn.ParameterStore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inference needs no more than the few tensors that live at the same time. */
class InferenceMemoryTest {
  private static final int BATCH = 16;

  @ParameterizedTest
  @ValueSource(strings = {"lenet", "vgg", "resnet18", "mobilenet"})
  void theArenaHoldsTheThreeLargestTensorsAtMost(String name) {
    try (Backend backend = Gabor.open("opencl");
        ParameterStore parameters =
            new ParameterStore(Models.byName(name, Models.usualShape(name), 10), backend, false)) {
      Recording recording = new Recording();
      Compiler.Ends ends = Compiler.inference(recording, parameters, BATCH);
      // Folded weights are parameters that every run needs; activations and workspaces are not.
      Map<Value, ?> derived = recording.derivations();
      long derivedBytes = derived.keySet().stream().mapToLong(v -> bytes(backend, v)).sum();
      Set<Value> tensors = Set.copyOf(ends.nodes().values());
      List<Long> largest =
          recording.operations().stream()
              .flatMap(operation -> operation.writes().stream())
              .distinct()
              .filter(value -> !value.isExternal() && !derived.containsKey(value))
              .map(value -> bytes(backend, value))
              .sorted((a, b) -> Long.compare(b, a))
              .toList();
      long three = largest.stream().limit(3).mapToLong(Long::longValue).sum();
      long arena = new Arena(recording, backend).sizeBytes() - derivedBytes;
      assertThat(tensors.size()).as("layers that share it").isGreaterThan(5);
      assertThat(arena).isLessThanOrEqualTo(three);
    }
  }

  private static long bytes(Backend backend, Value value) {
    long alignment = backend.alignmentBytes();
    long size = backend.sizeBytes(value.shape(), value.layout());
    return (size + alignment - 1) / alignment * alignment;
  }
}
