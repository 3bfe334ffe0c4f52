package dev.gabor.opencl;

/** Builds a program on PoCL, with the cache that it gets; run as a process of its own. */
final class BuildingProcess {
  private BuildingProcess() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    try (Context context = Context.open(Pocl.device())) {
      context.build(ProgramSource.of("test_scale"));
    }
  }
}
