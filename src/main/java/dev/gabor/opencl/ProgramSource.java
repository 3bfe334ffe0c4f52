package dev.gabor.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a program is made of: a name, the complete source text and the compiler's options. Two
 * sources are equal when text and options are.
 */
public final class ProgramSource {
  /** The argument info lets {@link Kernel} tell an int from a float; it changes no code. */
  private static final List<String> DEFAULT_OPTIONS =
      List.of("-cl-std=CL1.2", "-cl-kernel-arg-info");

  /** They change results: the cross-check against the CPU reference would mean nothing. */
  private static final List<String> UNSAFE_OPTIONS =
      List.of("-cl-fast-relaxed-math", "-cl-unsafe-math-optimizations", "-cl-finite-math-only");

  private final String name;
  private final String text;
  private final String options;

  private ProgramSource(String name, String text, List<String> options) {
    this.name = name;
    this.text = text;
    this.options = String.join(" ", withDefaults(name, options));
  }

  /**
   * The class-path file {@code kernels-cl/<name>.cl} with its includes.
   *
   * @param options for example {@code "-DTILE=8"}; OpenCL C 1.2 unless a {@code -cl-std} is given
   * @throws IllegalArgumentException if the file or an include is missing, or an option would relax
   *     the arithmetic
   */
  public static ProgramSource of(String name, String... options) {
    return new ProgramSource(name, SourceReader.read(name + ".cl"), List.of(options));
  }

  /** A program of the caller's own text; its includes come from the class path. */
  public static ProgramSource ofText(String name, String text, String... options) {
    return new ProgramSource(name, SourceReader.resolve(name, text), List.of(options));
  }

  /** The name, for messages. */
  public String name() {
    return name;
  }

  /** The complete source with includes in place. */
  public String text() {
    return text;
  }

  /** All options, defaults first, separated by blanks. */
  public String options() {
    return options;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProgramSource source
        && name.equals(source.name)
        && options.equals(source.options)
        && text.equals(source.text);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, options, text);
  }

  @Override
  public String toString() {
    return name + " [" + options + "]";
  }

  private static List<String> withDefaults(String name, List<String> given) {
    boolean ownVersion = given.stream().anyMatch(option -> option.startsWith("-cl-std="));
    List<String> all = new ArrayList<>();
    for (String option : DEFAULT_OPTIONS) {
      if (!(ownVersion && option.startsWith("-cl-std="))) {
        all.add(option);
      }
    }
    for (String option : given) {
      if (option.isBlank() || UNSAFE_OPTIONS.contains(option)) {
        throw new IllegalArgumentException(
            "program " + name + ": the option \"" + option + "\" is not allowed");
      }
      all.add(option);
    }
    return all;
  }
}
