package dev.gabor.optim;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Operation;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * An exponential moving average of a network's parameters, which often does better than the
 * parameters themselves (Polyak and Juditsky 1992). After the first update it is the parameters,
 * after each further one average = decay · average + (1 - decay) · parameters, as PyTorch's
 * AveragedModel with get_ema_multi_avg_fn; running statistics are copied. Closed before the
 * backend.
 */
public final class WeightAverage implements OptimizerOps.Blend, AutoCloseable {
  private final ParameterStore trained;
  private final ParameterStore averaged;
  private final OptimizerRun run;
  private final double decay;

  /**
   * An average that holds zeros until the first update.
   *
   * @param decay 0 to below 1, near 1
   */
  public WeightAverage(ParameterStore trained, OptimizerRun run, double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException(
          "weight average: decay is " + decay + ", expected at least 0 and below 1");
    }
    this.trained = trained;
    this.run = run;
    this.decay = decay;
    averaged = trained.withoutGradients();
  }

  /** Appends the average to a recording that ends with the update. */
  public void record(Recording recording) {
    for (Parameter.Kind kind : OptimizerRun.TRAINED) {
      DeviceTensor from = trained.all(kind);
      if (!from.isPresent()) {
        continue;
      }
      DeviceTensor into = averaged.all(kind);
      Value average = recording.external("average", into);
      recording.add(
          new Operation(
              "average",
              "weight average",
              List.of(recording.external("parameters", from), average),
              List.of(average),
              false,
              slots -> run.whenDue(trained.backend().optimizer().blend(from, into, this))));
    }
  }

  @Override
  public float keep() {
    return (float) (run.step() == 1 ? 0 : decay);
  }

  @Override
  public float add() {
    return (float) (run.step() == 1 ? 1 : 1 - decay);
  }

  /**
   * The averaged parameters with today's running statistics and what is frozen, to the bit; before
   * any update, today's all.
   */
  public ParameterStore parameters() {
    for (Parameter parameter : trained.network().parameters()) {
      if (!parameter.trains() || trained.isFrozen(parameter) || run.step() == 0) {
        averaged.set(parameter, trained.get(parameter));
      }
    }
    return averaged;
  }

  /** Goes on with an average by name, as a checkpoint has it. */
  public void set(Map<String, Tensor> values) {
    for (Parameter parameter : averaged.network().parameters()) {
      averaged.set(parameter, values.get(parameter.name()));
    }
  }

  /** The bytes on the device. */
  public long sizeBytes() {
    return averaged.allocatedBytes();
  }

  @Override
  public void close() {
    averaged.close();
  }
}
