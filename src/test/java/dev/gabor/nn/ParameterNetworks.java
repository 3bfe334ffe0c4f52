package dev.gabor.nn;

import dev.gabor.nn.plan.Value;
import java.util.List;
import java.util.Map;

/** Networks of nothing but parameters, for tests of what is done to parameters. */
public final class ParameterNetworks {
  private ParameterNetworks() {}

  /** A network with exactly these parameters. */
  public static Network of(Parameter... parameters) {
    Node input = Network.input(1).build().input();
    return new Network(List.of(input, new ParameterNode(input, List.of(parameters))));
  }

  /** Holds parameters and cannot be run. */
  private static final class ParameterNode extends Node {
    private final List<Parameter> parameters;

    ParameterNode(Node input, List<Parameter> parameters) {
      super("parameters", List.of(input), input.shape());
      this.parameters = parameters;
    }

    @Override
    public String operator() {
      return "parameters";
    }

    @Override
    public Map<String, Object> settings() {
      return Map.of();
    }

    @Override
    public List<Parameter> parameters() {
      return parameters;
    }

    @Override
    public Gradient record(Recorder recorder, List<Value> x, Value y) {
      throw new UnsupportedOperationException("a network of parameters alone does not run");
    }
  }
}
