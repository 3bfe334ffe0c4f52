package dev.gabor.train;

import java.util.OptionalDouble;

/**
 * What one epoch came to.
 *
 * @param epoch its number, from 1
 * @param trainLoss the mean loss of its steps, each as it was at that step
 * @param trainAccuracy the share of training samples that were right at their step, 0 to 1
 * @param valLoss the mean loss over the validation set after the epoch, if there is one
 * @param valAccuracy the share of the validation set that is right, 0 to 1
 * @param imagesPerSecond trained, without validation
 * @param waiting the share of the training time that the device waited for data, 0 to 1
 * @param seconds the whole epoch, with validation
 */
public record EpochReport(
    int epoch,
    double trainLoss,
    double trainAccuracy,
    OptionalDouble valLoss,
    OptionalDouble valAccuracy,
    double imagesPerSecond,
    double waiting,
    double seconds) {}
