package dev.gabor.backend.reference;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionChooser.Choice;
import dev.gabor.backend.ConvolutionChooser.Origin;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.Arrays;
import java.util.List;

/**
 * Convolution as products with the unfolded image ({@link Unfold}): y = W·U + bias, dU = Wᵀ·dy, dW
 * = Σ over images of dy·Uᵀ. Images run in parallel; dW is summed in a fixed number of parts, so its
 * bits do not depend on the cores.
 */
final class ReferenceConvolution extends ConvolutionOps {
  private static final String UNFOLD = "unfold";
  private static final int PARTS = 8;
  private static final ThreadLocal<float[]> SCRATCH = ThreadLocal.withInitial(() -> new float[0]);

  @Override
  public List<String> algorithms(Convolution convolution, Pass pass) {
    return List.of(UNFOLD);
  }

  @Override
  public Choice choice(Convolution convolution, Pass pass) {
    return new Choice(UNFOLD, Origin.HEURISTIC);
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass, String algorithm) {
    return pass == Pass.BACKWARD_WEIGHT ? parts(c) * c.weightShape().size() * Float.BYTES : 0;
  }

  @Override
  protected Step bindForward(
      Convolution c,
      DeviceTensor input,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor output,
      DeviceTensor workspace,
      Activation activation,
      String algorithm) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor w = ReferenceTensor.of(weight);
    ReferenceTensor y = ReferenceTensor.of(output);
    Unfold unfold = new Unfold(c);
    return () ->
        Parallel.forEach(
            c.n() * c.groups(),
            part -> {
              int n = part / c.groups();
              int group = part % c.groups();
              float[] u = scratch(unfold.terms() * unfold.windows());
              unfold.unfold(x.data, x.offset + part * c.groupChannels() * c.h() * c.w(), u);
              for (int i = 0; i < c.groupFilters(); i++) {
                int k = group * c.groupFilters() + i;
                int plane = y.offset + (n * c.k() + k) * unfold.windows();
                float start =
                    bias.isPresent()
                        ? ReferenceTensor.of(bias).data[ReferenceTensor.of(bias).offset + k]
                        : 0;
                Arrays.fill(y.data, plane, plane + unfold.windows(), start);
                filter(w, k, u, unfold, y.data, plane);
                activate(activation, y.data, plane, unfold.windows());
              }
            });
  }

  @Override
  protected Step bindBackwardData(
      Convolution c,
      DeviceTensor dOutput,
      DeviceTensor weight,
      DeviceTensor dInput,
      DeviceTensor workspace,
      String algorithm) {
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor w = ReferenceTensor.of(weight);
    ReferenceTensor dx = ReferenceTensor.of(dInput);
    Unfold unfold = new Unfold(c);
    int terms = unfold.terms();
    int windows = unfold.windows();
    return () ->
        Parallel.forEach(
            c.n() * c.groups(),
            part -> {
              int firstFilter = part % c.groups() * c.groupFilters();
              float[] u = scratch(terms * windows);
              Arrays.fill(u, 0, terms * windows, 0);
              int planes = dy.offset + (part / c.groups() * c.k() + firstFilter) * windows;
              int weights = w.offset + firstFilter * terms;
              if (windows == 1) {
                Rows.addProduct(u, 0, dy.data, planes, 1, w.data, weights, c.groupFilters(), terms);
              } else {
                for (int t = 0; t < terms; t++) {
                  Rows.addProduct(
                      u,
                      t * windows,
                      w.data,
                      weights + t,
                      terms,
                      dy.data,
                      planes,
                      c.groupFilters(),
                      windows);
                }
              }
              int image = c.groupChannels() * c.h() * c.w();
              int at = dx.offset + part * image;
              Arrays.fill(dx.data, at, at + image, 0);
              unfold.foldAdd(u, dx.data, at);
            });
  }

  @Override
  protected Step bindBackwardWeight(
      Convolution c,
      DeviceTensor input,
      DeviceTensor dOutput,
      DeviceTensor dWeight,
      DeviceTensor workspace,
      String algorithm) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor dw = ReferenceTensor.of(dWeight);
    ReferenceTensor partial = ReferenceTensor.of(workspace);
    int size = dw.size;
    int parts = parts(c);
    return () -> {
      Parallel.forEach(
          parts,
          part -> {
            int at = partial.offset + part * size;
            Arrays.fill(partial.data, at, at + size, 0);
            for (int n = c.n() * part / parts; n < c.n() * (part + 1) / parts; n++) {
              for (int group = 0; group < c.groups(); group++) {
                addImage(c, n, group, x, dy, partial.data, at);
              }
            }
          });
      Arrays.fill(dw.data, dw.offset, dw.offset + size, 0);
      for (int part = 0; part < parts; part++) {
        Rows.addScaled(dw.data, dw.offset, 1, partial.data, partial.offset + part * size, size);
      }
    };
  }

  private static int parts(Convolution c) {
    return Math.min(c.n(), PARTS);
  }

  private static void addImage(
      Convolution c, int n, int group, ReferenceTensor x, ReferenceTensor dy, float[] dw, int at) {
    Unfold unfold = new Unfold(c);
    int terms = unfold.terms();
    int windows = unfold.windows();
    float[] u = scratch(terms * windows);
    unfold.unfold(
        x.data, x.offset + (n * c.groups() + group) * c.groupChannels() * c.h() * c.w(), u);
    for (int i = 0; i < c.groupFilters(); i++) {
      int k = group * c.groupFilters() + i;
      int plane = dy.offset + (n * c.k() + k) * windows;
      if (windows == 1) {
        Rows.addScaled(dw, at + k * terms, dy.data[plane], u, 0, terms);
      } else {
        for (int t = 0; t < terms; t++) {
          dw[at + k * terms + t] += Rows.dot(dy.data, plane, u, t * windows, windows);
        }
      }
    }
  }

  private static void filter(
      ReferenceTensor w, int k, float[] u, Unfold unfold, float[] y, int plane) {
    int terms = unfold.terms();
    if (unfold.windows() == 1) {
      y[plane] += Rows.dot(w.data, w.offset + k * terms, u, 0, terms);
    } else {
      Rows.addProduct(y, plane, w.data, w.offset + k * terms, 1, u, 0, terms, unfold.windows());
    }
  }

  private static void activate(Activation activation, float[] y, int at, int count) {
    if (activation.kind() != Activation.Kind.IDENTITY) {
      for (int i = at; i < at + count; i++) {
        y[i] = ReferenceActivation.value(activation, y[i]);
      }
    }
  }

  /** A scratch array of this thread, at least so long; contents undefined. */
  private static float[] scratch(int length) {
    float[] scratch = SCRATCH.get();
    if (scratch.length < length) {
      scratch = new float[length];
      SCRATCH.set(scratch);
    }
    return scratch;
  }
}
