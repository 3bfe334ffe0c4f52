package dev.gabor.backend.opencl;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.ConvolutionChooser;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Inlet;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Operators;
import dev.gabor.backend.Profiler;
import dev.gabor.backend.Require;
import dev.gabor.backend.TuningKey;
import dev.gabor.backend.tuning.ShippedDefaults;
import dev.gabor.opencl.Buffer;
import dev.gabor.opencl.Context;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.HugePages;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.LongAdder;

/** The operators on one OpenCL device. */
public final class OpenClBackend extends Backend {
  private static final String CPU_FAMILY = "cpu";
  private static final String GPU_FAMILY = "gpu";

  private final boolean owner;
  private final Context context;
  private final BackendOptions options;
  private final TuningKey key;
  private final Launcher launcher;
  private final Operators operators;

  /** Elements on their way between the orders of host and device; grows to the largest tensor. */
  private float[] staging = new float[0];

  /** Opens a device; convolutions are chosen by the heuristic. */
  public OpenClBackend(Device device) {
    this(device, BackendOptions.STANDARD);
  }

  /** Opens a device; convolutions are chosen by the heuristic where no chooser is given. */
  public OpenClBackend(Device device, BackendOptions options) {
    this(
        Context.open(device, options.profiling()),
        device.isCpu(),
        true,
        options,
        DeviceKey.of(device));
  }

  private OpenClBackend(
      Context context, boolean cpu, boolean owner, BackendOptions options, TuningKey key) {
    this.context = context;
    this.owner = owner;
    this.options = options;
    this.key = key;
    ShippedDefaults defaults = ShippedDefaults.of(key.deviceClass());
    launcher = new Launcher(context, cpu, TileWeights.of(defaults.numbers("tile_choice")));
    operators =
        new Operators(
            new OpenClActivation(launcher),
            new OpenClElementwise(launcher),
            convolution(cpu),
            new OpenClBias(launcher),
            new OpenClSoftmax(launcher),
            new OpenClLoss(launcher),
            new OpenClOptimizer(launcher),
            new OpenClBatchNorm(launcher),
            new OpenClBatchNormPool(launcher),
            new OpenClGroupNorm(launcher),
            new OpenClDropout(launcher),
            new OpenClPool(launcher),
            new OpenClRearrange(launcher),
            new OpenClCeilings(launcher));
  }

  private OpenClConvolution convolution(boolean cpu) {
    // What was measured or ships is about the work as this device likes it cut.
    boolean own = cpu == context.device().isCpu();
    ConvolutionChooser chooser =
        options
            .chooser()
            .filter(any -> own)
            .map(ofDevice -> ofDevice.apply(key))
            .orElse(ConvolutionChooser.HEURISTIC);
    return new OpenClConvolution(
        launcher, chooser, options.workspaceBytes(), own ? Optional.of(key) : Optional.empty());
  }

  /** What binds kernels here, for tests that force a variant. */
  Launcher launcher() {
    return launcher;
  }

  @Override
  public String name() {
    return context.device().id();
  }

  @Override
  public String description() {
    return context.device().title();
  }

  @Override
  public String driver() {
    Device device = context.device();
    return String.join(
        " ", device.platformName(), device.platformVersion(), device.driverVersion());
  }

  @Override
  public List<String> families() {
    return context.device().isCpu()
        ? List.of(CPU_FAMILY, GPU_FAMILY)
        : List.of(GPU_FAMILY, CPU_FAMILY);
  }

  @Override
  public Backend family(String family) {
    Require.that(
        families().contains(family),
        "family " + family,
        "expected one of " + String.join(", ", families()));
    return new OpenClBackend(context, family.equals(CPU_FAMILY), false, options, key);
  }

  @Override
  public OptionalDouble kernelMillis(Runnable work) {
    if (!context.queue().isProfiling()) {
      return OptionalDouble.empty();
    }
    LongAdder nanos = new LongAdder();
    finish();
    context.queue().profile(time -> nanos.add(time.elapsedNanos()));
    try {
      work.run();
      finish();
    } finally {
      context.queue().profileOff();
    }
    return OptionalDouble.of(nanos.sum() / 1e6);
  }

  @Override
  public Map<String, String> properties() {
    Device device = context.device();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("name", device.name());
    facts.put("vendor", device.vendor());
    facts.put("type", device.type().name().toLowerCase(Locale.ROOT));
    facts.put("platform", device.platformName());
    facts.put("version", device.version());
    facts.put("driver", device.driverVersion());
    facts.put("compute units", Integer.toString(device.computeUnits()));
    facts.put("clock", device.clockMhz() + " MHz");
    facts.put("memory", mebibytes(device.globalMemoryBytes()));
    facts.put("largest allocation", mebibytes(device.maxAllocationBytes()));
    facts.put("local memory", device.localMemoryBytes() / 1024 + " KiB");
    facts.put("half precision", ceilings().hasHalf() ? "yes" : "no");
    return Collections.unmodifiableMap(facts);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MiB", bytes >> 20);
  }

  @Override
  public long memoryBytes() {
    return context.device().globalMemoryBytes();
  }

  @Override
  public long maxAllocationBytes() {
    return context.device().maxAllocationBytes();
  }

  @Override
  public int alignmentBytes() {
    return Math.max(64, context.device().alignmentBytes());
  }

  @Override
  public Memory allocate(long sizeBytes) {
    Buffer buffer = context.allocate((sizeBytes + Float.BYTES - 1) / Float.BYTES * Float.BYTES);
    HugePages.askFor(buffer);
    buffer.fillZero();
    return new OpenClMemory(buffer);
  }

  @Override
  public void write(float[] source, DeviceTensor target) {
    OpenClTensor tensor = OpenClTensor.of(target);
    int size = tensor.shape().arrayLength();
    float[] ordered = source;
    if (!MemoryOrder.isCanonical(tensor.shape(), tensor.layout())) {
      ordered = staging(size);
      MemoryOrder.toMemory(source, ordered, tensor.shape(), tensor.layout());
    }
    tensor.buffer().write(ordered, 0, size, 0);
  }

  @Override
  public Inlet inlet(int places, List<Inlet.Form> forms) {
    return inlet(places, forms, !context.device().unifiedMemory());
  }

  /** As above; a device can be made to take uploads as one with memory of its own would. */
  Inlet inlet(int places, List<Inlet.Form> forms, boolean pinned) {
    return new OpenClInlet(context, places, forms, pinned);
  }

  @Override
  public void read(DeviceTensor source, float[] target) {
    OpenClTensor tensor = OpenClTensor.of(source);
    int size = tensor.shape().arrayLength();
    if (MemoryOrder.isCanonical(tensor.shape(), tensor.layout())) {
      tensor.buffer().read(target, 0, size, 0);
    } else {
      float[] ordered = staging(size);
      tensor.buffer().read(ordered, 0, size, 0);
      MemoryOrder.toCanonical(ordered, target, tensor.shape(), tensor.layout());
    }
  }

  private float[] staging(int size) {
    if (staging.length < size) {
      staging = new float[size];
    }
    return staging;
  }

  @Override
  public void finish() {
    context.queue().finish();
  }

  @Override
  public Optional<Profiler> profiler() {
    return context.queue().canProfile()
        ? Optional.of(new OpenClProfiler(context.queue()))
        : Optional.empty();
  }

  @Override
  public Operators operators() {
    return operators;
  }

  @Override
  public void close() {
    if (owner) {
      context.close();
    }
  }
}
