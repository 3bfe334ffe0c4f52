package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Loss;
import dev.gabor.opencl.Buffer;
import java.util.Optional;

/** Launches {@code kernels-cl/loss_cross_entropy_pipelined.cl} on CPU drivers. */
record CrossEntropyRows(Launcher launcher, PipelinedRows rows) {
  static final String PROGRAM = "loss_cross_entropy_pipelined";

  /** Empty for other losses, and where more than one term of a sample counts. */
  static Optional<CrossEntropyRows> of(
      Launcher launcher, Loss loss, DeviceTensor prediction, DeviceTensor target) {
    if (loss.kind() != Loss.Kind.CROSS_ENTROPY
        || loss.parameter() != 0
        || target.shape().rank() != 1) {
      return Optional.empty();
    }
    return PipelinedRows.of(launcher, prediction.shape())
        .map(rows -> new CrossEntropyRows(launcher, rows));
  }

  Launch launch(
      DeviceTensor prediction,
      DeviceTensor target,
      Optional<Buffer> classWeights,
      DeviceTensor losses,
      DeviceTensor dprediction) {
    Launcher.Binding binding = launcher.kernel(PROGRAM, PROGRAM, launcher.vector());
    binding.tensor(prediction).tensor(target).bufferOrNull(classWeights);
    binding.tensor(losses).tensor(dprediction);
    binding.local(Float.BYTES).local(rows.keptBytes()).local(rows.keptBytes());
    binding.integers(rows.rows(), rows.rowsPerGroup(), prediction.shape().length(1));
    return rows.launch(binding);
  }
}
