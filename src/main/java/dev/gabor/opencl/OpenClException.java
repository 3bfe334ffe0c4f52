package dev.gabor.opencl;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jocl.CL;

/**
 * A failed OpenCL call. The message names the call, the error code and what it was about: kernel
 * and work sizes, program and options, buffer and range, whatever applies. A failed build carries
 * the driver's build log, of which the message quotes the first {@value #QUOTED_LOG_LINES} lines.
 */
public final class OpenClException extends RuntimeException {
  private static final int QUOTED_LOG_LINES = 40;

  private final String call;
  private final int code;
  private final String buildLog;

  private OpenClException(String call, int code, String buildLog, String message) {
    super(message);
    this.call = call;
    this.code = code;
    this.buildLog = buildLog;
  }

  /** A call that returned an error code; {@code subject} says what it was about. */
  static OpenClException failed(String call, int code, Object subject) {
    return new OpenClException(
        call, code, "", call + " failed with " + describe(code) + ": " + subject);
  }

  /** A program that the driver's compiler refused. */
  static OpenClException buildFailed(ProgramSource source, Device device, int code, String log) {
    String message =
        "clBuildProgram failed with %s: program %s, options %s, device %s%n%s"
            .formatted(
                describe(code), source.name(), source.options(), device.title(), shortened(log));
    return new OpenClException("clBuildProgram", code, log, message);
  }

  /** The OpenCL function that failed, for example {@code clEnqueueNDRangeKernel}. */
  public String call() {
    return call;
  }

  /** The OpenCL error code, below 0. */
  public int code() {
    return code;
  }

  /** The complete build log, if this is a failed build. */
  public Optional<String> buildLog() {
    return buildLog.isEmpty() ? Optional.empty() : Optional.of(buildLog);
  }

  private static String describe(int code) {
    String name = CL.stringFor_errorCode(code);
    return name + (name.contains(String.valueOf(code)) ? "" : " (" + code + ")");
  }

  private static String shortened(String log) {
    List<String> lines = log.lines().filter(line -> !line.isBlank()).toList();
    String quoted = lines.stream().limit(QUOTED_LOG_LINES).collect(Collectors.joining("\n"));
    int left = lines.size() - QUOTED_LOG_LINES;
    return left > 0 ? quoted + "\n... and " + left + " more lines" : quoted;
  }
}
