package dev.gabor.data;

/** Which of the two published parts of a data set is meant. */
public enum Split {
  /** The part to train on. */
  TRAIN,
  /** The part that only judges the trained network. */
  TEST
}
