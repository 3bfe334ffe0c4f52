/**
 * The cross-check: a device against the CPU reference.
 *
 * <p>{@link dev.gabor.check.DeviceCheck} checks every operator on random problems, {@link
 * dev.gabor.check.CrossCheck} a whole network with its gradients. Each tensor lies between
 * canaries, outputs begin as NaN, inputs must come back unchanged, and {@link
 * dev.gabor.check.Bounds} is the one table of what may differ. An operator of one's own is checked
 * by implementing {@link dev.gabor.check.OperatorCheck}; a {@link dev.gabor.nn.Node} of one's own
 * is checked as part of a network.
 */
package dev.gabor.check;
