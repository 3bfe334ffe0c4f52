package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FusionTest {
  /**
   * Every pattern: convolution + norm + ReLU, residual sum + ReLU with a projection, dense + ReLU
   * behind images.
   */
  private static Network network() {
    return Network.input(3, 6, 5)
        .conv2d(8, 3, c -> c.bias(false))
        .batchNorm()
        .relu()
        .residual(
            body -> body.conv2d(12, 3, c -> c.bias(false)).batchNorm(),
            side -> side.conv2d(12, 1).batchNorm())
        .relu()
        .residual(body -> body.conv2d(12, 3).tanh())
        .flatten()
        .dense(7)
        .relu()
        .dense(4)
        .build();
  }

  @Test
  void trainingFusesNormSumAndRelu() {
    assertThat(names(true))
        .containsExactly(
            "conv1",
            "batch_norm1",
            "conv2",
            "conv3",
            "batch_norm3",
            "batch_norm2",
            "conv4",
            "add2",
            "dense1",
            "dense2");
  }

  @Test
  void inferenceFoldsNormIntoConvolution() {
    assertThat(names(false))
        .containsExactly(
            "conv1", "conv2", "conv3", "add1", "relu2", "conv4", "add2", "dense1", "dense2");
    assertThat(Fusion.rewrite(network(), false, Set.of()).get(0).node().operator())
        .isEqualTo("folded_conv2d");
  }

  @Test
  void trainingFusesNormReluAndSmallMaxima() {
    Network network =
        Network.input(2, 9, 9)
            .conv2d(3, 3)
            .batchNorm()
            .relu()
            .maxPool(2)
            .batchNorm()
            .relu()
            .maxPool(3, 1, 1)
            .batchNorm()
            .relu()
            .averagePool(2)
            .build();
    assertThat(Fusion.rewrite(network, true, Set.of()))
        .extracting(fused -> fused.node().operator())
        .containsExactly("conv2d", "batch_norm_pool", "batch_norm", "pool", "batch_norm", "pool");
    assertThat(Fusion.rewrite(network, false, Set.of()))
        .extracting(fused -> fused.node().operator())
        .startsWith("folded_conv2d", "pool");
  }

  @Test
  void aValueReadTwiceIsNotFusedAway() {
    Network network =
        Network.input(2, 4, 4).conv2d(2, 3).batchNorm().residual(body -> body.relu()).build();
    assertThat(Fusion.rewrite(network, true, Set.of()))
        .extracting(fused -> fused.node().name())
        .containsExactly("conv1", "batch_norm1", "relu1", "add1");
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void foldedInferenceEqualsTheLayersOneByOne(Backends.Opener opener) {
    Network network = network();
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(network, backend, false)) {
      fill(store);
      Tensor x = Scratch.random(Shape.of(2, 3, 6, 5), 9);
      float[] folded = infer(store, x);
      float[] expected = layerByLayer(network, x);
      for (int i = 0; i < expected.length; i++) {
        assertThat(folded[i]).isEqualTo(expected[i], within(2e-5f * (1 + Math.abs(expected[i]))));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void preparingAgainSeesNewParameters(Backends.Opener opener) {
    Network network = Network.input(1, 2, 2).conv2d(1, 1, c -> c.bias(false)).batchNorm().build();
    try (Backend backend = opener.open();
        ParameterStore store = new ParameterStore(network, backend, false)) {
      store.initialize(1);
      Recording recording = new Recording();
      Compiler.Ends ends = Compiler.inference(recording, store, 1);
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        backend.write(new float[] {1, 2, 3, 4}, plan.tensor(ends.input()));
        store.set(network.parameters().get(0), Tensor.of(Shape.of(1, 1, 1, 1), 2));
        plan.run();
        store.set(network.parameters().get(0), Tensor.of(Shape.of(1, 1, 1, 1), 3));
        plan.prepare();
        plan.run();
        float[] y = new float[4];
        backend.read(plan.tensor(ends.output()), y);
        assertThat(y).containsExactly(new float[] {3, 6, 9, 12}, within(1e-3f));
      }
    }
  }

  private static List<String> names(boolean training) {
    return Fusion.rewrite(network(), training, Set.of()).stream()
        .map(fused -> fused.node().name())
        .toList();
  }

  private static void fill(ParameterStore store) {
    List<Parameter> parameters = store.network().parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Tensor value = Scratch.random(parameters.get(i).shape(), 20 + i);
      if (parameters.get(i).name().endsWith("running_var")) {
        for (int j = 0; j < value.data().length; j++) {
          value.data()[j] = 1.5f + value.data()[j];
        }
      }
      store.set(parameters.get(i), value);
    }
  }

  private static float[] infer(ParameterStore store, Tensor x) {
    Backend backend = store.backend();
    Recording recording = new Recording();
    Compiler.Ends ends = Compiler.inference(recording, store, 2);
    try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
      backend.write(x.data(), plan.tensor(ends.input()));
      plan.run();
      float[] y = new float[(int) ends.output().shape().size()];
      backend.read(plan.tensor(ends.output()), y);
      return y;
    }
  }

  /** Records every node of a network as it is, on the reference. */
  private static float[] layerByLayer(Network network, Tensor x) {
    try (Backend backend = new ReferenceBackend();
        ParameterStore store = new ParameterStore(network, backend, false)) {
      fill(store);
      Recording recording = new Recording();
      Recorder recorder = new Recorder(recording, store, 2, false, new RandomState(0));
      Map<Node, Value> values = new HashMap<>();
      Value input =
          recording.input("x", network.input().shape().batched(2), network.input().layout());
      values.put(network.input(), input);
      for (Node node : network.nodes().subList(1, network.nodes().size())) {
        Value y = recording.value(node.name(), node.shape().batched(2), node.layout());
        recorder.enter(node, 0);
        node.record(recorder, node.inputs().stream().map(values::get).toList(), y);
        values.put(node, y);
      }
      recording.output(values.get(network.output()));
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        backend.write(x.data(), plan.tensor(input));
        plan.run();
        float[] y = new float[(int) values.get(network.output()).shape().size()];
        backend.read(plan.tensor(values.get(network.output())), y);
        return y;
      }
    }
  }
}
