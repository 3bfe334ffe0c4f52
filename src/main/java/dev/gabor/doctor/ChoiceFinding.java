package dev.gabor.doctor;

import java.util.List;

/**
 * What {@code auto} takes.
 *
 * @param name {@code cpu} or {@code opencl:P:D}
 * @param title the same with the device's name
 * @param reason why this one
 * @param remarks one line for each better device that was left out, and for the fallback
 */
public record ChoiceFinding(String name, String title, String reason, List<String> remarks) {
  /** Copies the remarks. */
  public ChoiceFinding {
    remarks = List.copyOf(remarks);
  }
}
