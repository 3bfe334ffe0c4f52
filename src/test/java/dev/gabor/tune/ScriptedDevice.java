package dev.gabor.tune;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionChooser.Choice;
import dev.gabor.backend.ConvolutionChooser.Origin;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceClass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.backend.TuningKey;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.check.FaultyBackend;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * A device with algorithms that take the time they are told to take, by its own clock, and of which
 * some compute wrongly or fail. The first is the heuristic's choice.
 */
final class ScriptedDevice extends FaultyBackend {
  static final TuningKey KEY = new TuningKey(DeviceClass.OTHER, "scripted", "none");

  private final Map<String, Double> millis = new LinkedHashMap<>();
  private final Set<String> wrong = new HashSet<>();
  private final Set<String> failing = new HashSet<>();
  private final List<String> begun = new ArrayList<>();
  private final Backend reference = new ReferenceBackend();
  private double now;

  ScriptedDevice() {
    super((backend, b, y) -> {});
  }

  ScriptedDevice with(String algorithm, double runMillis) {
    millis.put(algorithm, runMillis);
    return this;
  }

  ScriptedDevice wrong(String algorithm, double runMillis) {
    wrong.add(algorithm);
    return with(algorithm, runMillis);
  }

  ScriptedDevice failing(String algorithm) {
    failing.add(algorithm);
    return with(algorithm, 1);
  }

  /** The algorithms in the order in which they were first bound. */
  List<String> begun() {
    return begun.stream().distinct().toList();
  }

  long nanoTime() {
    return Math.round(now * 1e6);
  }

  @Override
  public OptionalDouble kernelMillis(Runnable work) {
    double before = now;
    work.run();
    return OptionalDouble.of(now - before);
  }

  private Step timed(String algorithm, Step step, DeviceTensor y) {
    begun.add(algorithm);
    if (failing.contains(algorithm)) {
      throw new IllegalStateException("does not build\nand here is the log");
    }
    return () -> {
      step.run();
      now += millis.get(algorithm);
      if (wrong.contains(algorithm)) {
        spoil(y, 3, 0.25f);
      }
    };
  }

  @Override
  public ConvolutionOps convolution() {
    ConvolutionOps ops = reference.convolution();
    return new ConvolutionOps() {
      private String own(Convolution c, Pass pass) {
        return ops.choose(c, pass);
      }

      @Override
      public List<String> algorithms(Convolution c, Pass pass) {
        return millis.keySet().stream().filter(name -> !name.contains(":")).toList();
      }

      @Override
      public List<String> candidates(Convolution c, Pass pass) {
        return List.copyOf(millis.keySet());
      }

      @Override
      public Choice choice(Convolution c, Pass pass) {
        return new Choice(millis.keySet().iterator().next(), Origin.HEURISTIC);
      }

      @Override
      public Optional<TuningKey> tuningKey() {
        return Optional.of(KEY);
      }

      @Override
      public long workspaceBytes(Convolution c, Pass pass, String algorithm) {
        return ops.workspaceBytes(c, pass, own(c, pass));
      }

      @Override
      protected Step bindForward(
          Convolution c,
          DeviceTensor x,
          DeviceTensor weight,
          DeviceTensor bias,
          DeviceTensor y,
          DeviceTensor workspace,
          Activation activation,
          String algorithm) {
        String own = own(c, Pass.FORWARD);
        return timed(algorithm, ops.forward(c, x, weight, bias, y, workspace, activation, own), y);
      }

      @Override
      protected Step bindBackwardData(
          Convolution c,
          DeviceTensor dy,
          DeviceTensor weight,
          DeviceTensor dx,
          DeviceTensor workspace,
          String algorithm) {
        String own = own(c, Pass.BACKWARD_DATA);
        return timed(algorithm, ops.backwardData(c, dy, weight, dx, workspace, own), dx);
      }

      @Override
      protected Step bindBackwardWeight(
          Convolution c,
          DeviceTensor x,
          DeviceTensor dy,
          DeviceTensor dweight,
          DeviceTensor workspace,
          String algorithm) {
        String own = own(c, Pass.BACKWARD_WEIGHT);
        return timed(algorithm, ops.backwardWeight(c, x, dy, dweight, workspace, own), dweight);
      }
    };
  }
}
