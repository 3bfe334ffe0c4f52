package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.ElementwiseOps;
import dev.gabor.backend.Step;

/** Element-wise arithmetic. */
final class ReferenceElementwise extends ElementwiseOps {
  @Override
  protected Step bindAdd(DeviceTensor first, DeviceTensor second, DeviceTensor output) {
    ReferenceTensor a = ReferenceTensor.of(first);
    ReferenceTensor b = ReferenceTensor.of(second);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.ranges(
            y.size,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                y.data[y.offset + i] = a.data[a.offset + i] + b.data[b.offset + i];
              }
            });
  }

  @Override
  protected Step bindMultiply(DeviceTensor first, DeviceTensor second, DeviceTensor output) {
    ReferenceTensor a = ReferenceTensor.of(first);
    ReferenceTensor b = ReferenceTensor.of(second);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.ranges(
            y.size,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                y.data[y.offset + i] = a.data[a.offset + i] * b.data[b.offset + i];
              }
            });
  }
}
