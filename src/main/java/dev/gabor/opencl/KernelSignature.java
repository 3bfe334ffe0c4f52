package dev.gabor.opencl;

import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.cl_kernel;

/**
 * A kernel's parameters without those of a {@link Meeting}, as far as the driver tells. OpenCL
 * checks an argument's size only, so a float given for an int would compute nonsense in silence:
 * the names of the types are checked here.
 */
record KernelSignature(String kernel, List<Parameter> parameters, boolean meets) {
  /** What may be bound to a parameter. */
  enum Binding {
    BUFFER("a buffer"),
    LOCAL("local memory"),
    INT("an int"),
    LONG("a long"),
    FLOAT("a float"),
    /** A type that is not known here, or a driver that does not tell: everything goes. */
    UNKNOWN("an unknown type");

    private final String words;

    Binding(String words) {
      this.words = words;
    }
  }

  /** One parameter, for example {@code ("alpha", "float", FLOAT)}. */
  record Parameter(String name, String type, Binding binding) {}

  static KernelSignature of(cl_kernel handle, String kernel) {
    int count =
        (int)
            Info.number(
                "clGetKernelInfo",
                "kernel " + kernel,
                (size, target, needed) ->
                    CL.clGetKernelInfo(handle, CL.CL_KERNEL_NUM_ARGS, size, target, needed));
    List<Parameter> parameters = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      parameters.add(parameter(handle, index));
    }
    int others = Meeting.parameters(parameters);
    return new KernelSignature(
        kernel, List.copyOf(parameters.subList(0, count - others)), others > 0);
  }

  /** Refuses a binding that does not fit, or an index that does not exist. */
  void check(int index, Binding given) {
    if (index < 0 || index >= parameters.size()) {
      throw new IllegalArgumentException(
          "kernel %s has %d parameters, there is no parameter %d"
              .formatted(kernel, parameters.size(), index));
    }
    Binding wanted = parameters.get(index).binding();
    if (wanted != given && wanted != Binding.UNKNOWN) {
      throw new IllegalArgumentException(
          "kernel %s, %s: takes %s, not %s"
              .formatted(kernel, describe(index), wanted.words, given.words));
    }
  }

  /** For example "parameter 2 (float alpha)". */
  String describe(int index) {
    Parameter parameter = parameters.get(index);
    String known = parameter.name().isEmpty() ? "" : parameter.type() + " " + parameter.name();
    return "parameter " + index + (known.isEmpty() ? "" : " (" + known + ")");
  }

  private static Parameter parameter(cl_kernel handle, int index) {
    try {
      String name = text(handle, index, CL.CL_KERNEL_ARG_NAME);
      String type = text(handle, index, CL.CL_KERNEL_ARG_TYPE_NAME);
      long space =
          Info.number(
              "clGetKernelArgInfo",
              index,
              query(handle, index, CL.CL_KERNEL_ARG_ADDRESS_QUALIFIER));
      return new Parameter(name, type, binding(type, (int) space));
    } catch (OpenClException e) {
      if (e.code() == CL.CL_KERNEL_ARG_INFO_NOT_AVAILABLE) {
        return new Parameter("", "", Binding.UNKNOWN);
      }
      throw e;
    }
  }

  private static Binding binding(String type, int space) {
    if (space == CL.CL_KERNEL_ARG_ADDRESS_LOCAL) {
      return Binding.LOCAL;
    }
    if (type.endsWith("*")) {
      return Binding.BUFFER;
    }
    return switch (type) {
      case "int", "uint", "unsigned int" -> Binding.INT;
      case "long", "ulong", "unsigned long" -> Binding.LONG;
      case "float" -> Binding.FLOAT;
      default -> Binding.UNKNOWN;
    };
  }

  private static String text(cl_kernel handle, int index, int parameter) {
    return Info.text("clGetKernelArgInfo", index, query(handle, index, parameter));
  }

  private static Info.Query query(cl_kernel handle, int index, int parameter) {
    return (size, target, needed) ->
        CL.clGetKernelArgInfo(handle, index, parameter, size, target, needed);
  }
}
