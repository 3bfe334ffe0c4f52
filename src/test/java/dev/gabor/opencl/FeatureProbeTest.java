package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FeatureProbeTest {
  @Test
  void poclComputesInDoubleAndFailsInOneLineWhereItCannot() {
    assertThat(FeatureProbe.problem(Pocl.device(), Feature.FP64)).isEmpty();
    for (Feature feature : Feature.values()) {
      assertThat(FeatureProbe.problem(Pocl.device(), feature).orElse("one")).hasLineCount(1);
    }
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void noticesAWiderTypeThanItAskedFor() {
    try (Context context = Context.open(Pocl.device())) {
      assertThat(FeatureProbe.rounding(context, "float", FeatureProbe.HALF_LOSES, 0))
          .contains("2048.0 + 0.5 - 2048.0 came out as 0.5, expected 0.0");
      assertThat(FeatureProbe.rounding(context, "float", FeatureProbe.HALF_LOSES, 0.5f)).isEmpty();
    }
  }

  @Test
  void believesOnlyTheExtensionAsAClaim() {
    Device device = Pocl.device();
    assertThat(Feature.FP64.isClaimedBy(device)).isEqualTo(device.has("cl_khr_fp64"));
    assertThat(Feature.SUBGROUPS.key()).isEqualTo("subgroups");
  }
}
