/**
 * Networks as static graphs: nodes in topological order, each one operator with named inputs.
 *
 * <p>{@link dev.gabor.nn.Network#input} starts the chain builder. {@link dev.gabor.nn.Compiler}
 * records a network for a backend, a batch size and a purpose; {@link dev.gabor.nn.plan.Plan} runs
 * it. A node describes its forward operation and hands back how its gradient is recorded, so one
 * method holds both.
 */
package dev.gabor.nn;
