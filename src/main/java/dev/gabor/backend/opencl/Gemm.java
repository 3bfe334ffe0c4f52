package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;

/**
 * A matrix product c = f(a b + bias) with strides, launching {@code kernels-cl/gemm.cl}. A matrix
 * is a tensor, the element where it starts, and the elements between two rows and between two
 * columns.
 */
final class Gemm {
  /** Rows of one work-item, as in the kernel file. */
  private static final int ROWS = 4;

  private record Matrix(DeviceTensor tensor, int start, int row, int column) {}

  private final Launcher launcher;
  private final int rows;
  private final int columns;
  private final int terms;
  private Matrix a;
  private Matrix b;
  private Matrix c;
  private Matrix bias = new Matrix(DeviceTensor.NONE, 0, 0, 0);
  private Activation activation = Activation.IDENTITY;
  private boolean add;

  /** A product of (rows, terms) and (terms, columns). */
  Gemm(Launcher launcher, int rows, int columns, int terms) {
    this.launcher = launcher;
    this.rows = rows;
    this.columns = columns;
    this.terms = terms;
  }

  Gemm a(DeviceTensor tensor, int start, int row, int column) {
    a = new Matrix(tensor, start, row, column);
    return this;
  }

  Gemm b(DeviceTensor tensor, int start, int row, int column) {
    b = new Matrix(tensor, start, row, column);
    return this;
  }

  /** The target, overwritten or added to; its columns are neighbours. */
  Gemm c(DeviceTensor tensor, int start, int row, boolean addTo) {
    c = new Matrix(tensor, start, row, 1);
    add = addTo;
    return this;
  }

  Gemm bias(DeviceTensor tensor, int start) {
    bias = new Matrix(tensor, start, 0, 1);
    return this;
  }

  Gemm activation(Activation function) {
    activation = function;
    return this;
  }

  Step step() {
    return launcher
        .kernel("gemm", "gemm", launcher.vector(), OpenClActivation.function(activation))
        .tensor(a.tensor())
        .tensor(b.tensor())
        .tensor(bias.tensor())
        .tensor(c.tensor())
        .integers(rows, columns, terms)
        .integers(a.start(), a.row(), a.column())
        .integers(b.start(), b.row(), b.column())
        .integers(bias.start())
        .integers(c.start(), c.row(), add ? 1 : 0)
        .floating(activation.alpha())
        .over(launcher.vectors(columns), (rows + ROWS - 1) / ROWS);
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.withActivations(Variant.vectors("gemm")).stream().map(Variant::plain).toList();
  }
}
