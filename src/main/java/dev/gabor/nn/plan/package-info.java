/**
 * From a list of operations over values to a plan that runs: recorded, placed, bound, run.
 *
 * <p>{@link dev.gabor.nn.plan.Recording} collects {@link dev.gabor.nn.plan.Operation}s over {@link
 * dev.gabor.nn.plan.Value}s. {@link dev.gabor.nn.plan.Arena} places every value by its lifetime, so
 * that values that never live at the same time share bytes. {@link dev.gabor.nn.plan.Plan} binds
 * every operation to its place and walks the bound steps. Nothing here knows a layer.
 */
package dev.gabor.nn.plan;
