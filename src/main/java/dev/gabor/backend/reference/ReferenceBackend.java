package dev.gabor.backend.reference;

import dev.gabor.backend.ActivationOps;
import dev.gabor.backend.Backend;
import dev.gabor.backend.BatchNormOps;
import dev.gabor.backend.BiasOps;
import dev.gabor.backend.CeilingOps;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.DropoutOps;
import dev.gabor.backend.ElementwiseOps;
import dev.gabor.backend.GroupNormOps;
import dev.gabor.backend.LossOps;
import dev.gabor.backend.Memory;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.PoolOps;
import dev.gabor.backend.RearrangeOps;
import dev.gabor.backend.SoftmaxOps;

/** The CPU reference. Open, so that its memory can be counted or limited. */
public class ReferenceBackend extends Backend {
  static final int ALIGNMENT_BYTES = 64;

  private final ActivationOps activation = new ReferenceActivation();
  private final ElementwiseOps elementwise = new ReferenceElementwise();
  private final ConvolutionOps convolution = new ReferenceConvolution();
  private final BiasOps bias = new ReferenceBias();
  private final SoftmaxOps softmax = new ReferenceSoftmax();
  private final LossOps loss = new ReferenceLoss();
  private final OptimizerOps optimizer = new ReferenceOptimizer();
  private final BatchNormOps batchNorm = new ReferenceBatchNorm();
  private final GroupNormOps groupNorm = new ReferenceGroupNorm();
  private final DropoutOps dropout = new ReferenceDropout();
  private final PoolOps pool = new ReferencePool();
  private final RearrangeOps rearrange = new ReferenceRearrange();
  private final CeilingOps ceilings = new ReferenceCeilings();

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return "CPU reference (plain Java, " + Runtime.getRuntime().availableProcessors() + " cores)";
  }

  @Override
  public long memoryBytes() {
    return Runtime.getRuntime().maxMemory();
  }

  @Override
  public long maxAllocationBytes() {
    return Math.min(memoryBytes(), (Integer.MAX_VALUE - 64L) * Float.BYTES);
  }

  @Override
  public int alignmentBytes() {
    return ALIGNMENT_BYTES;
  }

  @Override
  public Memory allocate(long sizeBytes) {
    return new ReferenceMemory(sizeBytes);
  }

  @Override
  public void write(float[] source, DeviceTensor target) {
    ReferenceTensor tensor = ReferenceTensor.of(target);
    System.arraycopy(source, 0, tensor.data, tensor.offset, tensor.size);
  }

  @Override
  public void read(DeviceTensor source, float[] target) {
    ReferenceTensor tensor = ReferenceTensor.of(source);
    System.arraycopy(tensor.data, tensor.offset, target, 0, tensor.size);
  }

  @Override
  public void finish() {
    // Steps have ended when they return.
  }

  @Override
  public ActivationOps activation() {
    return activation;
  }

  @Override
  public ElementwiseOps elementwise() {
    return elementwise;
  }

  @Override
  public ConvolutionOps convolution() {
    return convolution;
  }

  @Override
  public BiasOps bias() {
    return bias;
  }

  @Override
  public SoftmaxOps softmax() {
    return softmax;
  }

  @Override
  public LossOps loss() {
    return loss;
  }

  @Override
  public OptimizerOps optimizer() {
    return optimizer;
  }

  @Override
  public BatchNormOps batchNorm() {
    return batchNorm;
  }

  @Override
  public GroupNormOps groupNorm() {
    return groupNorm;
  }

  @Override
  public DropoutOps dropout() {
    return dropout;
  }

  @Override
  public PoolOps pool() {
    return pool;
  }

  @Override
  public RearrangeOps rearrange() {
    return rearrange;
  }

  @Override
  public CeilingOps ceilings() {
    return ceilings;
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
