package dev.gabor.golden;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tensors as JSON: {@code {"shape":[2,3],"data":[…]}}. The digits give the same floats back. */
final class TensorJson {
  private TensorJson() {}

  static JsonObject write(Tensor tensor) {
    JsonArray data = new JsonArray();
    for (float element : tensor.data()) {
      data.add(element);
    }
    JsonObject json = new JsonObject();
    json.put("shape", new JsonArray(Arrays.stream(tensor.shape().toArray()).boxed().toList()));
    json.put("data", data);
    return json;
  }

  static Tensor read(JsonObject json) {
    JsonArray lengths = json.getArray("shape");
    int[] shape = new int[lengths.size()];
    Arrays.setAll(shape, lengths::getInt);
    JsonArray elements = json.getArray("data");
    Tensor tensor = Tensor.zeros(Shape.of(shape));
    for (int i = 0; i < tensor.data().length; i++) {
      // From its digits: by way of a double it would be rounded twice.
      tensor.data()[i] = Float.parseFloat(elements.get(i).toString());
    }
    return tensor;
  }

  static JsonObject writeAll(Map<String, Tensor> tensors) {
    JsonObject json = new JsonObject();
    tensors.forEach((name, tensor) -> json.put(name, write(tensor)));
    return json;
  }

  static Map<String, Tensor> readAll(JsonObject json) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    json.keySet().forEach(name -> tensors.put(name, read(json.getObject(name))));
    return tensors;
  }
}
