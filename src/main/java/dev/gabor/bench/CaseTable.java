package dev.gabor.bench;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.GroupNormOps;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** The cases of operators that memory bounds, while they are being listed. */
final class CaseTable {
  private final Scale scale;
  private final List<OperatorCase> cases = new ArrayList<>();

  private CaseTable(Scale scale) {
    this.scale = scale;
  }

  /** Every operator but convolution, at the sizes of a scale. */
  static List<OperatorCase> of(Scale scale) {
    CaseTable table = new CaseTable(scale);
    ImageCases.addTo(table);
    PoolCases.addTo(table);
    FeatureCases.addTo(table);
    UpdateCases.addTo(table);
    return List.copyOf(table.cases);
  }

  /**
   * Adds a case on images.
   *
   * @param tensors of the images' size that come and go
   * @param flops for each element
   */
  void onImages(String op, String pass, int tensors, int flops, OperatorCase.Binding binding) {
    add(op, pass, scale.images(), tensors, flops, binding);
  }

  /**
   * Adds a case on features.
   *
   * @param tensors of the features' size that come and go
   * @param flops for each element
   */
  void onFeatures(String op, String pass, int tensors, int flops, OperatorCase.Binding binding) {
    add(op, pass, scale.features(), tensors, flops, binding);
  }

  /**
   * Adds a case on parameters.
   *
   * @param tensors of the parameters' size that come and go
   * @param flops for each parameter
   */
  void onParameters(String op, int tensors, int flops, OperatorCase.Binding binding) {
    add(op, "update", Shape.of(scale.parameters()), tensors, flops, binding);
  }

  /** Adds both passes of a normalisation of samples by themselves, with weights. */
  void groupNorm(String op, Shape shape, GroupNorm problem) {
    Layout layout = shape.rank() == 4 ? Layout.IMAGE : Layout.PLAIN;
    int c = problem.c();
    Shape saved = GroupNormOps.savedShape(problem);
    add(
        op,
        "forward",
        shape,
        2,
        8,
        (b, in) ->
            b.groupNorm()
                .forward(
                    problem,
                    in.random(shape, layout),
                    in.random(c),
                    in.random(c),
                    in.random(shape, layout),
                    in.random(saved, Layout.PLAIN)));
    add(
        op,
        "backward",
        shape,
        3,
        11,
        (b, in) ->
            b.groupNorm()
                .backward(
                    problem,
                    in.random(shape, layout),
                    in.random(c),
                    in.random(shape, layout),
                    in.filled(1, saved.toArray()),
                    in.random(shape, layout),
                    in.random(c),
                    in.random(c),
                    in.workspace(b.groupNorm().workspaceBytes(problem))));
  }

  /** Adds a case. */
  void add(String op, String pass, Shape shape, Work work, OperatorCase.Binding binding) {
    cases.add(new OperatorCase(op, pass, shape, work, binding));
  }

  private void add(
      String op, String pass, Shape shape, int tensors, int flops, OperatorCase.Binding binding) {
    double elements = shape.size();
    add(op, pass, shape, new Work(flops * elements, tensors * elements * Float.BYTES), binding);
  }

  Scale scale() {
    return scale;
  }

  /** An image tensor of random numbers. */
  DeviceTensor x(Inputs inputs) {
    return inputs.random(scale.images(), Layout.IMAGE);
  }

  /** A feature tensor of random numbers. */
  DeviceTensor f(Inputs inputs) {
    return inputs.random(scale.features(), Layout.PLAIN);
  }
}
