package dev.gabor.nn;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says why a layer in JSON cannot read what it asks for: unknown, too late, or a cycle. */
final class LayerOrder {
  private final Map<String, List<String>> inputs = new LinkedHashMap<>();

  /** The layers as they stand in the file. */
  LayerOrder(JsonArray layers) {
    for (Object layer : layers) {
      if (layer instanceof JsonObject object && object.get("name") instanceof String name) {
        List<String> names = new ArrayList<>();
        if (object.get("inputs") instanceof JsonArray array) {
          array.forEach(input -> names.add(String.valueOf(input)));
        }
        inputs.put(name, names);
      }
    }
  }

  /** What is wrong with an input that is not among the layers before. */
  IllegalArgumentException refusal(String layer, Object input, Set<String> before) {
    String name = String.valueOf(input);
    List<String> path = path(name, layer);
    if (!path.isEmpty()) {
      List<String> readings = new ArrayList<>();
      String reader = layer;
      for (String read : path) {
        readings.add(reader + " reads " + read);
        reader = read;
      }
      return new IllegalArgumentException(
          "layer %s: input %s: a cycle, %s: expected layers that read only layers before them"
              .formatted(layer, name, String.join(", ", readings)));
    }
    return new IllegalArgumentException(
        "layer %s: input %s: %sexpected a layer before it, one of %s"
            .formatted(layer, name, inputs.containsKey(name) ? "stands after it, " : "", before));
  }

  /** From one layer along its inputs to another, both included; empty where there is no way. */
  private List<String> path(String from, String to) {
    Map<String, String> readers = new HashMap<>();
    Deque<String> open = new ArrayDeque<>(List.of(from));
    readers.put(from, from);
    while (!open.isEmpty()) {
      String layer = open.remove();
      if (layer.equals(to)) {
        return backwards(readers, from, to);
      }
      for (String input : inputs.getOrDefault(layer, List.of())) {
        if (readers.putIfAbsent(input, layer) == null) {
          open.add(input);
        }
      }
    }
    return List.of();
  }

  private static List<String> backwards(Map<String, String> readers, String from, String to) {
    List<String> path = new ArrayList<>(List.of(to));
    for (String layer = to; !layer.equals(from); layer = readers.get(layer)) {
      path.add(readers.get(layer));
    }
    Collections.reverse(path);
    return path;
  }
}
