package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.BiasOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.nn.plan.Slots;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What several nodes need: refusals that name the layer, workspaces in lists, the gradient of a
 * bias.
 */
final class Nodes {
  private Nodes() {}

  /** The input's shape (C,H,W); refused where it has none. */
  static Shape image(String layer, String operator, Node input) {
    if (input.shape().rank() != 3) {
      throw new IllegalArgumentException(
          "layer "
              + layer
              + " ("
              + operator
              + ") needs an image (C,H,W), but "
              + input.name()
              + " gives "
              + input.shape());
    }
    return input.shape();
  }

  /** Makes sizes, and names the layer where they do not fit together. */
  static <T> T fitting(String layer, Supplier<T> sizes) {
    try {
      return sizes.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("layer " + layer + ": " + e.getMessage(), e);
    }
  }

  /** One value and the workspace, where there is one. */
  static List<Value> join(Value value, List<Value> workspace) {
    List<Value> all = new ArrayList<>(List.of(value));
    all.addAll(workspace);
    return all;
  }

  /** The tensor of a workspace, or none. */
  static DeviceTensor first(Slots slots, List<Value> workspace) {
    return workspace.isEmpty() ? DeviceTensor.NONE : slots.of(workspace.get(0));
  }

  /** The tensor of a value, or none. */
  static DeviceTensor tensor(Slots slots, Optional<Value> value) {
    return value.map(slots::of).orElse(DeviceTensor.NONE);
  }

  /** A value for the gradient of an input, where anybody wants it. */
  static Optional<Value> gradientLike(Recorder recorder, Value input) {
    return recorder.wantsGradient(input)
        ? Optional.of(recorder.value("gradient of " + input.label(), input.shape(), input.layout()))
        : Optional.empty();
  }

  /** A frozen parameter's gradient is still computed with the others, but goes nowhere. */
  static Value gradient(Recorder recorder, Parameter parameter) {
    return recorder.trains(parameter)
        ? recorder.gradient(parameter)
        : recorder.value(
            "gradient of " + parameter.name(), parameter.deviceShape(), parameter.layout());
  }

  /** Records dbias = Σ dy. */
  static void recordBiasGradient(Recorder recorder, Parameter bias, Value dy) {
    BiasOps ops = recorder.backend().bias();
    Value db = recorder.gradient(bias);
    List<Value> workspace = recorder.workspace(ops.workspaceBytes(dy.shape()));
    recorder.add(
        "bias backward",
        List.of(dy),
        join(db, workspace),
        slots -> ops.backward(slots.of(dy), slots.of(db), first(slots, workspace)));
  }

  /** Records dy f'(x) from y = f(x), where an operator has an activation in its epilogue. */
  static Value throughActivation(Recorder recorder, Activation activation, Value y, Value dy) {
    if (activation.kind() == Activation.Kind.IDENTITY) {
      return dy;
    }
    Value before = recorder.value("gradient before " + activation.kind(), dy.shape(), dy.layout());
    recorder.addInPlace(
        "activation backward",
        List.of(dy, y),
        List.of(before),
        slots ->
            recorder
                .backend()
                .activation()
                .backward(activation, slots.of(y), slots.of(dy), slots.of(before)));
    return before;
  }
}
