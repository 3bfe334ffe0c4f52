package dev.gabor.nn.plan;

import dev.gabor.backend.DeviceTensor;

/** The tensors of a placed plan. */
@FunctionalInterface
public interface Slots {
  /** The tensor of a value. */
  DeviceTensor of(Value value);
}
