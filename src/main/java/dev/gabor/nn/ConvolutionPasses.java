package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.nn.plan.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Records the three passes of a convolution, each by the algorithm that its backend chooses; a
 * transposed convolution uses them the other way round.
 *
 * @param c the sizes, batch included
 */
record ConvolutionPasses(Recorder recorder, Convolution c) {
  /** Records y = f(x w + b). */
  void forward(
      String operation, Value x, Value w, Optional<Value> b, Value y, Activation activation) {
    ConvolutionOps ops = recorder.backend().convolution();
    String algorithm = ops.choose(c, Pass.FORWARD);
    List<Value> workspace = workspace(Pass.FORWARD, algorithm);
    List<Value> reads = new ArrayList<>(List.of(x, w));
    b.ifPresent(reads::add);
    recorder.add(
        operation,
        reads,
        Nodes.join(y, workspace),
        slots ->
            ops.forward(
                c,
                slots.of(x),
                slots.of(w),
                Nodes.tensor(slots, b),
                slots.of(y),
                Nodes.first(slots, workspace),
                activation,
                algorithm));
  }

  /** Records dx from dy and the weight w. */
  void backwardData(String operation, Value dy, Value w, Value dx) {
    ConvolutionOps ops = recorder.backend().convolution();
    String algorithm = ops.choose(c, Pass.BACKWARD_DATA);
    List<Value> workspace = workspace(Pass.BACKWARD_DATA, algorithm);
    recorder.add(
        operation,
        List.of(dy, w),
        Nodes.join(dx, workspace),
        slots ->
            ops.backwardData(
                c,
                slots.of(dy),
                slots.of(w),
                slots.of(dx),
                Nodes.first(slots, workspace),
                algorithm));
  }

  /** Records the weight's gradient, dw, from x and dy. */
  void backwardWeight(String operation, Value x, Value dy, Value dw) {
    ConvolutionOps ops = recorder.backend().convolution();
    String algorithm = ops.choose(c, Pass.BACKWARD_WEIGHT);
    List<Value> workspace = workspace(Pass.BACKWARD_WEIGHT, algorithm);
    recorder.add(
        operation,
        List.of(x, dy),
        Nodes.join(dw, workspace),
        slots ->
            ops.backwardWeight(
                c,
                slots.of(x),
                slots.of(dy),
                slots.of(dw),
                Nodes.first(slots, workspace),
                algorithm));
  }

  private List<Value> workspace(Pass pass, String algorithm) {
    return recorder.workspace(recorder.backend().convolution().workspaceBytes(c, pass, algorithm));
  }
}
