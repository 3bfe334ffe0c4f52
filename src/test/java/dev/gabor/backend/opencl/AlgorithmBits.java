package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.Step;
import dev.gabor.opencl.OpenCl;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bits that every convolution algorithm computes, one line for each device, problem, pass and
 * algorithm; also a process of its own.
 */
final class AlgorithmBits {
  /** Together they are supported by every algorithm in every pass that it knows. */
  private static final List<Convolution> PROBLEMS =
      List.of(
          Convolution.of(3, 17, 19, 11, 35, 3, 3, 1, 1, 1, 1),
          Convolution.of(2, 3, 18, 18, 32, 3, 3, 1, 1, 1, 1),
          Convolution.of(2, 17, 11, 9, 35, 5, 5, 1, 2, 1, 1),
          Convolution.of(2, 3, 11, 9, 6, 5, 5, 1, 2, 1, 1),
          Convolution.of(2, 64, 14, 14, 64, 1, 1, 1, 0, 1, 1),
          Convolution.of(2, 32, 9, 12, 64, 3, 3, 1, 1, 1, 2),
          Convolution.of(2, 33, 9, 12, 33, 3, 3, 1, 1, 1, 33));

  private AlgorithmBits() {}

  /** Prints the lines; the argument is the number of threads that keep the processors busy. */
  public static void main(String[] args) {
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      Thread busy = new Thread(AlgorithmBits::spin);
      busy.setDaemon(true);
      busy.start();
    }
    lines().forEach(System.out::println);
  }

  private static void spin() {
    while (true) {
      Thread.onSpinWait();
    }
  }

  static List<String> lines() {
    List<String> lines = new ArrayList<>();
    OpenCl.devices()
        .forEach(
            device -> {
              try (Scratch scratch = new Scratch(new OpenClBackend(device))) {
                ConvolutionOps ops = scratch.backend().convolution();
                for (Convolution c : PROBLEMS) {
                  for (Pass pass : Pass.values()) {
                    for (String algorithm : ops.algorithms(c, pass)) {
                      int bits = Arrays.hashCode(run(scratch, ops, c, pass, algorithm));
                      lines.add(
                          "%s %s %s %s %08x"
                              .formatted(device.platformName(), c, pass, algorithm, bits));
                    }
                  }
                }
              }
            });
    return lines;
  }

  private static float[] run(
      Scratch scratch, ConvolutionOps ops, Convolution c, Pass pass, String algorithm) {
    DeviceTensor x = scratch.put(Scratch.random(c.xShape(), 1), Layout.IMAGE);
    DeviceTensor weight = scratch.put(Scratch.random(c.weightShape(), 2), Layout.FILTER);
    DeviceTensor bias = scratch.put(Scratch.random(Shape.of(c.k()), 3));
    DeviceTensor dy = scratch.put(Scratch.random(c.yShape(), 4), Layout.IMAGE);
    DeviceTensor workspace = scratch.workspace(ops.workspaceBytes(c, pass, algorithm));
    DeviceTensor target =
        switch (pass) {
          case FORWARD -> scratch.empty(c.yShape(), Layout.IMAGE);
          case BACKWARD_DATA -> scratch.empty(c.xShape(), Layout.IMAGE);
          case BACKWARD_WEIGHT -> scratch.empty(c.weightShape(), Layout.FILTER);
        };
    Step step =
        switch (pass) {
          case FORWARD ->
              ops.forward(c, x, weight, bias, target, workspace, Activation.IDENTITY, algorithm);
          case BACKWARD_DATA -> ops.backwardData(c, dy, weight, target, workspace, algorithm);
          case BACKWARD_WEIGHT -> ops.backwardWeight(c, x, dy, target, workspace, algorithm);
        };
    scratch.run(step);
    return scratch.get(target).data();
  }
}
