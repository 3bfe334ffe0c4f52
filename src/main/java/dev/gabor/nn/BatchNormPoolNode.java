package dev.gabor.nn;

import dev.gabor.backend.BatchNormPool;
import dev.gabor.backend.BatchNormPoolOps;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Step;
import dev.gabor.nn.plan.Slots;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** For training: batch-norm, ReLU and maximum pooling in one. */
final class BatchNormPoolNode extends Node {
  private final BatchNormNode norm;
  private final PoolNode pool;

  /**
   * Two nodes as one.
   *
   * @param norm with its ReLU
   * @param pool of a window that {@link BatchNormPool#fits}
   */
  BatchNormPoolNode(BatchNormNode norm, PoolNode pool) {
    super(norm.name(), norm.inputs(), pool.shape());
    this.norm = norm;
    this.pool = pool;
  }

  @Override
  public String operator() {
    return "batch_norm_pool";
  }

  @Override
  public Map<String, Object> settings() {
    throw new IllegalStateException("batch-norm with pooling is made for a plan and is not saved");
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    return norm.isFixed(recorder)
        ? oneByOne(recorder, inputs, y)
        : training(recorder, inputs.get(0), y);
  }

  /** Frozen, batch-norm goes by its running statistics. */
  private Gradient oneByOne(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    Value between = recorder.value("normalised", x.shape(), x.layout());
    if (recorder.wantsGradient(x)) {
      recorder.markDifferentiable(between);
    }
    Gradient ofNorm = norm.record(recorder, inputs, between);
    Gradient ofPool = pool.record(recorder, List.of(between), y);
    return dy -> {
      ofPool.record(dy);
      recorder.gradientOf(between).ifPresent(ofNorm::record);
    };
  }

  /** What both passes need of the forward pass. */
  private record Forward(
      BatchNormPool problem, Value x, Value gamma, Value beta, Value saved, Value reserve) {
    List<Value> reads() {
      return List.of(x, gamma, beta);
    }
  }

  private Gradient training(Recorder recorder, Value x, Value y) {
    Shape image = inputs().get(0).shape();
    BatchNormPool problem =
        new BatchNormPool(
            norm.problem(recorder.batch()), pool.window(), image.length(1), image.length(2));
    Value saved = recorder.value("saved", Shape.of(2, image.length(0)), Layout.PLAIN);
    Value reserve = recorder.workspace(ops(recorder).reserveBytes(problem)).get(0);
    Forward forward =
        new Forward(
            problem,
            x,
            recorder.parameter(norm.weight()),
            recorder.parameter(norm.bias()),
            saved,
            reserve);
    recordForward(recorder, forward, y);
    return dy -> backward(recorder, forward, dy);
  }

  private void recordForward(Recorder recorder, Forward forward, Value y) {
    List<Value> workspace = recorder.workspace(ops(recorder).workspaceBytes(forward.problem()));
    Value mean = recorder.parameter(norm.runningMean());
    Value variance = recorder.parameter(norm.runningVariance());
    // Computed again, it must not move the statistics twice: these take what would move them.
    Value unusedMean = recorder.value("unused mean", mean.shape(), mean.layout());
    Value unusedVariance = recorder.value("unused variance", mean.shape(), mean.layout());
    List<Value> updating = new ArrayList<>(forward.reads());
    updating.addAll(List.of(mean, variance));
    recorder.add(
        "batch-norm and pool forward",
        updating,
        written(forward, y, mean, variance, workspace),
        slots -> bindForward(recorder, forward, slots, y, mean, variance, workspace),
        forward.reads(),
        written(forward, y, unusedMean, unusedVariance, workspace),
        slots -> bindForward(recorder, forward, slots, y, unusedMean, unusedVariance, workspace));
  }

  private static List<Value> written(
      Forward forward, Value y, Value mean, Value variance, List<Value> workspace) {
    List<Value> all =
        new ArrayList<>(List.of(y, forward.saved(), forward.reserve(), mean, variance));
    all.addAll(workspace);
    return all;
  }

  private static Step bindForward(
      Recorder recorder,
      Forward forward,
      Slots slots,
      Value y,
      Value mean,
      Value variance,
      List<Value> workspace) {
    return ops(recorder)
        .forward(
            forward.problem(),
            slots.of(forward.x()),
            slots.of(forward.gamma()),
            slots.of(forward.beta()),
            slots.of(mean),
            slots.of(variance),
            slots.of(y),
            slots.of(forward.saved()),
            slots.of(forward.reserve()),
            Nodes.first(slots, workspace));
  }

  private void backward(Recorder recorder, Forward forward, Value dy) {
    Optional<Value> dx = Nodes.gradientLike(recorder, forward.x());
    Value dgamma = Nodes.gradient(recorder, norm.weight());
    Value dbeta = Nodes.gradient(recorder, norm.bias());
    List<Value> workspace = recorder.workspace(ops(recorder).workspaceBytes(forward.problem()));
    List<Value> reads = new ArrayList<>(forward.reads());
    reads.addAll(List.of(dy, forward.saved(), forward.reserve()));
    List<Value> writes = new ArrayList<>(List.of(dgamma, dbeta));
    dx.ifPresent(writes::add);
    writes.addAll(workspace);
    recorder.add(
        "batch-norm and pool backward",
        reads,
        writes,
        slots ->
            ops(recorder)
                .backward(
                    forward.problem(),
                    slots.of(forward.x()),
                    slots.of(forward.gamma()),
                    slots.of(forward.beta()),
                    slots.of(dy),
                    slots.of(forward.saved()),
                    slots.of(forward.reserve()),
                    Nodes.tensor(slots, dx),
                    slots.of(dgamma),
                    slots.of(dbeta),
                    Nodes.first(slots, workspace)));
    dx.ifPresent(gradient -> recorder.pass(forward.x(), gradient));
  }

  private static BatchNormPoolOps ops(Recorder recorder) {
    return recorder.backend().batchNormPool();
  }
}
