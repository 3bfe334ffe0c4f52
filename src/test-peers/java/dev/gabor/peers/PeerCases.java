package dev.gabor.peers;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Loss;
import dev.gabor.backend.Padding;
import dev.gabor.backend.PoolWindow;
import dev.gabor.golden.GoldenCase;
import dev.gabor.golden.LayerCase;
import dev.gabor.golden.LossCase;
import dev.gabor.golden.TrainingCase;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkBuilder;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The small cases whose answers are kept as golden numbers, by the file they are kept in. */
final class PeerCases {
  static final List<String> OPTIMIZERS =
      List.of("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw");
  private static final int BATCH = 2;

  private PeerCases() {}

  static Map<String, List<GoldenCase>> byFile() {
    Map<String, List<GoldenCase>> cases = new LinkedHashMap<>();
    cases.put("convolution", convolutions());
    cases.put("normalisation", normalisations());
    cases.put("pooling", pools());
    cases.put("elementwise", elementwise());
    cases.put("loss", losses());
    cases.put("optimizer", optimizers());
    return cases;
  }

  private static GoldenCase layer(String name, Network network) {
    return LayerCase.random(name, network, BATCH, true);
  }

  private static List<GoldenCase> convolutions() {
    return List.of(
        layer("conv 3x3", Network.input(3, 7, 5).conv2d(4, 3).build()),
        layer("conv 3x3, 17 channels to 3", Network.input(17, 4, 3).conv2d(3, 3).build()),
        layer("conv 1x1, no bias", Network.input(5, 3, 4).conv2d(7, 1, c -> c.bias(false)).build()),
        layer(
            "conv 5x5, stride 3, padding 1",
            Network.input(2, 9, 8).conv2d(3, 5, c -> c.stride(3).padding(1)).build()),
        layer(
            "conv 3x3, stride 2x1, padding 0x2",
            Network.input(2, 6, 5).conv2d(3, 3, c -> c.stride(2, 1).padding(0, 2)).build()),
        layer(
            "conv 3x3, dilation 2",
            Network.input(2, 8, 7).conv2d(3, 3, c -> c.dilation(2).padding(2)).build()),
        layer("conv 1x7", Network.input(2, 3, 9).conv2d(3, 1, 7, UnaryOperator.identity()).build()),
        layer("conv 3x3, groups 2", Network.input(4, 5, 5).conv2d(6, 3, c -> c.groups(2)).build()),
        layer("conv depthwise", Network.input(5, 6, 5).conv2d(5, 3, c -> c.groups(5)).build()),
        layer(
            "conv depthwise, stride 2, two filters a channel",
            Network.input(3, 7, 6).conv2d(6, 3, c -> c.groups(3).stride(2)).build()),
        layer(
            "conv transposed, stride 2",
            Network.input(3, 4, 3)
                .convTranspose2d(2, 3, c -> c.stride(2).padding(1).outputPadding(1))
                .build()),
        layer(
            "conv transposed, groups 2, no bias",
            Network.input(4, 3, 3)
                .convTranspose2d(4, 2, c -> c.groups(2).padding(0).bias(false))
                .build()),
        layer("dense", Network.input(13).dense(7).build()),
        layer("dense on images", Network.input(3, 3, 2).dense(5).build()));
  }

  private static List<GoldenCase> normalisations() {
    List<GoldenCase> cases = new ArrayList<>();
    for (boolean training : new boolean[] {true, false}) {
      String mode = training ? ", training" : ", inference";
      Network images = Network.input(3, 4, 5).batchNorm().build();
      cases.add(LayerCase.random("batch-norm" + mode, images, BATCH, training));
      Network features = Network.input(5).batchNorm(1e-3f, 0.3f).build();
      cases.add(LayerCase.random("batch-norm of features" + mode, features, 7, training));
      Network block =
          Network.input(2, 4, 4)
              .residual(b -> b.conv2d(2, 3, c -> c.bias(false)).batchNorm())
              .relu()
              .build();
      cases.add(LayerCase.random("residual block" + mode, block, BATCH, training));
    }
    cases.add(layer("group-norm", Network.input(6, 3, 4).groupNorm(3).build()));
    cases.add(
        layer("group-norm, no weights", Network.input(4, 3, 2).groupNorm(1, 1e-3f, false).build()));
    cases.add(layer("group-norm of features", Network.input(12).groupNorm(4).build()));
    cases.add(layer("instance-norm", Network.input(3, 4, 5).instanceNorm().build()));
    cases.add(
        layer("instance-norm, weights", Network.input(3, 4, 5).instanceNorm(1e-3f, true).build()));
    cases.add(layer("layer-norm", Network.input(3, 4, 2).layerNorm().build()));
    cases.add(layer("layer-norm of features", Network.input(13).layerNorm(1e-3f, true).build()));
    cases.add(layer("layer-norm, no weights", Network.input(7).layerNorm(1e-5f, false).build()));
    return cases;
  }

