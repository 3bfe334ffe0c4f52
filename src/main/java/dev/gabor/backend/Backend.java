package dev.gabor.backend;

import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A device that computes: its memory, its transfers, and one {@code *Ops} for each operator family.
 *
 * <p>Not safe for use by several threads at once. Closing it releases the device; memories and
 * steps are closed before.
 */
public abstract class Backend implements AutoCloseable {
  /**
   * The name under which {@code --device} chooses it, for example {@code cpu} or {@code
   * opencl:0:0}.
   */
  public abstract String name();

  /** The device in words, for logs and saved models. */
  public abstract String description();

  /** The software that drives the device, with its version, for saved models. */
  public String driver() {
    return "Java " + Runtime.version();
  }

  /**
   * The ways in which this device can be made to cut its work, its own first: a CPU can be made to
   * work as a GPU would, more slowly. All give right results, so a cross-check forces each in turn.
   */
  public List<String> families() {
    return List.of("own");
  }

  /**
   * The operators of this device with the work cut as another family does.
   *
   * @param family one of {@link #families()}
   * @return a backend that shares memories with this one, which closes for both
   */
  public Backend family(String family) {
    Require.that(
        families().contains(family),
        "family " + family,
        "expected one of " + String.join(", ", families()));
    return this;
  }

  /**
   * The device's own time for all that {@code work} launches, by the events of its kernels: without
   * the host's time between launches and without transfers.
   *
   * @return milliseconds; empty where the device keeps no such time, or was opened without it
   */
  public OptionalDouble kernelMillis(Runnable work) {
    return OptionalDouble.empty();
  }

  /** Facts about the device for reports: a word or two, then the value, in reading order. */
  public Map<String, String> properties() {
    return Map.of();
  }

  /** The memory of the device in bytes. */
  public abstract long memoryBytes();

  /** The largest single allocation in bytes. */
  public abstract long maxAllocationBytes();

  /** Every tensor begins at a multiple of this many bytes in its memory. */
  public abstract int alignmentBytes();

  /**
   * Allocates memory, filled with zeros.
   *
   * @param sizeBytes at least 1, at most {@link #maxAllocationBytes()}
   */
  public abstract Memory allocate(long sizeBytes);

  /**
   * The bytes that a tensor takes here, which may be more than 4 an element where a layout is
   * padded.
   *
   * @param shape the axes
   * @param layout what they mean
   */
  public long sizeBytes(Shape shape, Layout layout) {
    return shape.size() * Float.BYTES;
  }

  /** Copies host elements in canonical order to a tensor, and waits for it. */
  public abstract void write(float[] source, DeviceTensor target);

  /**
   * Tensors that the host fills while the device works, full of zeros.
   *
   * @param places how many of each there are, at least 1
   * @param forms of the tensors in a place
   */
  public Inlet inlet(int places, List<Inlet.Form> forms) {
    return new HostInlet(this, places, forms);
  }

  /** Copies a tensor to host elements in canonical order, after all steps started so far. */
  public abstract void read(DeviceTensor source, float[] target);

  /** Waits until all steps started so far are done. */
  public abstract void finish();

  /**
   * What tells when the parts of a step ran; nothing where the device has no clock of its own, or
   * was not opened for it.
   */
  public Optional<Profiler> profiler() {
    return Optional.empty();
  }

  /** What it computes with; the methods below name each part. */
  public abstract Operators operators();

  /** Element-wise activations. */
  public ActivationOps activation() {
    return operators().activation();
  }

  /** Element-wise sums and products. */
  public ElementwiseOps elementwise() {
    return operators().elementwise();
  }

  /** Convolution and, as its 1×1 case, the dense layer. */
  public ConvolutionOps convolution() {
    return operators().convolution();
  }

  /** One number a channel, added. */
  public BiasOps bias() {
    return operators().bias();
  }

  /** Softmax and its logarithm. */
  public SoftmaxOps softmax() {
    return operators().softmax();
  }

  /** Losses and what a training step reports. */
  public LossOps loss() {
    return operators().loss();
  }

  /** Parameter updates. */
  public OptimizerOps optimizer() {
    return operators().optimizer();
  }

  /** Batch normalisation. */
  public BatchNormOps batchNorm() {
    return operators().batchNorm();
  }

  /** Batch normalisation, ReLU and maximum pooling in one. */
  public BatchNormPoolOps batchNormPool() {
    return operators().batchNormPool();
  }

  /** Group, instance and layer normalisation. */
  public GroupNormOps groupNorm() {
    return operators().groupNorm();
  }

  /** Dropout of elements and of channels. */
  public DropoutOps dropout() {
    return operators().dropout();
  }

  /** Maximum and average pooling. */
  public PoolOps pool() {
    return operators().pool();
  }

  /** Concatenation, flattening, borders. */
  public RearrangeOps rearrange() {
    return operators().rearrange();
  }

  /** What the device can do at most. */
  public CeilingOps ceilings() {
    return operators().ceilings();
  }

  @Override
  public abstract void close();
}
