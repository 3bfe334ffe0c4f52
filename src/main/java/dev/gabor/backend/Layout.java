package dev.gabor.backend;

/**
 * What the axes of a device tensor mean, so that a backend may order them in its memory as it
 * likes.
 */
public enum Layout {
  /** Images (N,C,H,W). */
  IMAGE,
  /** Filters (K,C/groups,R,S), or the weight (K,C) of a dense layer, which is a filter of 1×1. */
  FILTER,
  /** Everything else: vectors, (N,C) features, labels, workspaces; always row-major. */
  PLAIN
}
