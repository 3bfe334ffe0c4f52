package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Require;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.Network;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks a whole network on a device against the CPU reference: outputs of training and inference,
 * all gradients, running statistics. In a JUnit 5 test:
 *
 * <pre>{@code
 * @Test
 * void myNetworkIsRightOnThisDevice() {
 *   try (Backend backend = Gabor.open("opencl")) {
 *     CrossCheck.of(network).on(backend).cases(10).seed(1).run().assertPassed();
 *   }
 * }
 * }</pre>
 *
 * <p>The network may hold nodes of one's own. Each case has other weights, samples and a batch of
 * another size, and takes the next of the device's {@link Backend#families families}. The bound is
 * {@link Bounds#network}, norm-wise for each tensor: where a value near the kink of a ReLU falls to
 * the other side, single gradients differ by more than rounding.
 */
public final class CrossCheck {
  static final String OPERATOR = "network";

  private static final int[] BATCHES = {2, 1, 3, 4, 7};

  /**
   * Gradients that are 0 but for rounding (of a bias before batch-norm, say) are compared so: 64
   * roundings of the largest gradient, for they are sums over a batch.
   */
  private static final double SHARE_OF_LARGEST_GRADIENT = 0x1p-7;

  private final Network network;

  private CrossCheck(Network network) {
    this.network = network;
  }

  /** A check of a network. */
  public static CrossCheck of(Network network) {
    return new CrossCheck(network);
  }

  /** On a device, which the caller closes: 5 cases, seed 0. */
  public OnDevice on(Backend device) {
    return new OnDevice(network, device, BATCHES.length, 0, 2);
  }

  /** A check of a network on a device. */
  public static final class OnDevice {
    private final Network network;
    private final Backend device;
    private final int cases;
    private final long seed;
    private final int leastBatch;

    private OnDevice(Network network, Backend device, int cases, long seed, int leastBatch) {
      this.network = network;
      this.device = device;
      this.cases = cases;
      this.seed = seed;
      this.leastBatch = leastBatch;
    }

    /** The same with another number of cases, at least 1. */
    public OnDevice cases(int newCases) {
      Require.that(newCases >= 1, "check", "cases is " + newCases + ", expected at least 1");
      return new OnDevice(network, device, newCases, seed, leastBatch);
    }

    /** The same with other weights and samples. */
    public OnDevice seed(long newSeed) {
      return new OnDevice(network, device, cases, newSeed, leastBatch);
    }

    /** The same with batches of so many samples at least; default 2, which batch-norm needs. */
    public OnDevice leastBatch(int newLeastBatch) {
      return new OnDevice(network, device, cases, seed, newLeastBatch);
    }

    /** Runs all cases. */
    public CheckReport run() {
      List<Verdict> verdicts = new ArrayList<>();
      List<String> families = device.families();
      try (Backend reference = new ReferenceBackend()) {
        for (int i = 0; i < cases; i++) {
          String family = families.get(i % families.size());
          int batch = Math.max(leastBatch, BATCHES[i % BATCHES.length]);
          long caseSeed = seed + i;
          CheckCase line =
              CheckCase.of(OPERATOR).with("batch", batch).withSeed(caseSeed).with("family", family);
          Map<String, Tensor> expected = new NetworkRun(network, reference, batch, caseSeed).run();
          Map<String, Tensor> actual =
              new NetworkRun(network, device.family(family), batch, caseSeed).run();
          verdicts.add(compare(line, actual, expected));
        }
      }
      return new CheckReport(device.description(), verdicts);
    }
  }

  private static Verdict compare(
      CheckCase line, Map<String, Tensor> actual, Map<String, Tensor> expected) {
    Bounds bounds = Bounds.network();
    double largest = 0;
    for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
      if (entry.getKey().startsWith("gradient")) {
        for (float value : entry.getValue().data()) {
          largest = Math.max(largest, Math.abs(value));
        }
      }
    }
    Bounds gradients =
        new Bounds(
            bounds.relative() * SHARE_OF_LARGEST_GRADIENT * largest, bounds.relative(), true);
    Comparison comparison = new Comparison();
    expected.forEach(
        (name, tensor) ->
            comparison.add(
                name,
                tensor.shape(),
                actual.get(name).data(),
                tensor.data(),
                name.startsWith("gradient") ? gradients : bounds));
    Optional<String> failure = comparison.failure();
    return new Verdict(line, failure, comparison.worstError(), comparison.worstBound());
  }
}
