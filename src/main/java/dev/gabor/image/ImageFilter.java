package dev.gabor.image;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Padding;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A kernel on a device, for images of one shape: a depthwise convolution, each channel for itself.
 * Results are as large as the image; what lies outside it is as the border says.
 *
 * <pre>{@code
 * try (ImageFilter filter = new ImageFilter(backend, FilterKernel.mean(5), image.shape(), REPLICATE)) {
 *   Tensor blurred = filter.apply(image);
 * }
 * }</pre>
 */
public final class ImageFilter implements AutoCloseable {
  private final Backend backend;
  private final FilterKernel kernel;
  private final Shape shape;
  // Closed in reverse order.
  private final Deque<Runnable> owned = new ArrayDeque<>();
  private final DeviceTensor x;
  private final DeviceTensor y;
  private final Deque<Step> steps = new ArrayDeque<>();

  /**
   * Binds a kernel.
   *
   * @param shape (C,H,W) of the images
   * @param border CONSTANT for zeros, REFLECT or REPLICATE: R/2 rows and S/2 columns on every side
   * @throws IllegalArgumentException if a reflected border would be larger than the image
   */
  public ImageFilter(Backend backend, FilterKernel kernel, Shape shape, Padding.Mode border) {
    if (shape.rank() != 3) {
      throw new IllegalArgumentException("filter: expected an image (C,H,W), found " + shape);
    }
    this.backend = backend;
    this.kernel = kernel;
    this.shape = shape;
    try {
      Shape batch = shape.batched(1);
      x = allocate(batch, Layout.IMAGE);
      y = allocate(batch, Layout.IMAGE);
      boolean zeros = border == Padding.Mode.CONSTANT;
      DeviceTensor padded = zeros ? x : pad(border, batch);
      convolve(padded, zeros);
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  private DeviceTensor pad(Padding.Mode border, Shape batch) {
    int rows = kernel.rows() / 2;
    int columns = kernel.columns() / 2;
    Padding padding = new Padding(border, 0, rows, rows, columns, columns);
    DeviceTensor padded = allocate(padding.outputShape(batch), Layout.IMAGE);
    bind(backend.rearrange().pad(padding, x, padded));
    return padded;
  }

  private void convolve(DeviceTensor padded, boolean zeros) {
    int channels = shape.length(0);
    Convolution convolution =
        new Convolution(
            1,
            channels,
            padded.shape().length(2),
            padded.shape().length(3),
            channels,
            kernel.rows(),
            kernel.columns(),
            1,
            1,
            zeros ? kernel.rows() / 2 : 0,
            zeros ? kernel.columns() / 2 : 0,
            1,
            1,
            channels);
    DeviceTensor weight = allocate(convolution.weightShape(), Layout.FILTER);
    Tensor repeated = Tensor.zeros(convolution.weightShape());
    int length = kernel.weights().data().length;
    for (int c = 0; c < channels; c++) {
      System.arraycopy(kernel.weights().data(), 0, repeated.data(), c * length, length);
    }
    backend.write(repeated.data(), weight);
    String algorithm = backend.convolution().choose(convolution, Pass.FORWARD);
    long scratch = backend.convolution().workspaceBytes(convolution, Pass.FORWARD, algorithm);
    DeviceTensor workspace =
        scratch == 0
            ? DeviceTensor.NONE
            : allocate(Shape.of(Math.toIntExact((scratch + 3) / 4)), Layout.PLAIN);
    bind(
        backend
            .convolution()
            .forward(
                convolution,
                padded,
                weight,
                DeviceTensor.NONE,
                y,
                workspace,
                Activation.IDENTITY,
                algorithm));
  }

  private DeviceTensor allocate(Shape of, Layout layout) {
    Memory memory = backend.allocate(backend.sizeBytes(of, layout));
    owned.push(memory::close);
    return memory.tensor(0, of, layout);
  }

  private void bind(Step step) {
    owned.push(step::close);
    steps.addLast(step);
  }

  /**
   * Filters an image.
   *
   * @param image of the shape that was bound; not modified
   * @return the same shape; may be below 0 and above the image's largest value
   */
  public Tensor apply(Tensor image) {
    if (!image.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "filter: expected an image %s, found %s".formatted(shape, image.shape()));
    }
    backend.write(image.data(), x);
    steps.forEach(Step::run);
    Tensor result = Tensor.zeros(shape);
    backend.read(y, result.data());
    if (kernel.divisor() != 1) {
      for (int i = 0; i < result.data().length; i++) {
        result.data()[i] /= kernel.divisor();
      }
    }
    return result;
  }

  /** Releases what is on the device. */
  @Override
  public void close() {
    while (!owned.isEmpty()) {
      owned.pop().run();
    }
  }
}
