package dev.gabor.train;

import dev.gabor.nn.Compiler;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;

/** The forward pass on parameters that may change between two calls; does not own them. */
final class Inference implements AutoCloseable {
  private final ParameterStore parameters;
  private final int batch;
  private final Plan plan;
  private final Compiler.Ends ends;

  Inference(ParameterStore parameters, int batch) {
    this.parameters = parameters;
    this.batch = batch;
    Recording recording = new Recording();
    ends = Compiler.inference(recording, parameters, batch);
    plan = new Plan(recording, new Arena(recording, parameters.backend()), parameters.backend());
  }

  /** The answers to up to a batch of samples. */
  Tensor outputs(Tensor images) {
    Shape sample = parameters.network().input().shape();
    int count = images.shape().length(0);
    if (count > batch || !images.shape().equals(sample.batched(count))) {
      throw new IllegalArgumentException(
          "forward: expected up to %d samples %s, found %s"
              .formatted(batch, sample, images.shape()));
    }
    plan.prepare();
    float[] padded = Arrays.copyOf(images.data(), sample.batched(batch).arrayLength());
    parameters.backend().write(padded, plan.tensor(ends.input()));
    plan.run();
    Shape answer = parameters.network().output().shape();
    float[] outputs = new float[answer.batched(batch).arrayLength()];
    parameters.backend().read(plan.tensor(ends.output()), outputs);
    return new Tensor(
        answer.batched(count), Arrays.copyOf(outputs, answer.batched(count).arrayLength()));
  }

  @Override
  public void close() {
    plan.close();
  }
}
