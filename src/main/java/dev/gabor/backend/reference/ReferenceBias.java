package dev.gabor.backend.reference;

import dev.gabor.backend.BiasOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;

/** Bias; the sum over images and pixels runs in double. */
final class ReferenceBias extends BiasOps {
  @Override
  public long workspaceBytes(Shape shape) {
    return 0;
  }

  @Override
  protected Step bindForward(DeviceTensor input, DeviceTensor perChannel, DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor bias = ReferenceTensor.of(perChannel);
    ReferenceTensor y = ReferenceTensor.of(output);
    int channels = bias.size;
    int area = x.size / x.shape().length(0) / channels;
    return () ->
        Parallel.forEach(
            x.size / area,
            plane -> {
              float value = bias.data[bias.offset + plane % channels];
              for (int i = plane * area; i < (plane + 1) * area; i++) {
                y.data[y.offset + i] = x.data[x.offset + i] + value;
              }
            });
  }

  @Override
  protected Step bindBackward(
      DeviceTensor dOutput, DeviceTensor dPerChannel, DeviceTensor workspace) {
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor dbias = ReferenceTensor.of(dPerChannel);
    int channels = dbias.size;
    int images = dy.shape().length(0);
    int area = dy.size / images / channels;
    return () ->
        Parallel.forEach(
            channels,
            c -> {
              double sum = 0;
              for (int n = 0; n < images; n++) {
                int plane = dy.offset + (n * channels + c) * area;
                for (int i = plane; i < plane + area; i++) {
                  sum += dy.data[i];
                }
              }
              dbias.data[dbias.offset + c] = (float) sum;
            });
  }
}
