package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Padding;
import dev.gabor.backend.PoolWindow;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole small networks: the gradients of all parameters against central differences of the loss Σ
 * dy y.
 */
class NetworkGradientTest {
  private static final int BATCH = 2;

  private static final Map<String, Network> NETWORKS = networks();

  /** Networks whose inference is something else than their training. */
  private static final Map<String, Network> TRAINED = trainedNetworks();

  private static Map<String, Network> networks() {
    UnaryOperator<NetworkBuilder> same = UnaryOperator.identity();
    Map<String, Network> networks = new LinkedHashMap<>();
    networks.put(
        "residual",
        Network.input(2, 6, 5)
            .conv2d(3, 3)
            .residual(b -> b.tanh().maxPool(3, 1, 1), b -> b.conv2d(3, 1).silu())
            .averagePool(2)
            .build());
    networks.put(
        "concat",
        Network.input(2, 7, 5)
            .conv2d(3, 3)
            .concat(b -> b.averagePool(3, 1, 1).silu(), b -> b.maxPool(3, 1, 1), same, same)
            .conv2d(4, 1)
            .globalAveragePool()
            .flatten()
            .dense(3)
            .build());
    networks.put(
        "gate",
        Network.input(1, 4, 6)
            .conv2d(2, 3)
            .multiply(b -> b.conv2d(2, 1).sigmoid(), b -> b.tanh())
            .maxPool(2)
            .flatten()
            .gelu()
            .dense(2)
            .build());
    networks.put(
        "value read by several nodes",
        Network.input(2, 5, 4)
            .conv2d(3, 1)
            .multiply(same, same)
            .residual(b -> b.residual(c -> c.elu(1)), b -> b.leakyRelu(0.1f))
            .residual(same)
            .build());
    networks.put(
        "group, instance and layer norm",
        Network.input(2, 4, 5)
            .conv2d(4, 3)
            .groupNorm(2)
            .silu()
            .residual(b -> b.conv2d(4, 1).instanceNorm(1e-3f, true))
            .instanceNorm()
            .layerNorm()
            .flatten()
            .dense(6)
            .layerNorm()
            .tanh()
            .groupNorm(2, 1e-3f, true)
            .dense(3)
            .build());
    networks.put(
        "borders",
        Network.input(1, 4, 5)
            .conv2d(2, 1)
            .pad(new Padding(Padding.Mode.REFLECT, 0, 2, 1, 3, 0))
            .sigmoid()
            .pad(new Padding(Padding.Mode.REPLICATE, 0, 0, 2, 1, 4))
            .conv2d(2, 3)
            .pad(1)
            .pool(PoolWindow.of(PoolWindow.Kind.AVERAGE, 3).stride(2).ceilMode(true))
            .globalMaxPool()
            .build());
    return networks;
  }

  private static Map<String, Network> trainedNetworks() {
    UnaryOperator<ConvolutionSettings> noBias = c -> c.bias(false);
    return Map.of(
        "residual blocks with batch-norm",
        Network.input(2, 5, 4)
            .conv2d(3, 3, noBias)
            .batchNorm()
            .tanh()
            .residual(b -> b.conv2d(3, 3, noBias).batchNorm())
            .silu()
            .residual(
                b -> b.conv2d(4, 3, c -> c.stride(2).bias(false)).batchNorm(),
                b -> b.conv2d(4, 1, c -> c.stride(2).bias(false)).batchNorm())
            .globalAveragePool()
            .flatten()
            .dense(3)
            .build(),
        "depthwise with dropout",
        Network.input(3, 6, 5)
            .conv2d(6, 3, c -> c.groups(3))
            .batchNorm(1e-3f, 0.5f)
            .gelu()
            .dropout(0.3f)
            .conv2d(4, 1)
            .channelDropout(0.25f)
            .conv2d(4, 3, c -> c.groups(4).stride(2))
            .flatten()
            .dropout(0.5f)
            .dense(3)
            .logSoftmax()
            .build(),
        "concat of what is normalised",
        Network.input(2, 6, 6)
            .concat(
                b -> b.conv2d(3, 3).batchNorm(),
                b -> b.conv2d(2, 5).dropout(0.2f),
                b -> b.averagePool(3, 1, 1))
            .batchNorm()
            .sigmoid()
            .convTranspose2d(2, 3, c -> c.stride(2).padding(1))
            .globalAveragePool()
            .flatten()
            .batchNorm()
            .dense(4)
            .softmax()
            .build());
  }

