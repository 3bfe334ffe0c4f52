/**
 * The device benchmark: what a device can do at most, and how near convolutions, operators and
 * whole networks come to it.
 *
 * <pre>{@code
 * Report report =
 *     Benchmark.on(backend)
 *         .effort(Effort.QUICK)
 *         .convolutions(ConvolutionShapes.standard())
 *         .run();
 * System.out.print(ReportTable.of(report).text());
 * }</pre>
 *
 * <p>A time is wall time around {@link dev.gabor.backend.Backend#finish()}, of so many runs in a
 * row that the clock and the wait weigh nothing. GFLOP/s count the direct algorithm's multiply-adds
 * twice, so a Winograd convolution may pass 100 % of the peak; GB/s count the fewest bytes that an
 * operator must move, so a second look at the same bytes shows as a loss. Inputs are random, never
 * zeros.
 *
 * <p>From easy to hard: {@link dev.gabor.bench.Timing} and {@link dev.gabor.bench.Stopwatch};
 * {@link dev.gabor.bench.Result} and {@link dev.gabor.bench.Report} with its JSON and its table;
 * the cases to be measured; {@link dev.gabor.bench.Benchmark}, which walks over them; {@link
 * dev.gabor.bench.Comparison} of two reports.
 */
package dev.gabor.bench;
