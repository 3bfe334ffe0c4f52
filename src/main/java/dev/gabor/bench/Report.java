package dev.gabor.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a benchmark found.
 *
 * @param device in words
 * @param peakGflops measured fp32 multiply-adds, in GFLOP/s
 * @param peakGbS measured copy bandwidth, reads and writes together, in GB/s
 * @param properties facts about the device, the software and the day, in reading order
 * @param results in the order of measurement, ceilings first
 */
public record Report(
    String device,
    double peakGflops,
    double peakGbS,
    Map<String, String> properties,
    List<Result> results) {
  /** Copies the properties and the results. */
  public Report {
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    results = List.copyOf(results);
  }

  /** The rate of a ceiling, for example {@code read}; empty where it was not measured. */
  public OptionalDouble ceiling(String pass) {
    return results.stream()
        .filter(result -> result.subject().op().equals(Subject.CEILING))
        .filter(result -> result.subject().pass().equals(pass))
        .mapToDouble(Result::rate)
        .findFirst();
  }
}