  /** Batch-norm, sum and ReLU, which become one operation. */
  private static final Network RELU =
      Network.input(2, 4, 5)
          .conv2d(4, 3)
          .residual(b -> b.conv2d(4, 3).batchNorm())
          .relu()
          .globalAveragePool()
          .flatten()
          .dense(3)
          .build();

  /**
   * Batch-norm, ReLU and maximum pooling, which become one operation; rows and columns left over.
   */
  private static final Network POOLED =
      Network.input(2, 5, 7).conv2d(4, 3).batchNorm().relu().maxPool(2).flatten().dense(3).build();

  private static Map<String, Network> all() {
    Map<String, Network> all = new LinkedHashMap<>(NETWORKS);
    all.putAll(TRAINED);
    all.put("batch-norm, sum, ReLU", RELU);
    all.put("batch-norm, ReLU, pool", POOLED);
    return all;
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void gradientsEqualCentralDifferences(Backends.Opener opener) {
    for (Map.Entry<String, Network> entry : all().entrySet()) {
      try (Backend backend = opener.open();
          Run run = new Run(entry.getValue(), backend)) {
        run.loss();
        Map<Parameter, Tensor> gradients = run.gradients();
        assertThat(gradients).as(entry.getKey()).isNotEmpty();
        for (Map.Entry<Parameter, Tensor> gradient : gradients.entrySet()) {
          Tensor value = run.store.get(gradient.getKey());
          int step = Math.max(1, value.data().length / 6);
          for (int i = 0; i < value.data().length; i += step) {
            assertThat((double) gradient.getValue().data()[i])
                .as("%s, %s at %d", entry.getKey(), gradient.getKey().name(), i)
                .isCloseTo(run.difference(gradient.getKey(), value, i), within(5e-3));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void everyBackendEqualsTheReferenceAndItself(Backends.Opener opener) {
    for (Map.Entry<String, Network> entry : all().entrySet()) {
      try (Backend backend = opener.open();
          Backend cpu = new ReferenceBackend();
          Run run = new Run(entry.getValue(), backend);
          Run reference = new Run(entry.getValue(), cpu)) {
        assertThat(run.loss()).as(entry.getKey()).isCloseTo(reference.loss(), within(1e-4));
        Map<Parameter, Tensor> first = run.gradients();
        run.loss();
        Map<Parameter, Tensor> second = run.gradients();
        reference
            .gradients()
            .forEach(
                (parameter, expected) -> {
                  String what = entry.getKey() + ", " + parameter.name();
                  assertThat(first.get(parameter).data())
                      .as(what)
                      .containsExactly(expected.data(), within(1e-4f))
                      .isEqualTo(second.get(parameter).data());
                });
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void inferenceGivesTheOutputOfTraining(Backends.Opener opener) {
    for (Map.Entry<String, Network> entry : NETWORKS.entrySet()) {
      try (Backend backend = opener.open();
          Run run = new Run(entry.getValue(), backend)) {
        run.loss();
        Recording recording = new Recording();
        Compiler.Ends ends = Compiler.inference(recording, run.store, BATCH);
        Arena arena = new Arena(recording, backend);
        assertThat(arena.sizeBytes()).isLessThan(run.plan.arenaBytes());
        try (Plan plan = new Plan(recording, arena, backend)) {
          backend.write(run.x.data(), plan.tensor(ends.input()));
          plan.run();
          float[] y = new float[run.y.length];
          backend.read(plan.tensor(ends.output()), y);
          assertThat(y).as(entry.getKey()).containsExactly(run.y, within(1e-6f));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void frozenLayersGetNoGradient(Backends.Opener opener) {
    Network network = NETWORKS.get("concat");
    List<Parameter> first = network.parameters().subList(0, 2);
    try (Backend backend = opener.open();
        Run run = new Run(network, backend);
        Run frozen = new Run(network, backend, Set.of(first.get(0).name(), first.get(1).name()))) {
      assertThat(frozen.loss()).isCloseTo(run.loss(), within(1e-5));
      assertThat(frozen.plan.operations()).hasSizeLessThan(run.plan.operations().size());
      assertThat(frozen.plan.operations())
          .noneMatch(
              operation ->
                  operation.name().equals("pool backward") && operation.layer().startsWith("max"));
      Parameter last = network.parameters().get(network.parameters().size() - 2);
      assertThat(frozen.store.getGradient(last).data())
          .isEqualTo(run.store.getGradient(last).data());
      assertThat(frozen.store.getGradient(first.get(0)).data()).containsOnly(0);
    }
  }

  /** A network with weights, samples and an output gradient of its own seed, ready to run. */
  private static final class Run implements AutoCloseable {
    private final Backend backend;
    private final Network network;
    private final ParameterStore store;
    private final Compiler.Ends ends;
    private final Plan plan;
    private final Value dOutput;
    private final Tensor x;
    private final Tensor dy;
    private final float[] y;

    Run(Network network, Backend backend) {
      this(network, backend, Set.of());
    }

    Run(Network network, Backend backend, Set<String> frozen) {
      this.backend = backend;
      this.network = network;
      store = new ParameterStore(network, backend, true, frozen);
      for (Parameter parameter : network.parameters()) {
        store.set(parameter, value(parameter));
      }
      Shape output = network.output().shape().batched(BATCH);
      x = Scratch.random(network.input().shape().batched(BATCH), 50);
      dy = Scratch.random(output, 51);
      y = new float[output.arrayLength()];
      Recording recording = new Recording();
      dOutput = recording.input("dOutput", output, network.output().layout());
      ends = Compiler.training(recording, store, BATCH, new RandomState(1), (r, value) -> dOutput);
      plan = new Plan(recording, new Arena(recording, backend), backend);
    }

    private Tensor value(Parameter parameter) {
      Tensor value = Scratch.random(parameter.shape(), 40 + parameter.name().length());
      boolean kinks = network == RELU || network == POOLED;
      if (kinks && parameter.name().equals("batch_norm1.bias")) {
        // Each channel far from the ReLU's kink, across which a difference is no gradient.
        for (int c = 0; c < value.data().length; c++) {
          value.data()[c] = c % 2 == 0 ? 8 : -8;
        }
      }
      return value;
    }

    double loss() {
      backend.write(x.data(), plan.tensor(ends.input()));
      backend.write(dy.data(), plan.tensor(dOutput));
      plan.run();
      backend.read(plan.tensor(ends.output()), y);
      double sum = 0;
      for (int i = 0; i < y.length; i++) {
        sum += (double) y[i] * dy.data()[i];
      }
      return sum;
    }

    Map<Parameter, Tensor> gradients() {
      Map<Parameter, Tensor> gradients = new LinkedHashMap<>();
      for (Parameter parameter : network.parameters()) {
        if (parameter.trains()) {
          gradients.put(parameter, store.getGradient(parameter));
        }
      }
      return gradients;
    }

    /** The five-point rule: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h. */
    double difference(Parameter parameter, Tensor value, int element) {
      float kept = value.data()[element];
      float h = 1f / 256;
      double[] losses = new double[5];
      for (int i = -2; i <= 2; i++) {
        value.data()[element] = kept + i * h;
        store.set(parameter, value);
        losses[i + 2] = loss();
      }
      value.data()[element] = kept;
      store.set(parameter, value);
      return (8 * (losses[3] - losses[1]) - (losses[4] - losses[0])) / (12 * h);
    }

    @Override
    public void close() {
      plan.close();
      store.close();
    }
  }
}
