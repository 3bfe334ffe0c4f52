package dev.gabor.train;

import dev.gabor.data.Dataset;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells data sets apart without reading them whole. */
final class Fingerprint {
  private static final int SAMPLES = 64;

  private Fingerprint() {}

  /**
   * For example {@code 60000 samples (1,28,28), 10 classes, sha256 3b0c…}: the hash covers all
   * labels and {@value #SAMPLES} samples, evenly spread.
   */
  static String of(Dataset dataset) {
    return "%d samples %s, %d classes, sha256 %s"
        .formatted(dataset.size(), dataset.shape(), dataset.classes(), hash(dataset));
  }

  private static String hash(Dataset dataset) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    ByteBuffer labels = buffer(dataset.size());
    for (int i = 0; i < dataset.size(); i++) {
      labels.putInt(dataset.label(i));
    }
    digest.update(labels.flip());
    float[] sample = new float[dataset.shape().arrayLength()];
    int count = Math.min(SAMPLES, dataset.size());
    for (int i = 0; i < count; i++) {
      dataset.read((int) ((long) i * dataset.size() / count), sample, 0);
      ByteBuffer bytes = buffer(sample.length);
      bytes.asFloatBuffer().put(sample);
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static ByteBuffer buffer(int words) {
    return ByteBuffer.allocate(words * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }
}
