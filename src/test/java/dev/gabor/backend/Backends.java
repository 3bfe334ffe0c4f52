package dev.gabor.backend;

import dev.gabor.backend.reference.ReferenceBackend;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/**
 * The backends that every operator test runs on:
 * {@code @MethodSource("dev.gabor.backend.Backends#all")}.
 */
public final class Backends {
  private Backends() {}

  /** Opens a backend; the test closes it. */
  @FunctionalInterface
  public interface Opener {
    /** Opens it. */
    Backend open();
  }

  /** The CPU reference and every OpenCL device. */
  public static Stream<Named<Opener>> all() {
    return Stream.concat(Stream.of(Named.of("cpu", ReferenceBackend::new)), devices());
  }

  /** Every OpenCL device; at least one must be there. */
  public static Stream<Named<Opener>> devices() {
    return Stream.empty();
  }
}
