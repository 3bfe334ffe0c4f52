/**
 * The classic filters of image processing, through the same convolution operator as a network's: a
 * {@link dev.gabor.image.FilterKernel} says what is computed, an {@link
 * dev.gabor.image.ImageFilter} runs it on a device, and {@link dev.gabor.image.Display} makes the
 * result fit to be seen. {@link dev.gabor.image.Tiles} and {@link dev.gabor.image.HeatMap} do so
 * for what is inside a network.
 */
package dev.gabor.image;
