package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Loss;
import dev.gabor.data.Normalization;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A trained network with all that is needed to use it: weights, normalisation, class names. */
public final class Model {
  private final Network network;
  private final Map<String, Tensor> parameters;
  private final Normalization normalization;
  private final List<String> classNames;
  private final Loss loss;
  private final Provenance provenance;

  /**
   * A model.
   *
   * @param parameters one tensor for each parameter of the network, by name; not copied
   * @param normalization as fitted on the training set
   * @param classNames one for each output of the network
   * @param loss that was trained with; says what the outputs mean. Class weights are not kept.
   * @throws IllegalArgumentException if the parts do not fit together
   */
  public Model(
      Network network,
      Map<String, Tensor> parameters,
      Normalization normalization,
      List<String> classNames,
      Loss loss,
      Provenance provenance) {
    this.network = network;
    this.parameters = inOrder(network, parameters);
    this.normalization = normalization;
    this.classNames = List.copyOf(classNames);
    this.loss = loss.forEvaluation();
    this.provenance = provenance;
    if (network.output().shape().size() != classNames.size()) {
      throw new IllegalArgumentException(
          "%d class names, expected one for each output of %s"
              .formatted(classNames.size(), network.output()));
    }
    if (network.input().shape().length(0) != normalization.channels()) {
      throw new IllegalArgumentException(
          "normalization of %d channels, expected those of samples %s"
              .formatted(normalization.channels(), network.input().shape()));
    }
  }

  /** The values of all parameters on a device. */
  static Map<String, Tensor> values(ParameterStore store) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (Parameter parameter : store.network().parameters()) {
      values.put(parameter.name(), store.get(parameter));
    }
    return values;
  }

  private static Map<String, Tensor> inOrder(Network network, Map<String, Tensor> given) {
    Set<String> unknown = new TreeSet<>(given.keySet());
    Map<String, Tensor> ordered = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters()) {
      Tensor value = given.get(parameter.name());
      if (value == null) {
        throw new IllegalArgumentException(
            "tensor %s: expected %s, it is missing".formatted(parameter.name(), parameter.shape()));
      }
      if (!value.shape().equals(parameter.shape())) {
        throw new IllegalArgumentException(
            "tensor %s: expected %s, found %s"
                .formatted(parameter.name(), parameter.shape(), value.shape()));
      }
      ordered.put(parameter.name(), value);
      unknown.remove(parameter.name());
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "tensor %s: the network has no parameter of this name"
              .formatted(unknown.iterator().next()));
    }
    return Collections.unmodifiableMap(ordered);
  }

  /** Parameters on a device, without gradients; the caller closes them. */
  ParameterStore place(Backend backend) {
    ParameterStore store = new ParameterStore(network, backend, false);
    for (Parameter parameter : network.parameters()) {
      store.set(parameter, parameters.get(parameter.name()));
    }
    return store;
  }

  /**
   * A sample as the network takes it.
   *
   * @param pixels values in [0,1], planar (C,H,W); not modified
   */
  float[] normalized(float[] pixels) {
    Shape shape = network.input().shape();
    if (pixels.length != shape.size()) {
      throw new IllegalArgumentException(
          "image: expected %d values %s, found %d".formatted(shape.size(), shape, pixels.length));
    }
    float[] sample = pixels.clone();
    if (shape.rank() == 3) {
      normalization.apply(sample, 0, shape);
    }
    return sample;
  }

  /**
   * Writes one safetensors file with the configuration in its metadata; an older file of this name
   * is replaced in one moment.
   *
   * @throws ModelFileException if it cannot be written; the older file is then untouched
   */
  public void save(Path file) {
    ModelFile.write(this, file);
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws ModelFileException naming the file, what was expected and what was found
   */
  public static Model load(Path file) {
    return ModelFile.read(file);
  }

  /** The layers. */
  public Network network() {
    return network;
  }

  /** The values of all parameters by name, in the network's order. */
  public Map<String, Tensor> parameters() {
    return parameters;
  }

  /** What is done to pixels in [0,1] before they enter the network. */
  public Normalization normalization() {
    return normalization;
  }

  /** The name of each output. */
  public List<String> classNames() {
    return classNames;
  }

  /** The loss that was trained with. */
  public Loss loss() {
    return loss;
  }

  /** Where the model comes from. */
  public Provenance provenance() {
    return provenance;
  }
}
