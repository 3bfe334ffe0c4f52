package dev.gabor.cli;

import dev.gabor.DeviceException;
import dev.gabor.opencl.OpenClException;
import dev.gabor.train.TrainingDivergedException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What a run ended with, and how failures become one line on standard error. */
final class ExitCode implements IExecutionExceptionHandler, IParameterExceptionHandler {
  /** Done. */
  static final int DONE = 0;

  /** A check failed. */
  static final int CHECK_FAILED = 1;

  /** Wrong use or bad input. */
  static final int BAD_INPUT = 2;

  /** A device failed or is not there. */
  static final int DEVICE = 3;

  @Override
  public int handleParseException(ParameterException wrong, String[] args) {
    return say(wrong.getCommandLine(), wrong, BAD_INPUT);
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed)
      throws Exception {
    if (failure instanceof DeviceException || failure instanceof OpenClException) {
      return say(command, failure, DEVICE);
    }
    if (failure instanceof TrainingDivergedException) {
      return say(command, failure, CHECK_FAILED);
    }
    if (failure instanceof IllegalArgumentException) {
      return say(command, failure, BAD_INPUT);
    }
    throw failure;
  }

  private static int say(CommandLine command, Exception failure, int code) {
    String message = String.valueOf(failure.getMessage());
    // A build log stays whole; elsewhere there is one line anyway.
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + message);
    command.getErr().flush();
    return code;
  }
}
