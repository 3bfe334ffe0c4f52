/**
 * The backend on OpenCL: one launcher class for each operator family, and the kernels in {@code
 * kernels-cl}.
 *
 * <p>Images (N,C,H,W) lie in memory as NHWC, filters (K,C/groups,R,S) as [R][S][C/groups][K]: a
 * work-item's vector is then a run of channels in every pass of every operator, and a convolution
 * of 1×1 is a plain matrix product. Transfers convert.
 */
package dev.gabor.backend.opencl;
