package dev.gabor.train;

import dev.gabor.nn.NamePattern;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The first values of parameters, from a model that was trained before: PyTorch's {@code
 * load_state_dict(…, strict=False)}, Keras' {@code load_weights(…, skip_mismatch=True)}. Immutable.
 *
 * <pre>{@code
 * Model before = Model.load(Path.of("digits.safetensors"));
 * Network network = before.network().withClasses(letters.classes());
 * Trainer.of(network).weights(Weights.of(before).forClasses(letters.classNames())).freezeBackbone()
 * }</pre>
 *
 * <p>A parameter takes the tensor of its name where the shapes are equal, running statistics
 * included; {@link #onto} says which do and why others do not. Tensors have Gabor's names ({@code
 * conv1.weight}), which number the layers of one operator in the order in which they were added.
 */
public final class Weights {
  private final String source;
  private final Map<String, Tensor> tensors;
  private final Optional<Model> model;
  private final Map<NamePattern, String> leftOut;

  private Weights(
      String source,
      Map<String, Tensor> tensors,
      Optional<Model> model,
      Map<NamePattern, String> leftOut) {
    this.source = source;
    this.tensors = tensors;
    this.model = model;
    this.leftOut = leftOut;
  }

  /** The weights of a model. */
  public static Weights of(Model model) {
    return new Weights("the model", model.parameters(), Optional.of(model), Map.of());
  }

  /**
   * Reads a model, a checkpoint, or any other file in the safetensors format.
   *
   * @throws ModelFileException naming the file and what is wrong with it
   */
  public static Weights read(Path file) {
    SafeTensors contents = SafeTensors.read(file);
    Optional<Model> model =
        ModelFile.isModel(contents)
            ? Optional.of(ModelFile.model(file, contents))
            : Optional.empty();
    Map<String, Tensor> tensors = model.map(Model::parameters).orElse(contents.tensors());
    return new Weights(file.toString(), tensors, model, Map.of());
  }

  /** The same without tensors of some names, see {@link NamePattern}. */
  public Weights without(String... patterns) {
    Map<NamePattern, String> more = new LinkedHashMap<>(leftOut);
    for (String pattern : patterns) {
      more.put(new NamePattern(pattern), "left out by " + pattern);
    }
    return new Weights(source, tensors, model, more);
  }

  /**
   * The same without the head of the model unless its classes are these: a head of ten digits knows
   * nothing of ten letters. Weights that are not a model's have no head that anybody could know.
   *
   * @param classNames of the data to be trained on
   */
  public Weights forClasses(List<String> classNames) {
    if (model.isEmpty() || model.get().classNames().equals(classNames)) {
      return this;
    }
    Map<NamePattern, String> more = new LinkedHashMap<>(leftOut);
    more.put(new NamePattern(model.get().network().head().name()), "of other classes");
    return new Weights(source, tensors, model, more);
  }

  /** The model they come from, if it is one of Gabor's. */
  public Optional<Model> model() {
    return model;
  }

  /**
   * Which parameters of a network they fit.
   *
   * @throws IllegalArgumentException if they fit none at all
   */
  public WeightsReport onto(Network network) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    network.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    List<String> loaded = new ArrayList<>();
    Map<String, String> refused = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          Optional<String> reason = reason(name, tensor, Optional.ofNullable(parameters.get(name)));
          reason.ifPresentOrElse(why -> refused.put(name, why), () -> loaded.add(name));
        });
    if (loaded.isEmpty()) {
      Parameter first = network.parameters().get(0);
      throw new IllegalArgumentException(
          "weights of %s: no tensor fits a parameter by name and shape: expected one like %s %s, found %s"
              .formatted(
                  source,
                  first.name(),
                  first.shape(),
                  refused.isEmpty() ? "none" : refused.entrySet().iterator().next()));
    }
    List<String> first = new ArrayList<>(parameters.keySet());
    first.removeAll(loaded);
    return new WeightsReport(source, loaded, refused, first);
  }

  private Optional<String> reason(String name, Tensor tensor, Optional<Parameter> parameter) {
    for (Map.Entry<NamePattern, String> pattern : leftOut.entrySet()) {
      if (pattern.getKey().matches(name)) {
        return Optional.of(pattern.getValue());
      }
    }
    if (parameter.isEmpty()) {
      return Optional.of("the network has no parameter of this name");
    }
    return parameter.get().shape().equals(tensor.shape())
        ? Optional.empty()
        : Optional.of("shape %s, expected %s".formatted(tensor.shape(), parameter.get().shape()));
  }

  /** Overwrites what they fit. */
  void load(ParameterStore store) {
    List<String> loaded = onto(store.network()).loaded();
    for (Parameter parameter : store.network().parameters()) {
      if (loaded.contains(parameter.name())) {
        store.set(parameter, tensors.get(parameter.name()));
      }
    }
  }

  /** What a saved model says of them: how many there are, and a checksum. */
  String fingerprint(Network network) {
    Map<String, Tensor> taken = new LinkedHashMap<>();
    onto(network).loaded().forEach(name -> taken.put(name, tensors.get(name)));
    return "%d tensors, crc32c %s".formatted(taken.size(), CheckpointFile.checksum(taken));
  }
}
