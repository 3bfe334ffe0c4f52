package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VariantsTest {
  private static final Path FILE = Path.of("native-test", "variants.txt");
  private static final String REGENERATE = "mvn test -Dtest=VariantsTest -Dgabor.regenerate=true";

  @Test
  void theListForOtherToolsIsInStep() throws IOException {
    if (Boolean.getBoolean("gabor.regenerate")) {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, expected());
    }
    assertThat(FILE).content().as("regenerate it by: " + REGENERATE).isEqualTo(expected());
  }

  @Test
  void everyKernelFileIsListed() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("kernels-cl"))) {
      TreeSet<String> names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".cl"))
              .map(name -> name.substring(0, name.length() - ".cl".length()))
              .collect(Collectors.toCollection(TreeSet::new));
      assertThat(Variants.all().stream().map(Variant::program).distinct().sorted())
          .containsExactlyElementsOf(names);
    }
  }

  @Test
  void noBuildIsListedTwice() {
    assertThat(Variants.all()).doesNotHaveDuplicates();
  }

  @Test
  void anyOrderAndActivationStandForABuild() {
    Variant variant = Variant.gpu("gemm", "-DVECTOR=4", "-DACTIVATION=ACTIVATION_RELU");
    assertThat(variant.standsFor("gemm", List.of("-DACTIVATION=ACTIVATION_TANH", "-DVECTOR=4")))
        .isTrue();
    assertThat(variant.standsFor("gemm", List.of("-DVECTOR=8"))).isFalse();
    assertThat(variant.standsFor("bias", List.of("-DVECTOR=4"))).isFalse();
  }

  @Test
  void activationsGoWithTheFirstBuildOfEachFamily() {
    List<Variant> bare =
        List.of(Variant.cpu("a", "-DB=1"), Variant.cpu("a", "-DB=2"), Variant.gpu("a", "-DB=3"));
    assertThat(Variant.withActivations(bare)).hasSize(9 + 1 + 9);
  }

  private static String expected() {
    String head =
        """
        # The builds of every kernel file: file, family (any, cpu, gpu), chosen by a heuristic or plain, options.
        # Generated from dev.gabor.backend.opencl.Variants by: %s
        """
            .formatted(REGENERATE);
    return Variants.all().stream()
        .map(variant -> variant + "\n")
        .collect(Collectors.joining("", head, ""));
  }
}
