package dev.gabor.bench;

import java.util.List;

/** Something to be measured. */
interface Case {
  /** What it is, in a few words. */
  String title();

  /** Measures it; says to the bench why, where it cannot. */
  List<Result> measure(Bench bench);
}
