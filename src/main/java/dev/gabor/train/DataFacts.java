package dev.gabor.train;

import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What a run must know of its data before it can begin. The sets are read beside the making of the
 * session, which waits for compilers mostly; whoever asks waits until they have been read, and is
 * told what is wrong with them.
 */
final class DataFacts {
  private final CompletableFuture<Normalization> normalization;
  private final CompletableFuture<String> training;
  private final CompletableFuture<String> validation;

  /** Begins to read the training set, and the validation set of the settings. */
  DataFacts(TrainingSettings settings, Dataset dataset) {
    normalization =
        settings
            .givenNormalization
            .map(CompletableFuture::completedFuture)
            .orElseGet(
                () ->
                    CompletableFuture.supplyAsync(
                        () -> Normalization.fit(dataset, settings.normalization)));
    training = CompletableFuture.supplyAsync(() -> Fingerprint.of(dataset));
    validation =
        CompletableFuture.supplyAsync(() -> settings.validation.map(Fingerprint::of).orElse(""));
  }

  /** Of the inputs: given, or fitted on the training set. */
  Normalization normalization() {
    return result(normalization);
  }

  /** The fingerprint of the training set. */
  String training() {
    return result(training);
  }

  /** The fingerprint of the validation set; empty without one. */
  String validation() {
    return result(validation);
  }

  private static <T> T result(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
