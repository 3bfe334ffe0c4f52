package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Loss;
import dev.gabor.backend.LossOps;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Step;
import dev.gabor.opencl.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Launches {@code kernels-cl/loss.cl} and a file for each family of losses, because drivers compile
 * all of a file: one work-group for each sample.
 */
final class OpenClLoss extends LossOps {
  private static final String REPORT = "loss";
  private static final String CROSS_ENTROPY = "loss_cross_entropy";
  private static final String LIKELIHOOD = "loss_likelihood";
  private static final String ELEMENTS = "loss_elements";
  private static final int SUMMARY_SLOT = 5;

  private final Launcher launcher;

  OpenClLoss(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bind(
      Loss loss,
      DeviceTensor prediction,
      DeviceTensor target,
      DeviceTensor losses,
      DeviceTensor dprediction) {
    Optional<Buffer> weights =
        loss.classWeights().isEmpty() ? Optional.empty() : Optional.of(upload(loss));
    Launch launch =
        CrossEntropyRows.of(launcher, loss, prediction, target)
            .map(rows -> rows.launch(prediction, target, weights, losses, dprediction))
            .orElseGet(() -> grouped(loss, prediction, target, weights, losses, dprediction));
    return weights.isEmpty() ? launch : new Owning(launch, weights.get());
  }

  private Launch grouped(
      Loss loss,
      DeviceTensor prediction,
      DeviceTensor target,
      Optional<Buffer> weights,
      DeviceTensor losses,
      DeviceTensor dprediction) {
    int samples = losses.shape().length(0);
    int elements = prediction.shape().arrayLength() / samples;
    Launcher.Binding binding =
        launcher.kernel(program(loss), kernel(loss, elements), launcher.vector());
    binding.tensor(prediction).tensor(target);
    if (loss.isOfClasses()) {
      binding.bufferOrNull(weights);
    }
    binding.tensor(losses).tensor(dprediction);
    RowGroups rows = RowGroups.of(launcher, binding, samples, launcher.vectors(elements));
    binding.local(rows.sharedBytes());
    if (loss.kind() == Loss.Kind.CROSS_ENTROPY && RowGroups.keeps(elements)) {
      binding.local(RowGroups.keptBytes(launcher, elements));
    }
    binding.integers(elements, launcher.stream(prediction.shape()));
    switch (loss.kind()) {
      case CROSS_ENTROPY ->
          binding.integers(target.shape().rank() == 2 ? 1 : 0).floating(loss.parameter());
      case NEGATIVE_LOG_LIKELIHOOD -> {
        // Nothing but the row's length.
      }
      default -> binding.integers(code(loss)).floating(loss.parameter());
    }
    return rows.launch(binding);
  }

  private Buffer upload(Loss loss) {
    float[] values = new float[loss.classWeights().size()];
    for (int c = 0; c < values.length; c++) {
      values[c] = loss.classWeights().get(c);
    }
    Buffer buffer = launcher.context().allocate((long) values.length * Float.BYTES);
    buffer.write(values, 0, values.length, 0);
    return buffer;
  }

  /** A launch with the class weights that it reads. */
  private record Owning(Launch launch, Buffer weights) implements Step {
    @Override
    public void ready() {
      launch.ready();
    }

    @Override
    public void run() {
      launch.run();
    }

    @Override
    public void close() {
      launch.close();
      weights.close();
    }
  }

  private static String program(Loss loss) {
    return switch (loss.kind()) {
      case CROSS_ENTROPY -> CROSS_ENTROPY;
      case NEGATIVE_LOG_LIKELIHOOD -> LIKELIHOOD;
      default -> ELEMENTS;
    };
  }

  private static String kernel(Loss loss, int elements) {
    return loss.kind() == Loss.Kind.CROSS_ENTROPY && !RowGroups.keeps(elements)
        ? "loss_cross_entropy_plain"
        : program(loss);
  }

  /** The number of a loss of elements in the kernel file. */
  private static int code(Loss loss) {
    return switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> 0;
      case L1 -> 1;
      case HUBER -> 2;
      case BINARY_CROSS_ENTROPY_WITH_LOGITS -> 3;
      default -> throw new IllegalArgumentException(loss + " is not a loss of elements");
    };
  }

  @Override
  protected Step bindCountCorrect(
      DeviceTensor prediction, DeviceTensor target, DeviceTensor correct) {
    int classes = prediction.shape().length(1);
    Launcher.Binding binding =
        launcher
            .kernel(REPORT, "loss_correct", launcher.vector())
            .tensor(prediction)
            .tensor(target)
            .tensor(correct);
    int samples = correct.shape().length(0);
    RowGroups rows = RowGroups.of(launcher, binding, samples, launcher.vectors(classes));
    return rows.launch(
        binding.local(rows.sharedBytes()).integers(classes, target.shape().rank() == 2 ? 1 : 0));
  }

  @Override
  protected Step bindSummarize(
      DeviceTensor losses, DeviceTensor correct, RandomState random, DeviceTensor history) {
    int slots = history.shape().length(0);
    int samples = losses.shape().length(0);
    Launcher.Binding binding =
        launcher
            .kernel(REPORT, "loss_summary", launcher.vector())
            .tensor(losses)
            .tensor(correct)
            .tensor(history);
    RowGroups one = RowGroups.of(launcher, binding, 1, samples);
    Launch launch = one.launch(binding.local(one.sharedBytes()).integers(samples, 0));
    return new Step() {
      @Override
      public void ready() {
        launch.ready();
      }

      @Override
      public void run() {
        launch.kernel().setInt(SUMMARY_SLOT, Math.floorMod(random.step(), slots));
        launch.run();
      }

      @Override
      public void close() {
        launch.close();
      }
    };
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Stream.of(REPORT, CROSS_ENTROPY, CrossEntropyRows.PROGRAM, LIKELIHOOD, ELEMENTS)
        .flatMap(program -> Variant.vectors(program).stream())
        .toList();
  }
}
