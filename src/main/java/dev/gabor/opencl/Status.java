package dev.gabor.opencl;

import org.jocl.CL;

/** Turns the status codes of OpenCL calls into exceptions. */
final class Status {
  private Status() {}

  /** Throws unless the call succeeded; {@code subject} is only turned into text on failure. */
  static void check(int status, String call, Object subject) {
    if (status != CL.CL_SUCCESS) {
      throw OpenClException.failed(call, status, subject);
    }
  }
}
