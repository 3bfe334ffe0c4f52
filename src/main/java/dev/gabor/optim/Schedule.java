package dev.gabor.optim;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The learning rate of each training step. Names and numbers are those of PyTorch's {@code
 * torch.optim.lr_scheduler}; what PyTorch's users count in epochs is counted in epochs here, and
 * {@link #cosine} and {@link #oneCycle} go from step to step.
 *
 * <p>A schedule is a formula over the {@link Moment} and remembers nothing, so a run that is
 * resumed goes on with the same rates.
 */
@FunctionalInterface
public interface Schedule {
  /** The rate of the step at a moment, at least 0. */
  double rate(Moment moment);

  /** The rate of a step of a run whose epochs are single steps. */
  default double rate(int step, int totalSteps) {
    return rate(Moment.ofStep(step, totalSteps));
  }

  /** The form that {@link #parse} reads, or {@code custom} for a formula of one's own. */
  default String text() {
    return "custom";
  }

  /**
   * Reads {@code NAME} or {@code NAME:key=value,…}: {@code constant}, {@code
   * step:size=30,gamma=0.1}, {@code multistep:milestones=30+60,gamma=0.1}, {@code
   * exponential:gamma=0.95}, {@code cosine:min=0}, {@code onecycle:start=0.3,div=25,final=10000},
   * {@code plateau:factor=0.1,patience=10,threshold=0.0001,cooldown=0,min=0}. Each takes {@code
   * rate=} and {@code warmup=} too, the share of the run that {@link #warmedUp} rises over: 0.05
   * for cosine, else 0.
   *
   * @param rate at first (of onecycle the largest), unless the text has one
   * @throws IllegalArgumentException naming the part that is wrong
   */
  static Schedule parse(String text, double rate) {
    return ScheduleText.read(text, rate);
  }

  /** The same rate for every step. */
  static Schedule constant(double rate) {
    return new NamedSchedule("constant:rate=" + rate, moment -> rate);
  }

  /** StepLR: rate · gamma^⌊epoch / size⌋. */
  static Schedule step(double rate, int size, double gamma) {
    positive("step: size", size);
    return new NamedSchedule(
        "step:rate=" + rate + ",size=" + size + ",gamma=" + gamma,
        moment -> {
          int reductions = moment.epoch() / size;
          return rate * Math.pow(gamma, reductions);
        });
  }

  /** MultiStepLR: rate · gamma^(milestones reached), the milestones being epochs. */
  static Schedule multiStep(double rate, double gamma, int... milestones) {
    int[] epochs = milestones.clone();
    String list =
        Arrays.stream(epochs).mapToObj(Integer::toString).collect(Collectors.joining("+"));
    return new NamedSchedule(
        "multistep:rate=" + rate + ",milestones=" + list + ",gamma=" + gamma,
        moment -> {
          int reached =
              (int) Arrays.stream(epochs).filter(epoch -> epoch <= moment.epoch()).count();
          return rate * Math.pow(gamma, reached);
        });
  }

  /** ExponentialLR: rate · gamma^epoch. */
  static Schedule exponential(double rate, double gamma) {
    return new NamedSchedule(
        "exponential:rate=" + rate + ",gamma=" + gamma,
        moment -> rate * Math.pow(gamma, moment.epoch()));
  }

  /**
   * Half a cosine from the rate at the first step down to 0 behind the last one (Loshchilov and
   * Hutter 2016, without restarts).
   */
  static Schedule cosine(double rate) {
    return cosine(rate, 0);
  }

  /** CosineAnnealingLR: half a cosine from the rate at the first step to min behind the last. */
  static Schedule cosine(double rate, double min) {
    return new NamedSchedule(
        "cosine:rate=" + rate + ",min=" + min,
        moment ->
            min
                + (rate - min)
                    * 0.5
                    * (1 + Math.cos(Math.PI * moment.step() / moment.totalSteps())));
  }

  /** {@link #oneCycle(double, double, double, double)} with 0.3, 25 and 10000. */
  static Schedule oneCycle(double maxRate) {
    return oneCycle(maxRate, 0.3, 25, 1e4);
  }

  /**
   * OneCycleLR (Smith and Topin 2017): along half a cosine from maxRate / div up to maxRate, then
   * along another down to maxRate / (div · finalDiv) at the last step. Momentum is left alone
   * (PyTorch's cycle_momentum=False).
   *
   * @param start the share of the steps that rises, above 0 and below 1
   */
  static Schedule oneCycle(double maxRate, double start, double div, double finalDiv) {
    if (!(start > 0 && start < 1)) {
      throw new IllegalArgumentException(
          "schedule onecycle: start is " + start + ", expected above 0 and below 1");
    }
    return new NamedSchedule(
        "onecycle:rate=" + maxRate + ",start=" + start + ",div=" + div + ",final=" + finalDiv,
        moment -> {
          double first = maxRate / div;
          double last = first / finalDiv;
          double top = start * moment.totalSteps() - 1;
          double end = moment.totalSteps() - 1;
          return top > 0 && moment.step() <= top
              ? NamedSchedule.between(first, maxRate, moment.step() / top)
              : NamedSchedule.between(maxRate, last, (moment.step() - top) / (end - top));
        });
  }

  /** Reduces on a plateau with PyTorch's defaults: see {@link Plateau#of(double)}. */
  static Schedule plateau(double rate) {
    return Plateau.of(rate);
  }

  /**
   * This schedule, but rising in a straight line over the first part of the run (Goyal et al.
   * 2017). Adam's first steps move every weight of a unit with many inputs by the full rate the
   * same way, which can leave its ReLU dead.
   *
   * @param share the part of the run that warms up, 0 to below 1
   */
  default Schedule warmedUp(double share) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "schedule: warmup is " + share + ", expected at least 0 and below 1");
    }
    String name = text();
    return new NamedSchedule(
        name.equals("custom") ? name : name + ",warmup=" + share,
        moment ->
            rate(moment)
                * Math.min(1, (moment.step() + 1) / Math.max(1, share * moment.totalSteps())));
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "schedule " + what + " is " + value + ", expected at least 1");
    }
  }
}
