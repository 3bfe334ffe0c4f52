package dev.gabor.cli;

import dev.gabor.backend.BackendOptions;
import picocli.CommandLine.Option;

/** The option {@code --workspace-mib}: how much scratch memory a convolution may ask for. */
final class WorkspaceOption {
  @Option(
      names = "--workspace-mib",
      paramLabel = "N",
      description =
          "The most scratch memory that a convolution may ask for, in MiB; 0 leaves the algorithms"
              + " that need none. By default as much as the fastest one wants.")
  private Long mebibytes;

  /** The options with this one, if it was given. */
  BackendOptions apply(BackendOptions options) {
    if (mebibytes == null) {
      return options;
    }
    if (mebibytes < 0 || mebibytes > Long.MAX_VALUE >> 20) {
      throw new IllegalArgumentException(
          "--workspace-mib: expected at least 0, found " + mebibytes);
    }
    return options.withWorkspaceBytes(mebibytes << 20);
  }
}
