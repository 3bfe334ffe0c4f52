/**
 * Shapes, host tensors and random numbers. The ground floor: knows nobody.
 *
 * <p>Images are (N,C,H,W), convolution weights (K,C/groups,R,S), dense weights (K,C), all
 * row-major, as in ONNX and PyTorch. How a backend lays them out in its own memory is its own
 * matter.
 */
package dev.gabor.tensor;
