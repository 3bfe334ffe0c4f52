/**
 * Short programs to begin from, each with a {@code main}: {@link dev.gabor.examples.Mnist} trains
 * and judges, {@link dev.gabor.examples.TrainPhotographs} does it with pictures in folders, {@link
 * dev.gabor.examples.TransferLearning} teaches a trained model other classes, {@link
 * dev.gabor.examples.OwnLoop} writes the loop out, {@link dev.gabor.examples.CustomOperator} brings
 * an activation with kernels of its own.
 */
package dev.gabor.examples;
