package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LauncherTest {
  @Test
  void groupsArePowersOfTwoThatDivideTheWork() {
    assertThat(Launcher.groups(1, 1)).containsExactly(1);
    assertThat(Launcher.groups(1, 7)).containsExactly(1);
    assertThat(Launcher.groups(1, 96)).containsExactly(32);
    assertThat(Launcher.groups(1, 4096)).containsExactly(256);
    assertThat(Launcher.groups(1, 4, 3136)).containsExactly(4, 64);
    assertThat(Launcher.groups(1, 9, 12, 10)).containsExactly(1, 4, 2);
    assertThat(Launcher.groups(1, 512, 512)).containsExactly(256, 1);
  }

  @Test
  void coresHaveGroupsEach() {
    assertThat(Launcher.groups(16, 1, 128)).containsExactly(1, 8);
    assertThat(Launcher.groups(16, 100)).containsExactly(4);
    assertThat(Launcher.groups(16, 8)).containsExactly(1);
    assertThat(Launcher.groups(16, 512, 512)).containsExactly(256, 1);
  }
}
