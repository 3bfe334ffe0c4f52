package dev.gabor.peers;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One convolution on both sides: forward, and all three passes of training. Inputs are on the
 * device already; no bias, no activation.
 */
final class ConvolutionContest implements AutoCloseable {
  private final Convolution convolution;
  private final Backend backend;
  private final Deque<Memory> owned = new ArrayDeque<>();
  private final Step forward;
  private final Step backwardData;
  private final Step backwardWeight;
  private final NDManager manager = TorchArrays.manager();
  private final PtNDArray torchX;
  private final PtNDArray torchWeight;
  private final PtNDArray torchDy;

  ConvolutionContest(Convolution convolution, Backend backend) {
    this.convolution = convolution;
    this.backend = backend;
    Tensor x = Scratch.random(convolution.xShape(), 1);
    Tensor weight = Scratch.random(convolution.weightShape(), 2);
    Tensor dy = Scratch.random(convolution.yShape(), 3);
    DeviceTensor dx = place(Tensor.zeros(x.shape()), Layout.IMAGE);
    DeviceTensor dweight = place(Tensor.zeros(weight.shape()), Layout.FILTER);
    DeviceTensor y = place(Tensor.zeros(dy.shape()), Layout.IMAGE);
    DeviceTensor deviceX = place(x, Layout.IMAGE);
    DeviceTensor deviceWeight = place(weight, Layout.FILTER);
    DeviceTensor deviceDy = place(dy, Layout.IMAGE);
    ConvolutionOps ops = backend.convolution();
    String forwardBy = ops.choose(convolution, Pass.FORWARD);
    forward =
        ops.forward(
            convolution,
            deviceX,
            deviceWeight,
            DeviceTensor.NONE,
            y,
            workspace(Pass.FORWARD, forwardBy),
            Activation.IDENTITY,
            forwardBy);
    String dataBy = ops.choose(convolution, Pass.BACKWARD_DATA);
    backwardData =
        ops.backwardData(
            convolution, deviceDy, deviceWeight, dx, workspace(Pass.BACKWARD_DATA, dataBy), dataBy);
    String weightBy = ops.choose(convolution, Pass.BACKWARD_WEIGHT);
    backwardWeight =
        ops.backwardWeight(
            convolution,
            deviceX,
            deviceDy,
            dweight,
            workspace(Pass.BACKWARD_WEIGHT, weightBy),
            weightBy);
    torchX = TorchArrays.of(manager, x);
    torchWeight = TorchArrays.of(manager, weight);
    torchDy = TorchArrays.of(manager, dy);
  }

  Contest.Result forward(Contest contest) {
    return contest.time(
        () -> {
          forward.run();
          backend.finish();
        },
        this::torchForward);
  }

  Contest.Result allPasses(Contest contest) {
    return contest.time(
        () -> {
          forward.run();
          backwardData.run();
          backwardWeight.run();
          backend.finish();
        },
        this::torchAllPasses);
  }

  private void torchForward() {
    JniUtils.setGradMode(false);
    try (PtNDArray y = torchConvolution(torchX, torchWeight)) {
      checkShape(y);
    }
  }

  private void torchAllPasses() {
    JniUtils.setGradMode(true);
    try (NDManager step = manager.newSubManager()) {
      PtNDArray x = TorchArrays.leaf(step, torchX);
      PtNDArray weight = TorchArrays.leaf(step, torchWeight);
      PtNDArray y = torchConvolution(x, weight);
      checkShape(y);
      TorchArrays.backward(y, torchDy);
    }
  }

  private PtNDArray torchConvolution(PtNDArray x, PtNDArray weight) {
    return JniUtils.convolution(
        x,
        weight,
        null,
        new Shape(convolution.strideH(), convolution.strideW()),
        new Shape(convolution.padH(), convolution.padW()),
        new Shape(convolution.dilationH(), convolution.dilationW()),
        convolution.groups());
  }

  private void checkShape(PtNDArray y) {
    if (y.size() != convolution.yShape().size()) {
      throw new IllegalStateException(
          "PyTorch gives %s, Gabor %s".formatted(y.getShape(), convolution.yShape()));
    }
  }

  private DeviceTensor workspace(Pass pass, String algorithm) {
    long sizeBytes = backend.convolution().workspaceBytes(convolution, pass, algorithm);
    return sizeBytes == 0
        ? DeviceTensor.NONE
        : place(Tensor.zeros(Math.toIntExact((sizeBytes + 3) / 4)), Layout.PLAIN);
  }

  private DeviceTensor place(Tensor tensor, Layout layout) {
    Memory memory = backend.allocate(backend.sizeBytes(tensor.shape(), layout));
    owned.push(memory);
    DeviceTensor placed = memory.tensor(0, tensor.shape(), layout);
    backend.write(tensor.data(), placed);
    return placed;
  }

  @Override
  public void close() {
    manager.close();
    forward.close();
    backwardData.close();
    backwardWeight.close();
    while (!owned.isEmpty()) {
      owned.pop().close();
    }
  }
}
