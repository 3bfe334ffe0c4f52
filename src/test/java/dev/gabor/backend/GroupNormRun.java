package dev.gabor.backend;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Optional;

/** One group-norm with all its tensors on the host; passes run on any backend. */
final class GroupNormRun {
  final GroupNorm problem;
  final Tensor x;
  Optional<Tensor> weight = Optional.empty();
  Optional<Tensor> bias = Optional.empty();
  Tensor dy;
  boolean wantDx = true;
  boolean inPlace;
  Tensor y;
  Tensor saved;
  Tensor dx;
  Tensor dweight;
  Tensor dbias;

  GroupNormRun(GroupNorm problem, Tensor x) {
    this.problem = problem;
    this.x = x;
    dy = Tensor.zeros(x.shape());
    y = x;
    dx = x;
    saved = Tensor.zeros(GroupNormOps.savedShape(problem));
    dweight = Tensor.zeros(1);
    dbias = dweight;
  }

  /** Weight and bias; images are those of images. */
  GroupNormRun affine(Tensor newWeight, Tensor newBias) {
    weight = Optional.of(newWeight);
    bias = Optional.of(newBias);
    return this;
  }

  /** A problem with random tensors. */
  static GroupNormRun random(GroupNorm problem, Shape shape, boolean affine, long seed) {
    GroupNormRun run = new GroupNormRun(problem, Scratch.random(shape, seed));
    run.dy = Scratch.random(shape, seed + 1);
    if (affine) {
      boolean elements = shape.rank() == 4 && shape.length(1) != problem.c();
      Shape channels = elements ? shape.sample().batched(1) : Shape.of(problem.c());
      run.affine(Scratch.random(channels, seed + 2), Scratch.random(channels, seed + 3));
    }
    return run;
  }

  void forward(Scratch scratch) {
    GroupNormOps ops = scratch.backend().groupNorm();
    DeviceTensor input = scratch.put(x, layout(x));
    DeviceTensor output = inPlace ? input : scratch.empty(x.shape(), layout(x));
    DeviceTensor kept = scratch.empty(saved.shape(), Layout.PLAIN);
    scratch.run(
        ops.forward(problem, input, put(scratch, weight), put(scratch, bias), output, kept));
    y = scratch.get(output);
    saved = scratch.get(kept);
  }

  void backward(Scratch scratch) {
    GroupNormOps ops = scratch.backend().groupNorm();
    DeviceTensor slope = scratch.put(dy, layout(dy));
    DeviceTensor gradient = inPlace ? slope : scratch.empty(x.shape(), layout(x));
    DeviceTensor scale = empty(scratch);
    DeviceTensor shift = empty(scratch);
    long sizeBytes = weight.isPresent() ? ops.workspaceBytes(problem) : 0;
    scratch.run(
        ops.backward(
            problem,
            scratch.put(x, layout(x)),
            put(scratch, weight),
            slope,
            scratch.put(saved),
            wantDx ? gradient : DeviceTensor.NONE,
            scale,
            shift,
            scratch.workspace(sizeBytes)));
    dx = scratch.get(gradient);
    if (weight.isPresent()) {
      dweight = scratch.get(scale);
      dbias = scratch.get(shift);
    }
  }

  /** Compares all results; the error is relative to the largest magnitude of each tensor. */
  void compare(GroupNormRun expected, double error, String as) {
    BatchNormRun.assertEqual(y, expected.y, error, as + " y");
    BatchNormRun.assertEqual(saved, expected.saved, error, as + " saved");
    BatchNormRun.assertEqual(dx, expected.dx, error, as + " dx");
    BatchNormRun.assertEqual(dweight, expected.dweight, error, as + " dweight");
    BatchNormRun.assertEqual(dbias, expected.dbias, error, as + " dbias");
  }

  private DeviceTensor empty(Scratch scratch) {
    return weight.isPresent()
        ? scratch.empty(weight.get().shape(), layout(weight.get()))
        : DeviceTensor.NONE;
  }

  private static DeviceTensor put(Scratch scratch, Optional<Tensor> tensor) {
    return tensor.map(each -> scratch.put(each, layout(each))).orElse(DeviceTensor.NONE);
  }

  private static Layout layout(Tensor tensor) {
    return tensor.shape().rank() == 4 ? Layout.IMAGE : Layout.PLAIN;
  }
}
