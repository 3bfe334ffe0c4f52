package dev.gabor.backend;

/**
 * The operators of a backend, one {@code *Ops} for each family.
 *
 * @param activation element-wise activations
 * @param elementwise element-wise sums and products
 * @param convolution convolution and, as its 1×1 case, the dense layer
 * @param bias one number a channel, added
 * @param softmax softmax and its logarithm
 * @param loss losses and what a training step reports
 * @param optimizer parameter updates
 * @param batchNorm batch normalisation
 * @param batchNormPool batch normalisation, ReLU and maximum pooling in one
 * @param groupNorm group, instance and layer normalisation
 * @param dropout dropout of elements and of channels
 * @param pool maximum and average pooling
 * @param rearrange concatenation, flattening, borders
 * @param ceilings what the device can do at most
 */
public record Operators(
    ActivationOps activation,
    ElementwiseOps elementwise,
    ConvolutionOps convolution,
    BiasOps bias,
    SoftmaxOps softmax,
    LossOps loss,
    OptimizerOps optimizer,
    BatchNormOps batchNorm,
    BatchNormPoolOps batchNormPool,
    GroupNormOps groupNorm,
    DropoutOps dropout,
    PoolOps pool,
    RearrangeOps rearrange,
    CeilingOps ceilings) {}
