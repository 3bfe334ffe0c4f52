package dev.gabor.train;

/**
 * One guess.
 *
 * @param index of the class
 * @param name of the class
 * @param probability 0 to 1
 */
public record Prediction(int index, String name, float probability) {}
