/**
 * The CPU reference in plain Java: the baseline that every device is checked against, and the
 * fallback that people really run where there is no OpenCL. Tensors lie in canonical order; loops
 * read like the formulas of the contract, run in parallel over images or channels, and are
 * contiguous inside so that HotSpot vectorises them.
 */
package dev.gabor.backend.reference;
