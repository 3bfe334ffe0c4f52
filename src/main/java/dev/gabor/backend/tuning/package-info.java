/**
 * What was measured about convolutions, on disk: {@code find-db.json} says which algorithms are
 * fastest for a problem, {@code perf-db.json} with which parameters an algorithm is fastest, and a
 * small file in the jar for each class of devices says what holds where nothing was measured.
 *
 * <p>{@link dev.gabor.backend.tuning.TuningStore} is the way in: it gives a backend its chooser,
 * and keeps what a tuner has found. Both files carry a format and a version; a file that is not
 * that is renamed, with one warning, and the run goes on without it. They are replaced by an atomic
 * rename and merged under a lock, so processes that tune at once keep each other's entries.
 */
package dev.gabor.backend.tuning;
