package dev.gabor.nn;

import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolOps;
import dev.gabor.backend.PoolWindow;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Maximum or average pooling with a window that does not depend on the image. */
class PoolNode extends Node {
  private final PoolWindow window;

  PoolNode(String name, Node input, PoolWindow window) {
    super(name, List.of(input), outputShape(name, input, window));
    this.window = window;
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    int height = settings.integer("window_h");
    int width = settings.integer("window_w");
    PoolWindow window =
        new PoolWindow(
            settings.choice("kind", PoolWindow.Kind.class),
            height,
            width,
            settings.integer("stride_h", height),
            settings.integer("stride_w", width),
            settings.integer("pad_h", 0),
            settings.integer("pad_w", 0),
            settings.flag("ceil_mode", false),
            settings.flag("count_include_pad", true));
    return new PoolNode(name, inputs.get(0), window);
  }

  @Override
  public String operator() {
    return "pool";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of(
        "kind", window.kind().name().toLowerCase(Locale.ROOT),
        "window_h", window.height(),
        "window_w", window.width(),
        "stride_h", window.strideH(),
        "stride_w", window.strideW(),
        "pad_h", window.padH(),
        "pad_w", window.padW(),
        "ceil_mode", window.ceilMode(),
        "count_include_pad", window.countIncludePad());
  }

  final PoolWindow window() {
    return window;
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    Pool pool = problem(x.shape(), window);
    PoolOps ops = recorder.backend().pool();
    long reserveBytes = recorder.wantsGradient(x) ? ops.reserveBytes(pool) : 0;
    // Nothing, or one value that lives until backward in the place of x.
    List<Value> reserve = recorder.workspace(reserveBytes);
    recorder.add(
        "pool forward",
        List.of(x),
        Nodes.join(y, reserve),
        slots -> ops.forward(pool, slots.of(x), slots.of(y), Nodes.first(slots, reserve)));
    return dy ->
        recorder.contribute(
            x,
            dx ->
                recorder.add(
                    "pool backward",
                    Nodes.join(dy, reserve),
                    List.of(dx),
                    slots ->
                        ops.backward(
                            pool, slots.of(dy), Nodes.first(slots, reserve), slots.of(dx))));
  }

  private static Shape outputShape(String name, Node input, PoolWindow window) {
    Shape shape = Nodes.image(name, "pool", input);
    return Nodes.fitting(name, () -> problem(shape.batched(1), window).outputShape().sample());
  }

  private static Pool problem(Shape x, PoolWindow window) {
    return new Pool(window, x.length(0), x.length(1), x.length(2), x.length(3));
  }
}
