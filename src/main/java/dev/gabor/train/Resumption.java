package dev.gabor.train;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkJson;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a checkpoint is of the run that wants to go on from it. */
final class Resumption {
  private static final Logger LOG = LoggerFactory.getLogger(Resumption.class);

  /** More epochs may be asked for than at first. */
  private static final String EPOCHS = "epochs";

  private final Path file;
  private final Checkpoint checkpoint;

  Resumption(Path file, Checkpoint checkpoint) {
    this.file = file;
    this.checkpoint = checkpoint;
  }

  /**
   * Compares model, data, seed and settings.
   *
   * @param own what the run would say of itself now
   * @param validation the fingerprint of the validation set, or empty
   * @throws ModelFileException naming the first difference
   */
  void check(Network network, Provenance own, String validation) {
    sameLayers(NetworkJson.write(checkpoint.model().network()), NetworkJson.write(network));
    Provenance old = checkpoint.model().provenance();
    // Before the data, as the seed may have split them.
    same("a run with another seed", old.seed(), own.seed());
    same("other training data", old.data(), own.data());
    same("other validation data", checkpoint.run().validation(), validation);
    sameSettings(old.settings(), own.settings());
    if (!old.device().equals(own.device())) {
      LOG.warn(
          "{}: was written on {}, goes on on {}: not to the same bits",
          file,
          old.device(),
          own.device());
    }
    Object before = old.settings().getOrDefault(AlgorithmChoices.SETTING, "");
    Object now = own.settings().getOrDefault(AlgorithmChoices.SETTING, "");
    if (!before.equals(now)) {
      LOG.warn(
          "{}: convolutions were chosen otherwise ({}, now {}): not to the same bits",
          file,
          before,
          now);
    }
    if (!old.version().equals(own.version())) {
      LOG.warn("{}: was written by Gabor {}, this is {}", file, old.version(), own.version());
    }
  }

  private void sameLayers(JsonObject old, JsonObject own) {
    JsonArray before = old.getArray("layers");
    JsonArray now = own.getArray("layers");
    for (int i = 0; i < Math.max(before.size(), now.size()); i++) {
      Object was = i < before.size() ? before.get(i).toString() : "no layer";
      Object is = i < now.size() ? now.get(i).toString() : "no layer";
      same("another model, layer " + (i + 1), was, is);
    }
  }

  private void sameSettings(Map<String, Object> old, Map<String, Object> own) {
    Set<String> keys = new TreeSet<>(old.keySet());
    keys.addAll(own.keySet());
    keys.remove(EPOCHS);
    keys.remove(AlgorithmChoices.SETTING);
    for (String key : keys) {
      same("a run with another " + key, text(old.get(key)), text(own.get(key)));
    }
  }

  /** Numbers come back from JSON in other types. */
  private static String text(Object value) {
    return value instanceof Number number
        ? Double.toString(number.doubleValue())
        : String.valueOf(value);
  }

  private void same(String what, Object old, Object own) {
    if (!old.equals(own)) {
      throw new ModelFileException(
          file, "a checkpoint of %s: it has %s, this run %s".formatted(what, old, own));
    }
  }
}
