package dev.gabor.backend;

/**
 * What a measured choice of algorithms depends on, beside the problem. Where any of it differs,
 * what was measured says nothing.
 *
 * @param deviceClass whose defaults hold where nothing was measured
 * @param device platform, device, driver and compute units in one line
 * @param kernels a hash of the sources of all algorithms
 */
public record TuningKey(DeviceClass deviceClass, String device, String kernels) {}
