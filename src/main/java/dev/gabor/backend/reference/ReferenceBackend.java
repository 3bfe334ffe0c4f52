package dev.gabor.backend.reference;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Operators;

/** The CPU reference. Open, so that its memory can be counted or limited. */
public class ReferenceBackend extends Backend {
  static final int ALIGNMENT_BYTES = 64;

  private final ReferenceBatchNorm norms = new ReferenceBatchNorm();
  private final ReferencePool pools = new ReferencePool();
  private final Operators operators =
      new Operators(
          new ReferenceActivation(),
          new ReferenceElementwise(),
          new ReferenceConvolution(),
          new ReferenceBias(),
          new ReferenceSoftmax(),
          new ReferenceLoss(),
          new ReferenceOptimizer(),
          norms,
          new ReferenceBatchNormPool(norms, pools),
          new ReferenceGroupNorm(),
          new ReferenceDropout(),
          pools,
          new ReferenceRearrange(),
          new ReferenceCeilings());

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
  public Operators operators() {
    return operators;
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
