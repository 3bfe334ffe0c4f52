package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SelfTestTest {
  @Test
  void poclPasses() {
    assertThat(SelfTest.run(Pocl.device())).isEmpty();
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void namesTheFirstWrongValue() {
    float[] x = new float[64];
    float[] y = new float[64];
    for (int i = 0; i < 64; i++) {
      x[i] = 1;
      y[i] = 4 + 0.5f * i;
    }
    assertThat(SelfTest.firstError(x, y, 4)).isEmpty();
    y[33] = 20;
    assertThat(SelfTest.firstError(x, y, 4)).contains("work-item 33 computed 20.0, not 20.5");
    y[5] = Float.NaN;
    assertThat(SelfTest.firstError(x, y, 4)).contains("work-item 5 computed NaN, not 6.5");
  }
}
