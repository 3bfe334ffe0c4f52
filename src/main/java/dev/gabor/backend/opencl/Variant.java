package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.opencl.ProgramSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One build of a kernel file that a launcher may ask for.
 *
 * @param program the file without {@code .cl}
 * @param family the devices that it is meant for; it must be right on all
 * @param chosen whether a heuristic takes it on devices of its family, so that it must be fast
 * @param options the build options
 */
record Variant(String program, Family family, boolean chosen, List<String> options) {
  /** Devices with a taste of their own. */
  enum Family {
    /** Every device. */
    ANY,
    /** CPU drivers: few work-items, wide vectors, no local memory. */
    CPU,
    /** GPUs: many work-items that share local memory and coalesce their accesses. */
    GPU
  }

  private static final String ACTIVATION = "-DACTIVATION=";

  /** Copies the options. */
  Variant {
    options = List.copyOf(options);
  }

  /** A build for every device. */
  static Variant any(String program, String... options) {
    return new Variant(program, Family.ANY, true, List.of(options));
  }

  /** A build for CPU drivers. */
  static Variant cpu(String program, String... options) {
    return new Variant(program, Family.CPU, true, List.of(options));
  }

  /** A build for GPUs. */
  static Variant gpu(String program, String... options) {
    return new Variant(program, Family.GPU, true, List.of(options));
  }

  /** The builds of a kernel that takes {@link Launcher#vector()} alone. */
  static List<Variant> vectors(String program) {
    return Launcher.VECTORS.stream()
        .map(
            length ->
                length == Launcher.GPU_VECTOR
                    ? any(program, Launcher.vector(length))
                    : cpu(program, Launcher.vector(length)))
        .toList();
  }

  /**
   * The build of a kernel of the CPU family with a vector length; that of GPUs, which can be forced
   * to run it, is for CPUs of narrow vectors, too.
   */
  static Variant cpuVector(String program, int length) {
    return length == Launcher.GPU_VECTOR
        ? any(program, Launcher.vector(length)).plain()
        : cpu(program, Launcher.vector(length));
  }

  /** The same, not chosen where a faster one is there. */
  Variant plain() {
    return new Variant(program, family, false, options);
  }

  /** The same with further options. */
  Variant with(String... further) {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of(further));
    return new Variant(program, family, chosen, all);
  }

  /**
   * The same with an activation: every one for the first of each family, the identity for the
   * others, as what an epilogue computes has nothing to do with the other options.
   */
  static List<Variant> withActivations(List<Variant> variants) {
    List<Variant> all = new ArrayList<>();
    Set<Family> seen = EnumSet.noneOf(Family.class);
    for (Variant variant : variants) {
      boolean first = seen.add(variant.family);
      for (Activation.Kind kind : Activation.Kind.values()) {
        if (first || kind == Activation.Kind.IDENTITY) {
          all.add(variant.with(OpenClActivation.function(kind)));
        }
      }
    }
    return all;
  }

  /** Whether it stands for a program and its options in any order, with any activation. */
  boolean standsFor(String otherProgram, List<String> otherOptions) {
    return program.equals(otherProgram)
        && withoutActivation(options).equals(withoutActivation(otherOptions));
  }

  private static List<String> withoutActivation(List<String> options) {
    return options.stream().filter(option -> !option.startsWith(ACTIVATION)).sorted().toList();
  }

  /** One line of {@code native-test/variants.txt}. */
  @Override
  public String toString() {
    return String.join(
        " ",
        program,
        family.name().toLowerCase(Locale.ROOT),
        chosen ? "chosen" : "plain",
        ProgramSource.of(program, options.toArray(String[]::new)).options());
  }
}
