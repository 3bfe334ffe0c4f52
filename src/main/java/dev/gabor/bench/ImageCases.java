package dev.gabor.bench;

import dev.gabor.backend.Activation;
import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Padding;
import dev.gabor.backend.RandomState;
import dev.gabor.tensor.Shape;

/** The operators on images, with the fewest bytes that they must move. */
final class ImageCases {
  private static final float HALF = 0.5f;

  private final CaseTable table;
  private final Shape images;

  private ImageCases(CaseTable table) {
    this.table = table;
    this.images = table.scale().images();
  }

  static void addTo(CaseTable table) {
    ImageCases cases = new ImageCases(table);
    cases.elementwise();
    cases.activations();
    cases.dropout();
    cases.bias();
    cases.batchNorm();
    cases.groupNorms();
    cases.rearrange();
  }

  private void elementwise() {
    table.onImages("add", "forward", 3, 1, (b, in) -> b.elementwise().add(x(in), x(in), x(in)));
    // The gradients of a product are products.
    table.onImages(
        "multiply", "forward", 3, 1, (b, in) -> b.elementwise().multiply(x(in), x(in), x(in)));
  }

  private void activations() {
    activation("relu", Activation.RELU, 1, 1);
    activation("relu6", Activation.RELU6, 2, 1);
    activation("leaky_relu", Activation.leakyRelu(0.01f), 2, 2);
    activation("sigmoid", Activation.SIGMOID, 3, 3);
    activation("tanh", Activation.TANH, 1, 3);
    activation("elu", Activation.elu(1), 4, 3);
    activation("gelu", Activation.GELU, 5, 8);
    activation("silu", Activation.SILU, 4, 6);
  }

  private void activation(String name, Activation activation, int forward, int backward) {
    table.onImages(
        name, "forward", 2, forward, (b, in) -> b.activation().forward(activation, x(in), x(in)));
    table.onImages(
        name,
        "backward",
        3,
        backward,
        (b, in) -> b.activation().backward(activation, x(in), x(in), x(in)));
  }

  private void dropout() {
    RandomState random = new RandomState(1);
    for (boolean channels : new boolean[] {false, true}) {
      String name = channels ? "channel_dropout" : "dropout";
      table.onImages(
          name,
          "forward",
          2,
          2,
          (b, in) -> b.dropout().forward(random, 0, HALF, channels, x(in), x(in)));
      table.onImages(
          name,
          "backward",
          2,
          2,
          (b, in) -> b.dropout().backward(random, 0, HALF, channels, x(in), x(in)));
    }
  }

  private void bias() {
    int c = images.length(1);
    table.onImages(
        "bias", "forward", 2, 1, (b, in) -> b.bias().forward(x(in), in.random(c), x(in)));
    table.onImages(
        "bias",
        "backward",
        1,
        1,
        (b, in) ->
            b.bias().backward(x(in), in.random(c), in.workspace(b.bias().workspaceBytes(images))));
  }

  /** Statistics need all of x before the first result, so x (and dy) are counted twice. */
  private void batchNorm() {
    int c = images.length(1);
    BatchNorm problem = BatchNorm.of(images.length(0), c, images.length(2) * images.length(3));
    table.onImages(
        "batch_norm",
        "forward_train",
        3,
        7,
        (b, in) ->
            b.batchNorm()
                .forwardTrain(
                    problem,
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    in.random(c),
                    in.random(c),
                    in.filled(1, c),
                    x(in),
                    in.random(2, c),
                    in.workspace(b.batchNorm().workspaceBytes(problem))));
    table.onImages(
        "batch_norm",
        "forward_infer",
        2,
        2,
        (b, in) ->
            b.batchNorm()
                .forwardInfer(
                    problem,
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    in.random(c),
                    in.random(c),
                    in.filled(1, c),
                    x(in)));
    table.onImages(
        "batch_norm",
        "backward",
        5,
        10,
        (b, in) ->
            b.batchNorm()
                .backward(
                    problem,
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    in.random(c),
                    x(in),
                    in.filled(1, 2, c),
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    in.random(c),
                    in.workspace(b.batchNorm().workspaceBytes(problem))));
  }

  /** A sample's group is small enough to stay in a cache, so x (and dy) are counted once. */
  private void groupNorms() {
    int[] n = images.toArray();
    int area = n[2] * n[3];
    table.groupNorm("group_norm", images, GroupNorm.of(n[0], n[1], area, n[1] / 2));
    table.groupNorm("instance_norm", images, GroupNorm.of(n[0], n[1], area, n[1]));
  }

  /** Moves without arithmetic, but for the sums of a border's gradient. */
  private void rearrange() {
    int[] axes = images.toArray();
    Shape wide = Shape.of(axes[0], 2 * axes[1], axes[2], axes[3]);
    Shape flat = Shape.of(axes[0], axes[1] * axes[2] * axes[3]);
    table.onImages(
        "concat",
        "forward",
        2,
        0,
        (b, in) ->
            b.rearrange().putChannels(x(in), in.random(wide, Layout.IMAGE), images.length(1)));
    table.onImages(
        "concat",
        "backward",
        2,
        0,
        (b, in) ->
            b.rearrange().takeChannels(in.random(wide, Layout.IMAGE), x(in), images.length(1)));
    table.onImages(
        "flatten",
        "forward",
        2,
        0,
        (b, in) -> b.rearrange().flatten(x(in), in.random(flat, Layout.PLAIN)));
    table.onImages(
        "flatten",
        "backward",
        2,
        0,
        (b, in) -> b.rearrange().unflatten(in.random(flat, Layout.PLAIN), x(in)));
    Padding border = Padding.zero(1);
    Shape padded = border.outputShape(images);
    Work work = new Work(0, (images.size() + padded.size()) * (double) Float.BYTES);
    table.add(
        "pad",
        "forward",
        images,
        work,
        (b, in) -> b.rearrange().pad(border, x(in), in.random(padded, Layout.IMAGE)));
    table.add(
        "pad",
        "backward",
        images,
        work,
        (b, in) -> b.rearrange().padBackward(border, in.random(padded, Layout.IMAGE), x(in)));
  }

  private DeviceTensor x(Inputs inputs) {
    return table.x(inputs);
  }
}
