package dev.gabor.golden;

import com.grack.nanojson.JsonObject;
import dev.gabor.backend.Backend;
import dev.gabor.tensor.Tensor;
import java.util.Map;

/** A computation with all its inputs, to which another program has given the answer. */
public sealed interface GoldenCase permits LayerCase, LossCase, TrainingCase {
  /** What it tests, in words. */
  String name();

  /** Gabor's numbers by name. */
  Map<String, Tensor> answer(Backend backend);

  /** All that makes this case again. */
  JsonObject write();

  /**
   * How far an element may be from the right one: bound · (1 + |right|). Float rounding, more of it
   * where steps follow upon each other.
   */
  float bound();

  /** Reads what {@link #write} wrote. */
  static GoldenCase read(JsonObject json) {
    return switch (json.getString("type")) {
      case "layer" -> LayerCase.read(json);
      case "loss" -> LossCase.read(json);
      case "training" -> TrainingCase.read(json);
      default -> throw new IllegalArgumentException("unknown type of case: " + json.get("type"));
    };
  }
}
