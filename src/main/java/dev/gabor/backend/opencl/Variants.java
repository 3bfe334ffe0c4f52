package dev.gabor.backend.opencl;

import java.util.List;
import java.util.stream.Stream;

/**
 * Every build of every kernel file. Each row lists its own; {@code native-test/variants.txt} is
 * written from here, for the tests and the reports that work without a JVM.
 */
final class Variants {
  private static final List<Variant> ALL =
      Stream.of(
              OpenClActivation.variants(),
              OpenClElementwise.variants(),
              OpenClBias.variants(),
              OpenClSoftmax.variants(),
              OpenClLoss.variants(),
              OpenClOptimizer.variants(),
              OpenClBatchNorm.variants(),
              OpenClBatchNormPool.variants(),
              OpenClGroupNorm.variants(),
              OpenClDropout.variants(),
              OpenClPool.variants(),
              OpenClRearrange.variants(),
              OpenClCeilings.variants(),
              DirectConvolution.variants(),
              UnfoldConvolution.variants(),
              Gemm.variants(),
              BlockedConvolution.variants(),
              TiledConvolution.variants(),
              WinogradConvolution.variants(),
              StagedWinogradConvolution.variants(),
              DepthwiseConvolution.variants(),
              DepthwiseRowsConvolution.variants(),
              FewChannelsConvolution.variants(),
              RowsConvolution.variants(),
              List.of(Variant.any("self_test"), Variant.any("features")))
          .flatMap(List::stream)
          .toList();

  private Variants() {}

  /** All builds, row by row. */
  static List<Variant> all() {
    return ALL;
  }

  /** Whether a build is listed. */
  static boolean contain(String program, List<String> options) {
    return ALL.stream().anyMatch(variant -> variant.standsFor(program, options));
  }
}
