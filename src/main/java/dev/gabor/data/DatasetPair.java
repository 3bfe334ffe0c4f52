package dev.gabor.data;

import dev.gabor.tensor.Philox;
import java.util.BitSet;

/**
 * The two parts of a split data set, for example for training and for validation.
 *
 * @param first the part that got the asked-for fraction
 * @param second the rest
 */
public record DatasetPair(Dataset first, Dataset second) {
  private static final long STREAM = 0x53504C4954L;

  static DatasetPair random(Dataset whole, double fraction, long seed) {
    checkFraction(fraction);
    int[] order = new int[whole.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    new Philox(seed, STREAM).shuffle(order);
    BitSet chosen = new BitSet(order.length);
    long count = Math.round(fraction * order.length);
    for (int i = 0; i < count; i++) {
      chosen.set(order[i]);
    }
    return cut(whole, chosen, fraction);
  }

  static DatasetPair stratified(Dataset whole, double fraction, long seed) {
    checkFraction(fraction);
    int[] counts = new int[whole.classes()];
    for (int i = 0; i < whole.size(); i++) {
      counts[whole.label(i)]++;
    }
    int[][] members = new int[counts.length][];
    for (int c = 0; c < counts.length; c++) {
      members[c] = new int[counts[c]];
    }
    for (int i = whole.size() - 1; i >= 0; i--) {
      int c = whole.label(i);
      members[c][--counts[c]] = i;
    }
    Philox random = new Philox(seed, STREAM);
    BitSet chosen = new BitSet(whole.size());
    for (int[] ofClass : members) {
      random.shuffle(ofClass);
      long count = Math.round(fraction * ofClass.length);
      count = Math.max(Math.min(count, ofClass.length - 1), Math.min(1, ofClass.length));
      for (int i = 0; i < count; i++) {
        chosen.set(ofClass[i]);
      }
    }
    return cut(whole, chosen, fraction);
  }

  private static void checkFraction(double fraction) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "split: fraction " + fraction + ": expected more than 0 and less than 1");
    }
  }

  private static DatasetPair cut(Dataset whole, BitSet chosen, double fraction) {
    BitSet rest = new BitSet(whole.size());
    rest.set(0, whole.size());
    rest.andNot(chosen);
    if (chosen.isEmpty() || rest.isEmpty()) {
      throw new IllegalArgumentException(
          "split: fraction %s of %d samples leaves one part empty"
              .formatted(fraction, whole.size()));
    }
    return new DatasetPair(
        whole.subset(chosen.stream().toArray()), whole.subset(rest.stream().toArray()));
  }
}
