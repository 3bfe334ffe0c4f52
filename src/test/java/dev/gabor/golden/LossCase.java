package dev.gabor.golden;

import com.grack.nanojson.JsonObject;
import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Loss;
import dev.gabor.backend.Memory;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Map;

/**
 * The loss of every sample and the gradient of their mean.
 *
 * @param prediction (N,C)
 * @param target (N) classes, or the prediction's shape
 */
public record LossCase(String name, Loss loss, Tensor prediction, Tensor target)
    implements GoldenCase {
  @Override
  public Map<String, Tensor> answer(Backend backend) {
    Tensor losses = Tensor.zeros(prediction.shape().length(0));
    Tensor dprediction = Tensor.zeros(prediction.shape());
    try (Memory xMemory = memory(backend, prediction);
        Memory targetMemory = memory(backend, target);
        Memory lossMemory = memory(backend, losses);
        Memory dxMemory = memory(backend, dprediction)) {
      DeviceTensor x = tensor(xMemory, prediction.shape());
      DeviceTensor t = tensor(targetMemory, target.shape());
      DeviceTensor l = tensor(lossMemory, losses.shape());
      DeviceTensor dx = tensor(dxMemory, prediction.shape());
      backend.write(prediction.data(), x);
      backend.write(target.data(), t);
      try (var step = backend.loss().forwardBackward(loss, x, t, l, dx)) {
        step.run();
      }
      backend.read(l, losses.data());
      backend.read(dx, dprediction.data());
    }
    return Map.of("losses", losses, "dprediction", dprediction);
  }

  private static Memory memory(Backend backend, Tensor tensor) {
    return backend.allocate(backend.sizeBytes(tensor.shape(), Layout.PLAIN));
  }

  private static DeviceTensor tensor(Memory memory, Shape shape) {
    return memory.tensor(0, shape, Layout.PLAIN);
  }

  @Override
  public float bound() {
    return 2e-6f;
  }

  @Override
  public JsonObject write() {
    JsonObject json = new JsonObject();
    json.put("type", "loss");
    json.put("name", name);
    json.put("kind", loss.kind().name());
    json.put("parameter", loss.parameter());
    json.put("prediction", TensorJson.write(prediction));
    json.put("target", TensorJson.write(target));
    return json;
  }

  static LossCase read(JsonObject json) {
    Loss.Kind kind = Loss.Kind.valueOf(json.getString("kind"));
    return new LossCase(
        json.getString("name"),
        new Loss(kind, json.getFloat("parameter")),
        TensorJson.read(json.getObject("prediction")),
        TensorJson.read(json.getObject("target")));
  }
}
