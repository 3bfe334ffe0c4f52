package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A model on a device, asked for one image at a time. */
public final class Predictor implements AutoCloseable {
  private final Model model;
  private final Backend backend;
  private final ParameterStore parameters;
  private final Plan plan;
  private final Compiler.Ends ends;

  /** Places a model on a device. */
  public Predictor(Model model, Backend backend) {
    this.model = model;
    this.backend = backend;
    parameters = model.place(backend);
    try {
      Recording recording = new Recording();
      ends = Compiler.inference(recording, parameters, 1);
      plan = new Plan(recording, new Arena(recording, backend), backend);
    } catch (RuntimeException | Error failure) {
      parameters.close();
      throw failure;
    }
  }

  /**
   * What the network answers, before any softmax.
   *
   * @param pixels values in [0,1], planar (C,H,W); normalised here as in training
   */
  public float[] outputs(float[] pixels) {
    backend.write(model.normalized(pixels), plan.tensor(ends.input()));
    plan.run();
    float[] outputs = new float[model.classNames().size()];
    backend.read(plan.tensor(ends.output()), outputs);
    return outputs;
  }

  /**
   * The probability of every class. By the loss that the model was trained with: softmax for
   * cross-entropy, exp for negative log-likelihood, sigmoid for binary cross-entropy, else the
   * outputs as they are.
   *
   * @param pixels values in [0,1], planar (C,H,W)
   */
  public float[] probabilities(float[] pixels) {
    float[] outputs = outputs(pixels);
    Probabilities.of(model.loss(), outputs);
    return outputs;
  }

  /** The most probable classes, the best first. */
  public List<Prediction> top(float[] pixels, int count) {
    if (count < 1) {
      throw new IllegalArgumentException("top: expected at least 1 class, found " + count);
    }
    float[] probabilities = probabilities(pixels);
    return IntStream.range(0, probabilities.length)
        .mapToObj(c -> new Prediction(c, model.classNames().get(c), probabilities[c]))
        .sorted(Comparator.comparingDouble((Prediction p) -> -p.probability()))
        .limit(count)
        .toList();
  }

  @Override
  public void close() {
    plan.close();
    parameters.close();
  }
}
