package dev.gabor.cli;

import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.data.DataException;
import dev.gabor.data.Dataset;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkJson;
import dev.gabor.nn.models.Models;
import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code --model} means: a named model, or a file that describes a network in JSON. */
final class ModelChoice {
  /** What is trained where nothing is said. */
  static final String DEFAULT = "lenet";

  private ModelChoice() {}

  /**
   * The network for a data set.
   *
   * @throws IllegalArgumentException if there is no such model or file, or the file is damaged
   */
  static Network network(String nameOrFile, Dataset dataset) {
    if (Models.names().contains(nameOrFile)) {
      return Models.byName(nameOrFile, dataset.shape(), dataset.classes());
    }
    check(nameOrFile);
    Path file = Path.of(nameOrFile);
    Network network = read(file);
    fit(file, network, dataset);
    return network;
  }

  /**
   * Refuses what is neither, before there are data.
   *
   * @throws IllegalArgumentException if there is no such model or file
   */
  static void check(String nameOrFile) {
    if (!Models.names().contains(nameOrFile) && !Files.isRegularFile(Path.of(nameOrFile))) {
      throw new IllegalArgumentException(
          "unknown model %s, expected one of %s, or a file that describes a network"
              .formatted(nameOrFile, String.join(", ", Models.names())));
    }
  }

  /** The ends of a network that somebody wrote must be those of the data. */
  private static void fit(Path file, Network network, Dataset dataset) {
    if (!network.input().shape().equals(dataset.shape())) {
      throw new DataException(
          "%s: layer %s: shape is %s, expected %s: that of the data"
              .formatted(file, network.input().name(), network.input().shape(), dataset.shape()));
    }
    if (!network.output().shape().equals(Shape.of(dataset.classes()))) {
      throw new DataException(
          "%s: layer %s: the last one gives %s, expected (%d): one number for each class of the data"
              .formatted(
                  file, network.output().name(), network.output().shape(), dataset.classes()));
    }
  }

  private static Network read(Path file) {
    try {
      return NetworkJson.read(JsonParser.object().from(Files.readString(file)));
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read as text: " + e.getMessage(), e);
    } catch (JsonParserException e) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new DataException(file + ": expected a network in JSON: " + message, e);
    } catch (IllegalArgumentException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }
}
