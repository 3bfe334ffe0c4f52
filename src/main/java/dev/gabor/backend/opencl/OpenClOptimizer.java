package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.Step;
import dev.gabor.backend.UpdateRule;
import dev.gabor.opencl.Kernel;
import java.util.List;

/** Launches {@code kernels-cl/optimizer.cl}. */
final class OpenClOptimizer extends OptimizerOps {
  private static final String PROGRAM = "optimizer";

  private final Launcher launcher;

  OpenClOptimizer(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindClipScale(
      List<DeviceTensor> gradients, DeviceTensor scale, DeviceTensor workspace, float maxNorm) {
    Step[] steps = new Step[gradients.size() + 1];
    int partials = 0;
    for (int i = 0; i < gradients.size(); i++) {
      int size = gradients.get(i).shape().arrayLength();
      int chunks = (size + CHUNK - 1) / CHUNK;
      Launcher.Binding squares =
          kernel("optimizer_squares").tensor(gradients.get(i)).tensor(workspace);
      RowGroups groups = RowGroups.of(launcher, squares, chunks, CHUNK / vector());
      steps[i] = groups.launch(squares.local(groups.sharedBytes()).integers(size, partials));
      partials += chunks;
    }
    Launcher.Binding last = kernel("optimizer_clip_scale").tensor(workspace).tensor(scale);
    RowGroups one = RowGroups.of(launcher, last, 1, partials);
    steps[gradients.size()] =
        one.launch(last.local(one.sharedBytes()).integers(partials).floating(maxNorm));
    return Launcher.sequence(steps);
  }

  @Override
  protected Step bindUpdate(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      List<DeviceTensor> states,
      DeviceTensor w,
      Hyperparameters hyperparameters,
      DeviceTensor segments,
      DeviceTensor ratios) {
    int size = w.shape().arrayLength();
    Launcher.Binding binding = kernel(kernel(rule)).tensor(gradient).tensor(scale);
    states.forEach(binding::tensor);
    boolean withoutBuffer = rule.kind() == UpdateRule.Kind.RMSPROP && states.size() == 1;
    if (withoutBuffer) {
      binding.tensor(DeviceTensor.NONE);
    }
    binding.tensor(w).integers(size);
    int stepSizeIndex = 4 + states.size() + (withoutBuffer ? 1 : 0);
    binding.floating(0).floating(0);
    if (rule.kind() == UpdateRule.Kind.ADAM) {
      binding.floating(0);
    }
    binding.floating((float) rule.clipValue()).floating((float) rule.weightDecay());
    constants(rule, binding);
    if (rule.kind() == UpdateRule.Kind.LARS) {
      binding.tensor(segments).tensor(ratios);
    }
    Launch launch = binding.over(vectors(size));
    return new Update(rule, hyperparameters, launch, stepSizeIndex);
  }

  @Override
  protected Step bindTrustRatios(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      DeviceTensor w,
      DeviceTensor pieces,
      DeviceTensor ranges,
      DeviceTensor sums,
      DeviceTensor ratios) {
    Launcher.Binding norms =
        kernel("optimizer_norms").tensor(gradient).tensor(w).tensor(pieces).tensor(sums);
    RowGroups groups = RowGroups.of(launcher, norms, pieces.shape().length(0), CHUNK / vector());
    int segments = ratios.shape().arrayLength();
    Launch last =
        kernel("optimizer_ratios")
            .tensor(sums)
            .tensor(ranges)
            .tensor(scale)
            .tensor(ratios)
            .integers(segments)
            .floating((float) rule.epsilon())
            .floating((float) rule.weightDecay())
            .over(segments);
    return Launcher.sequence(groups.launch(norms.local(groups.sharedBytes())), last);
  }

  @Override
  protected Step bindBlend(DeviceTensor x, DeviceTensor y, Blend factors) {
    int size = y.shape().arrayLength();
    Launcher.Binding binding = kernel("optimizer_blend").tensor(x).tensor(y).integers(size);
    Launch launch = binding.floating(0).floating(0).over(vectors(size));
    return new BlendStep(factors, launch);
  }

  private int vectors(int size) {
    return (size + vector() - 1) / vector();
  }

  private static String kernel(UpdateRule rule) {
    return switch (rule.kind()) {
      case SGD -> "optimizer_sgd";
      case MOMENTUM, NESTEROV -> "optimizer_momentum";
      case RMSPROP -> "optimizer_rmsprop";
      case ADAM -> "optimizer_adam";
      case ADAGRAD -> "optimizer_adagrad";
      case ADADELTA -> "optimizer_adadelta";
      case LION -> "optimizer_lion";
      case LARS -> "optimizer_lars";
    };
  }

  private static void constants(UpdateRule rule, Launcher.Binding binding) {
    float momentum = (float) rule.momentum();
    float smoothing = (float) rule.smoothing();
    float smoothingRest = (float) (1 - rule.smoothing());
    float epsilon = (float) rule.epsilon();
    switch (rule.kind()) {
      case SGD -> {}
      case MOMENTUM -> binding.floating(momentum).integers(0);
      case NESTEROV -> binding.floating(momentum).integers(1);
      case RMSPROP ->
          binding.floating(smoothing).floating(smoothingRest).floating(epsilon).floating(momentum);
      case ADAM ->
          binding
              .floating(momentum)
              .floating((float) (1 - rule.momentum()))
              .floating(smoothing)
              .floating(smoothingRest)
              .floating(epsilon);
      case ADAGRAD -> binding.floating(epsilon);
      case ADADELTA -> binding.floating(smoothing).floating(smoothingRest).floating(epsilon);
      case LION ->
          binding
              .floating(momentum)
              .floating((float) (1 - rule.momentum()))
              .floating(smoothing)
              .floating(smoothingRest);
      case LARS -> binding.floating(momentum);
    }
  }

  private Launcher.Binding kernel(String name) {
    return launcher.kernel(PROGRAM, name, "-DVECTOR=" + vector());
  }

  /** Elements of one work-item. */
  private int vector() {
    return launcher.isCpu() ? 16 : 4;
  }

  /** A bound weighted sum: sets its factors, then launches. */
  private record BlendStep(Blend factors, Launch launch) implements Step {
    private static final int KEEP = 3;

    @Override
    public void ready() {
      launch.ready();
    }

    @Override
    public void run() {
      Kernel kernel = launch.kernel();
      kernel.setFloat(KEEP, factors.keep());
      kernel.setFloat(KEEP + 1, factors.add());
      launch.run();
    }

    @Override
    public void close() {
      launch.close();
    }
  }

  /** A bound update: sets what depends on learning rate and step, then launches. */
  private record Update(
      UpdateRule rule, Hyperparameters hyperparameters, Launch launch, int stepSizeIndex)
      implements Step {
    @Override
    public void ready() {
      launch.ready();
    }

    @Override
    public void run() {
      double rate = hyperparameters.learningRate();
      int step = hyperparameters.step();
      Kernel kernel = launch.kernel();
      kernel.setFloat(stepSizeIndex, rule.stepSize(rate, step));
      kernel.setFloat(stepSizeIndex + 1, (float) (1 - rate * rule.decoupledDecay()));
      if (rule.kind() == UpdateRule.Kind.ADAM) {
        kernel.setFloat(stepSizeIndex + 2, rule.rootScale(step));
      }
      launch.run();
    }

    @Override
    public void close() {
      launch.close();
    }
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.vectors(PROGRAM);
  }
}
