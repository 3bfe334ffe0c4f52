package dev.gabor;

/** A device that was asked for and cannot be used; one line saying why and what to do. */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A failure described by the whole message. */
  public DeviceException(String message) {
    super(message);
  }

  /** A failure described by the whole message, with what led to it. */
  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