  private static List<GoldenCase> pools() {
    List<GoldenCase> cases = new ArrayList<>();
    for (PoolWindow.Kind kind : PoolWindow.Kind.values()) {
      Map<String, PoolWindow> windows = new LinkedHashMap<>();
      windows.put("2x2", PoolWindow.of(kind, 2));
      windows.put("3x3, stride 2, padding 1", PoolWindow.of(kind, 3).stride(2).pad(1));
      windows.put("2x3, stride 1", PoolWindow.of(kind, 2, 3).stride(1));
      windows.put("3x3, stride 2, ceil", PoolWindow.of(kind, 3).stride(2).ceilMode(true));
      windows.put(
          "3x3, stride 2, padding 1, ceil", PoolWindow.of(kind, 3).stride(2).pad(1).ceilMode(true));
      windows.put(
          "3x3, stride 2, padding 1, ceil, padding not counted",
          PoolWindow.of(kind, 3).stride(2).pad(1).ceilMode(true).countIncludePad(false));
      windows.forEach(
          (name, window) ->
              cases.add(
                  layer("pool " + kind + " " + name, Network.input(2, 8, 6).pool(window).build())));
    }
    cases.add(layer("global average pool", Network.input(3, 4, 5).globalAveragePool().build()));
    cases.add(layer("global max pool", Network.input(3, 4, 5).globalMaxPool().build()));
    return cases;
  }

  private static List<GoldenCase> elementwise() {
    Map<String, UnaryOperator<NetworkBuilder>> layers = new LinkedHashMap<>();
    layers.put("relu", NetworkBuilder::relu);
    layers.put("leaky relu", b -> b.leakyRelu(0.01f));
    layers.put("sigmoid", NetworkBuilder::sigmoid);
    layers.put("tanh", NetworkBuilder::tanh);
    layers.put("elu", b -> b.elu(1));
    layers.put("elu, alpha 0.5", b -> b.elu(0.5f));
    layers.put("gelu", NetworkBuilder::gelu);
    layers.put("silu", NetworkBuilder::silu);
    layers.put("activation chain", b -> b.activation(Activation.TANH).leakyRelu(0.2f));
    layers.put("add", b -> b.residual(NetworkBuilder::tanh));
    layers.put("multiply", b -> b.multiply(NetworkBuilder::sigmoid, NetworkBuilder::tanh));
    layers.put("concat", b -> b.concat(NetworkBuilder::tanh, c -> c, NetworkBuilder::relu));
    layers.put("flatten", NetworkBuilder::flatten);
    layers.put("dropout 0", b -> b.dropout(0).tanh());
    for (Padding.Mode mode : Padding.Mode.values()) {
      layers.put("pad " + mode, b -> b.pad(new Padding(mode, 0.25f, 2, 1, 3, 0)));
    }
    List<GoldenCase> cases = new ArrayList<>();
    layers.forEach(
        (name, add) -> cases.add(layer(name, add.apply(Network.input(2, 3, 5)).build())));
    cases.add(layer("softmax", Network.input(7).softmax().build()));
    cases.add(layer("log-softmax", Network.input(7).logSoftmax().build()));
    return cases;
  }

  private static List<GoldenCase> losses() {
    Shape shape = Shape.of(5, 3);
    Tensor x = LayerCase.random(shape, 1);
    for (int i = 0; i < x.data().length; i++) {
      x.data()[i] *= 4;
    }
    Tensor values = LayerCase.random(shape, 2);
    Tensor classes = Tensor.of(Shape.of(5), 0, 2, 1, 1, 0);
    Tensor probabilities = Tensor.zeros(shape);
    for (int i = 0; i < values.data().length; i++) {
      probabilities.data()[i] = Math.abs(values.data()[i]);
    }
    Tensor shares = Tensor.zeros(shape);
    for (int n = 0; n < 5; n++) {
      for (int c = 0; c < 3; c++) {
        shares.data()[n * 3 + c] = (c == n % 3 ? 4 : 2) / 8f;
      }
    }
    return List.of(
        new LossCase("cross-entropy", Loss.crossEntropy(), x, classes),
        new LossCase("cross-entropy, smoothing 0.1", Loss.crossEntropy(0.1f), x, classes),
        new LossCase("cross-entropy of probabilities", Loss.crossEntropy(), x, shares),
        new LossCase("likelihood", Loss.negativeLogLikelihood(), x, classes),
        new LossCase("squared error", Loss.meanSquaredError(), x, values),
        new LossCase("absolute error", Loss.l1(), x, values),
        new LossCase("huber", Loss.huber(), x, values),
        new LossCase("huber, delta 2.5", Loss.huber(2.5f), x, values),
        new LossCase(
            "binary cross-entropy", Loss.binaryCrossEntropyWithLogits(), x, probabilities));
  }

  private static List<GoldenCase> optimizers() {
    List<GoldenCase> cases = new ArrayList<>();
    for (String optimizer : OPTIMIZERS) {
      for (double decay : new double[] {0, 0.01}) {
        cases.add(
            TrainingCase.random(
                "5 steps of " + optimizer + ", decay " + decay,
                Network.input(1, 4, 4).conv2d(3, 3).tanh().flatten().dense(3).build(),
                optimizer,
                0.01,
                decay,
                4,
                5,
                12));
      }
    }
    return cases;
  }
}
