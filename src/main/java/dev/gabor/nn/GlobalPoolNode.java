package dev.gabor.nn;

import dev.gabor.backend.PoolWindow;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Pooling with one window as large as the image, whatever its size: (C,H,W) becomes (C,1,1). */
final class GlobalPoolNode extends PoolNode {
  GlobalPoolNode(String name, Node input, PoolWindow.Kind kind) {
    super(name, input, wholeImage(name, input, kind));
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new GlobalPoolNode(name, inputs.get(0), settings.choice("kind", PoolWindow.Kind.class));
  }

  @Override
  public String operator() {
    return "global_pool";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of("kind", window().kind().name().toLowerCase(Locale.ROOT));
  }

  private static PoolWindow wholeImage(String name, Node input, PoolWindow.Kind kind) {
    Shape shape = Nodes.image(name, "global_pool", input);
    return Nodes.fitting(name, () -> PoolWindow.of(kind, shape.length(1), shape.length(2)));
  }
}
