package dev.gabor.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The optimizers of torch.optim, whose documented formulas are computed by PyTorch's in-place
 * arithmetic; DJL does not pass on torch.optim itself. Each works on one parameter.
 */
final class TorchOptimizer {
  private static final double MOMENTUM = 0.9;
  private static final double ALPHA = 0.99;
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.999;
  private static final double EPSILON = 1e-8;
  private static final double ADAMW_DECAY = 0.01;

  private final String name;
  private final double rate;
  private final double weightDecay;
  // Arrays are equal where their elements are.
  private final IdentityHashMap<PtNDArray, List<PtNDArray>> states = new IdentityHashMap<>();
  private final IdentityHashMap<PtNDArray, Integer> steps = new IdentityHashMap<>();

  /** An optimizer by the name it has on the command line, with an L2 penalty. */
  TorchOptimizer(String name, double rate, double weightDecay) {
    this.name = name;
    this.rate = rate;
    this.weightDecay = weightDecay;
  }

  /**
   * Changes a parameter by its gradient.
   *
   * @param manager releases what is computed on the way
   * @param parameter changed
   * @param decays whether weight decay concerns it
   */
  void update(NDManager manager, PtNDArray parameter, PtNDArray gradient, boolean decays) {
    int step = steps.merge(parameter, 1, Integer::sum);
    NDArray w = TorchArrays.view(manager, parameter);
    NDArray state = state(manager, parameter, 0);
    NDArray g = decays && weightDecay > 0 ? gradient.add(w.mul(weightDecay)) : gradient;
    switch (name) {
      case "sgd" -> w.subi(g.mul(rate));
      case "momentum" -> {
        state.muli(MOMENTUM).addi(g);
        // As few passes as torch.optim makes, where the gradients hold the rate already.
        w.subi(rate == 1 ? state : state.mul(rate));
      }
      case "nesterov" -> {
        state.muli(MOMENTUM).addi(g);
        w.subi(g.add(state.mul(MOMENTUM)).mul(rate));
      }
      case "rmsprop" -> {
        state.muli(ALPHA).addi(g.square().mul(1 - ALPHA));
        w.subi(g.div(state.sqrt().add(EPSILON)).mul(rate));
      }
      case "adam" -> adam(w, g, state, state(manager, parameter, 1), step);
      case "adamw" -> {
        if (decays) {
          w.muli(1 - rate * ADAMW_DECAY);
        }
        adam(w, g, state, state(manager, parameter, 1), step);
      }
      default -> throw new IllegalArgumentException("unknown optimizer " + name);
    }
  }

  private void adam(NDArray w, NDArray g, NDArray mean, NDArray square, int step) {
    mean.muli(BETA_1).addi(g.mul(1 - BETA_1));
    square.muli(BETA_2).addi(g.square().mul(1 - BETA_2));
    double rootScale = Math.sqrt(1 - Math.pow(BETA_2, step));
    NDArray root = square.sqrt().div(rootScale).add(EPSILON);
    w.subi(mean.div(root).mul(rate / (1 - Math.pow(BETA_1, step))));
  }

  /** What is remembered of a parameter from step to step; begins with zeros. */
  private NDArray state(NDManager manager, PtNDArray parameter, int index) {
    List<PtNDArray> kept = states.computeIfAbsent(parameter, key -> new ArrayList<>());
    while (kept.size() <= index) {
      kept.add((PtNDArray) parameter.getManager().zeros(parameter.getShape()));
    }
    return TorchArrays.view(manager, kept.get(index));
  }
}
