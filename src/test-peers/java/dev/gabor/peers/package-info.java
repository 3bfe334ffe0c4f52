/**
 * Gabor beside PyTorch, which DJL brings to Java: the same networks, weights and samples on both,
 * compared number by number, and second by second. Built and run only with the Maven profile {@code
 * peers}.
 */
package dev.gabor.peers;
