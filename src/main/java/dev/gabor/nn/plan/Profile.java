package dev.gabor.nn.plan;

import dev.gabor.backend.Backend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How long the parts of some runs of a {@link Plan} took. On OpenCL the times are those of the
 * device's events, kernel by kernel; on the CPU reference, which has no such clock, those of whole
 * operations.
 */
public final class Profile {
  /**
   * One part of one run.
   *
   * @param layer the layer it belongs to
   * @param operation what it is done for, for example {@code convolution forward}
   * @param part the kernel, or the operation again where there are no kernels
   * @param startNanos when it began, from an arbitrary origin
   * @param endNanos when it ended
   */
  public record Span(String layer, String operation, String part, long startNanos, long endNanos) {
    /** How long it took. */
    public long nanos() {
      return endNanos - startNanos;
    }
  }

  /**
   * The sum over all spans of one name.
   *
   * @param name what they share
   * @param count how many they were
   * @param nanos the sum of their times
   */
  public record Total(String name, int count, long nanos) {}

  private final List<Span> spans = new ArrayList<>();
  private int runs;

  void add(Operation operation, String part, long startNanos, long endNanos) {
    spans.add(new Span(operation.layer(), operation.name(), part, startNanos, endNanos));
  }

  /** Runs something that is no plan, waits for it, and adds what its parts took. */
  public void run(Backend backend, String layer, String operation, Runnable work) {
    backend.finish();
    long start = System.nanoTime();
    backend
        .profiler()
        .ifPresentOrElse(
            clock -> {
              clock.listen(
                  launch ->
                      spans.add(
                          new Span(
                              layer,
                              operation,
                              launch.part(),
                              launch.startNanos(),
                              launch.endNanos())));
              work.run();
              backend.finish();
              clock.off();
            },
            () -> {
              work.run();
              backend.finish();
              spans.add(new Span(layer, operation, operation, start, System.nanoTime()));
            });
    runEnded();
  }

  /** Adds the runs of another profile, their layers named after what they belong to. */
  public void addAll(String owner, Profile other) {
    other.spans.forEach(
        span ->
            spans.add(
                new Span(
                    owner + ", " + span.layer(),
                    span.operation(),
                    span.part(),
                    span.startNanos(),
                    span.endNanos())));
    runs += other.runs;
  }

  void runEnded() {
    runs++;
  }

  /** How often the plan was run. */
  public int runs() {
    return runs;
  }

  /** Every part of every run, in order. */
  public List<Span> spans() {
    return List.copyOf(spans);
  }

  /** The sums by operation, largest first. */
  public List<Total> byOperation() {
    return totals(Span::operation);
  }

  /** The sums by layer and operation, largest first. */
  public List<Total> byLayer() {
    return totals(span -> span.layer() + ": " + span.operation());
  }

  /** The sums by kernel, largest first. */
  public List<Total> byPart() {
    return totals(Span::part);
  }

  /** The sum of all times in nanoseconds. */
  public long nanos() {
    return spans.stream().mapToLong(Span::nanos).sum();
  }

  private List<Total> totals(Function<Span, String> key) {
    Map<String, Total> totals = new LinkedHashMap<>();
    for (Span span : spans) {
      totals.merge(
          key.apply(span),
          new Total(key.apply(span), 1, span.nanos()),
          (a, b) -> new Total(a.name(), a.count() + b.count(), a.nanos() + b.nanos()));
    }
    return totals.values().stream()
        .sorted(Comparator.comparingLong(Total::nanos).reversed())
        .toList();
  }
}
