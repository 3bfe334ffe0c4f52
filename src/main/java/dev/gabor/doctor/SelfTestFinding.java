package dev.gabor.doctor;

import java.util.Optional;

/**
 * What came of a device's self-test.
 *
 * @param cases compared with the CPU reference
 * @param seconds it took
 * @param problem the first case that failed, or what ended the test; empty if all is well
 */
public record SelfTestFinding(int cases, double seconds, Optional<String> problem) {}
