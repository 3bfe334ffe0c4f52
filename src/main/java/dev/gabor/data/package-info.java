/**
 * Where training samples come from: data sets, their files, normalisation and batches.
 *
 * <p>Data goes one way: {@link dev.gabor.data.Dataset} (samples (C,H,W) with values in [0,1]), then
 * {@link dev.gabor.data.Transform} (augmentation), {@link dev.gabor.data.Normalization}, and {@link
 * dev.gabor.data.BatchLoader}, which fills reused batches (N,C,H,W) in a thread of its own. Nothing
 * here knows a network or a device. Damaged files are refused by {@link
 * dev.gabor.data.DataException} in one line that names file and position.
 */
package dev.gabor.data;
