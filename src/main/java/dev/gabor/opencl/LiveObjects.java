package dev.gabor.opencl;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Counts the native objects that exist now: contexts, queues, programs, kernels, buffers, slices
 * and events. A program that has closed every context counts 0; tests assert it.
 */
public final class LiveObjects {
  /** What a native object is. */
  enum Kind {
    CONTEXT,
    QUEUE,
    PROGRAM,
    KERNEL,
    BUFFER,
    SLICE,
    EVENT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Map<Kind, AtomicLong> COUNTS = new EnumMap<>(Kind.class);

  static {
    for (Kind kind : Kind.values()) {
      COUNTS.put(kind, new AtomicLong());
    }
  }

  private LiveObjects() {}

  /** How many native objects are open in this JVM. */
  public static long count() {
    return COUNTS.values().stream().mapToLong(AtomicLong::get).sum();
  }

  /** The open objects by kind, for example {@code "context 1, queue 1, buffer 3"}, or "none". */
  public static String describe() {
    String open =
        COUNTS.entrySet().stream()
            .filter(entry -> entry.getValue().get() != 0)
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    return open.isEmpty() ? "none" : open;
  }

  static void added(Kind kind) {
    COUNTS.get(kind).incrementAndGet();
  }

  static void removed(Kind kind) {
    COUNTS.get(kind).decrementAndGet();
  }
}
