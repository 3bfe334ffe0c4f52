package dev.gabor.peers;

import ai.djl.ndarray.types.Shape;
import java.util.Map;

/** The settings of a node as PyTorch's calls want them. */
final class TorchSettings {
  private final Map<String, Object> values;

  TorchSettings(Map<String, Object> values) {
    this.values = values;
  }

  int integer(String key) {
    return ((Number) find(key)).intValue();
  }

  /** The float as a double of the same digits: 0.1f is 0.1. */
  double number(String key) {
    return Double.parseDouble(find(key).toString());
  }

  boolean flag(String key) {
    return (Boolean) find(key);
  }

  String text(String key) {
    return find(key).toString();
  }

  /** The rows and columns of a setting that has both. */
  Shape pair(String key) {
    return new Shape(integer(key + "_h"), integer(key + "_w"));
  }

  private Object find(String key) {
    Object value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("setting " + key + " is missing in " + values);
    }
    return value;
  }
}
