/**
 * Optimizers: how a network's parameters follow their gradients.
 *
 * <p>{@link dev.gabor.optim.Optimizer} is the description, made by factories and withers and saved
 * with a run; {@link dev.gabor.optim.OptimizerRun} holds its state for one {@link
 * dev.gabor.nn.ParameterStore} and records the updates behind a backward pass; {@link
 * dev.gabor.optim.Schedule} says the learning rate of each step. The formulas are those of {@link
 * dev.gabor.backend.UpdateRule}.
 */
package dev.gabor.optim;
