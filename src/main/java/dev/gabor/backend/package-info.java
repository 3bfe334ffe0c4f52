/**
 * The operator contract: what every backend can do, and the checks at its door.
 *
 * <p>Each operator family is one abstract class named {@code *Ops}. Its public final methods hold
 * the formula, the shapes and the checks; its protected abstract methods do the work and may trust
 * what they are given. A method does not compute: it <em>binds</em> the operation to its tensors
 * and returns a {@link dev.gabor.backend.Step} that runs as often as wanted, so that a training
 * step is a flat walk over bound steps.
 *
 * <p>Arguments come in the order inputs, outputs, workspace, sizes, scalars. A tensor that is not
 * there is {@link dev.gabor.backend.DeviceTensor#NONE}.
 */
package dev.gabor.backend;
