package dev.gabor.bench;

import java.util.List;

/**
 * What a benchmark found.
 *
 * @param device in words
 * @param peakGflops measured fp32 multiply-adds, in GFLOP/s
 * @param peakGbS measured copy bandwidth, reads and writes together, in GB/s
 * @param results in the order of measurement, ceilings first
 */
public record Report(String device, double peakGflops, double peakGbS, List<Result> results) {
  /** Copies the results. */
  public Report {
    results = List.copyOf(results);
  }
}
