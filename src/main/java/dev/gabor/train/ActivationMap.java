package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Node;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Set;

/**
 * Where in an image a model sees a class: Grad-CAM (Selvaraju et al. 2017). With A the maps (K,P,Q)
 * of a layer and s the output of the class before any softmax,
 *
 * <pre>
 *   weight[k] = Σ_pq ds/dA[k,p,q] / (P·Q)
 *   map[p,q]  = max(0, Σ_k weight[k] A[k,p,q])
 * </pre>
 *
 * <p>Where the network ends in global average pooling and one dense layer, weight[k] is that
 * layer's weight divided by P·Q, and the map is the class-activation map of Zhou et al. 2016 but
 * for that factor and the cut at 0.
 */
public final class ActivationMap implements AutoCloseable {
  private static final Set<String> SOFTMAX = Set.of("softmax", "log_softmax");

  /**
   * A map of one class.
   *
   * @param prediction the class, with the probability that the model gives it
   * @param map (P,Q), 0 and above; all 0 where nothing in the layer speaks for the class
   */
  public record Sight(Prediction prediction, Tensor map) {}

  private final Model model;
  private final Backend backend;
  private final Node layer;
  private final ParameterStore parameters;
  private final Compiler.Derivative derivative;
  private final Plan plan;

  /**
   * Places a model on a device, to look at the last layer that has the rows and columns of the last
   * convolution: behind its norm, its activation and the end of its residual block.
   *
   * @throws IllegalArgumentException if no convolution gives more than one pixel
   */
  public ActivationMap(Model model, Backend backend) {
    this(model, backend, ImageLayers.last(model.network()));
  }

  /**
   * The same at a layer of one's choice.
   *
   * @throws IllegalArgumentException if there is no such layer, its answer is no image, or the
   *     output does not depend on it
   */
  public ActivationMap(Model model, Backend backend, String layer) {
    this(model, backend, ImageLayers.named(model.network(), layer));
  }

  private ActivationMap(Model model, Backend backend, Node layer) {
    this.model = model;
    this.backend = backend;
    this.layer = layer;
    parameters = model.place(backend);
    try {
      Node output = model.network().output();
      Node scores = SOFTMAX.contains(output.operator()) ? output.inputs().get(0) : output;
      Recording recording = new Recording();
      derivative = Compiler.derivative(recording, parameters, 1, scores, layer);
      recording.output(derivative.pass().values().get(output));
      recording.output(derivative.pass().values().get(layer));
      plan = new Plan(recording, new Arena(recording, backend), backend);
    } catch (RuntimeException | Error failure) {
      parameters.close();
      throw failure;
    }
  }

  /** The layer that is looked at. */
  public String layer() {
    return layer.name();
  }

  /**
   * The map of the most probable class.
   *
   * @param pixels values in [0,1], planar (C,H,W); normalised here as in training
   */
  public Sight of(float[] pixels) {
    float[] probabilities = run(pixels, -1);
    int best = 0;
    for (int c = 1; c < probabilities.length; c++) {
      best = probabilities[c] > probabilities[best] ? c : best;
    }
    return of(pixels, best);
  }

  /**
   * The map of a class.
   *
   * @param pixels values in [0,1], planar (C,H,W)
   * @param index of the class, from 0
   * @throws IllegalArgumentException if there is no such class
   */
  public Sight of(float[] pixels, int index) {
    int classes = model.classNames().size();
    if (index < 0 || index >= classes) {
      throw new IllegalArgumentException(
          "class %d: expected 0 to %d".formatted(index, classes - 1));
    }
    float[] probabilities = run(pixels, index);
    Prediction prediction =
        new Prediction(index, model.classNames().get(index), probabilities[index]);
    return new Sight(prediction, map(layer.shape()));
  }

  /** Starts the gradient at one class, or nowhere; gives the probability of every class. */
  private float[] run(float[] pixels, int index) {
    float[] start = new float[model.classNames().size()];
    if (index >= 0) {
      start[index] = 1;
    }
    backend.write(model.normalized(pixels), plan.tensor(derivative.pass().input()));
    backend.write(start, plan.tensor(derivative.dOf()));
    plan.run();
    Value output = derivative.pass().values().get(model.network().output());
    float[] outputs = new float[start.length];
    backend.read(plan.tensor(output), outputs);
    Probabilities.of(model.loss(), outputs);
    return outputs;
  }

  private Tensor map(Shape shape) {
    float[] maps = new float[shape.arrayLength()];
    float[] gradients = new float[maps.length];
    backend.read(plan.tensor(derivative.pass().values().get(layer)), maps);
    backend.read(plan.tensor(derivative.dBy()), gradients);
    Tensor map = Tensor.zeros(shape.length(1), shape.length(2));
    int plane = map.data().length;
    double[] sums = new double[plane];
    for (int k = 0; k < shape.length(0); k++) {
      double weight = 0;
      for (int i = 0; i < plane; i++) {
        weight += gradients[k * plane + i];
      }
      for (int i = 0; i < plane; i++) {
        sums[i] += weight / plane * maps[k * plane + i];
      }
    }
    for (int i = 0; i < plane; i++) {
      map.data()[i] = (float) Math.max(0, sums[i]);
    }
    return map;
  }

  @Override
  public void close() {
    plan.close();
    parameters.close();
  }
}
