/**
 * Measures which algorithm a device should take for a convolution, and keeps it:
 *
 * <pre>{@code
 * TuningStore store = Gabor.tuningStore();
 * BackendOptions options =
 *     BackendOptions.STANDARD.withProfiling(true).withChooser(key -> ConvolutionChooser.HEURISTIC);
 * try (Backend backend = Gabor.open("auto", options)) {
 *   Tuner.on(backend, store).budgetSeconds(60).run(network.convolutions(64));
 * }
 * }</pre>
 *
 * <p>Whoever opens the device afterwards gets what was found. Nothing is ever measured unasked.
 */
package dev.gabor.tune;
