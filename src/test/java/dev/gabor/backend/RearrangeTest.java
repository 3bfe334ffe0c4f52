package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Padding.Mode;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RearrangeTest {
  private static final int[] CHANNELS = {1, 3, 7, 16, 17, 33, 68};
  private static final int[][] SIZES = {{1, 1}, {1, 7}, {7, 13}, {33, 13}};

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void channelsLieOneAfterTheOther(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      RearrangeOps ops = scratch.backend().rearrange();
      Tensor a = Tensor.of(Shape.of(2, 1, 1, 2), 1, 2, 3, 4);
      Tensor b = Tensor.of(Shape.of(2, 2, 1, 2), 10, 11, 12, 13, 20, 21, 22, 23);
      DeviceTensor y = scratch.empty(Shape.of(2, 3, 1, 2), Layout.IMAGE);
      scratch.run(ops.putChannels(scratch.put(a, Layout.IMAGE), y, 0));
      scratch.run(ops.putChannels(scratch.put(b, Layout.IMAGE), y, 1));
      assertThat(scratch.get(y).data()).containsExactly(1, 2, 10, 11, 12, 13, 3, 4, 20, 21, 22, 23);
      DeviceTensor part = scratch.empty(b.shape(), Layout.IMAGE);
      scratch.run(ops.takeChannels(y, part, 1));
      assertThat(scratch.get(part).data()).isEqualTo(b.data());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void concatenatesAnyNumbersOfChannels(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int first : CHANNELS) {
        for (int second : CHANNELS) {
          concatenate(scratch, Layout.IMAGE, Shape.of(2, first, 3, 5), Shape.of(2, second, 3, 5));
          concatenate(scratch, Layout.PLAIN, Shape.of(7, first), Shape.of(7, second));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void flattensInCanonicalOrder(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      RearrangeOps ops = scratch.backend().rearrange();
      for (int c : CHANNELS) {
        for (int[] size : SIZES) {
          Tensor x = Scratch.random(Shape.of(3, c, size[0], size[1]), c);
          DeviceTensor images = scratch.put(x, Layout.IMAGE);
          DeviceTensor features = scratch.empty(Shape.of(3, c * size[0] * size[1]), Layout.PLAIN);
          scratch.run(ops.flatten(images, features));
          assertThat(scratch.get(features).data()).isEqualTo(x.data());
          DeviceTensor back = scratch.empty(x.shape(), Layout.IMAGE);
          scratch.run(ops.unflatten(features, back));
          assertThat(scratch.get(back).data()).isEqualTo(x.data());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void bordersEqualPyTorchs(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // The example of torch.nn.ReflectionPad2d((1, 1, 2, 0)) and ReplicationPad2d((1, 1, 2, 0)).
      Tensor x = Tensor.of(Shape.of(1, 1, 3, 3), 0, 1, 2, 3, 4, 5, 6, 7, 8);
      Padding reflect = new Padding(Mode.REFLECT, 0, 2, 0, 1, 1);
      assertThat(pad(scratch, reflect, x).data())
          .containsExactly(
              7, 6, 7, 8, 7, 4, 3, 4, 5, 4, 1, 0, 1, 2, 1, 4, 3, 4, 5, 4, 7, 6, 7, 8, 7);
      Padding replicate = new Padding(Mode.REPLICATE, 0, 2, 0, 1, 1);
      assertThat(pad(scratch, replicate, x).data())
          .containsExactly(
              0, 0, 1, 2, 2, 0, 0, 1, 2, 2, 0, 0, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8);
      Padding constant = new Padding(Mode.CONSTANT, 9, 1, 0, 0, 2);
      assertThat(pad(scratch, constant, x).data())
          .containsExactly(9, 9, 9, 9, 9, 0, 1, 2, 9, 9, 3, 4, 5, 9, 9, 6, 7, 8, 9, 9);
      Tensor ones = Tensor.zeros(1, 1, 5, 5);
      Arrays.fill(ones.data(), 1);
      assertThat(padBackward(scratch, reflect, ones, x.shape()).data())
          .containsExactly(1, 3, 1, 2, 6, 2, 2, 6, 2);
      assertThat(padBackward(scratch, replicate, ones, x.shape()).data())
          .containsExactly(6, 3, 6, 2, 1, 2, 2, 1, 2);
      Padding zeros = new Padding(Mode.CONSTANT, 9, 2, 0, 1, 1);
      assertThat(padBackward(scratch, zeros, ones, x.shape()).data()).containsOnly(1);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void paddingBackwardIsTheTransposeOfPadding(Backends.Opener opener) {
    int cases = 0;
    try (Scratch scratch = new Scratch(opener.open());
        Scratch reference = new Scratch(new ReferenceBackend())) {
      for (int c : CHANNELS) {
        for (int[] size : SIZES) {
          for (Mode mode : Mode.values()) {
            boolean small = mode == Mode.REFLECT;
            int rows = small ? size[0] - 1 : size[0] + 2;
            int columns = small ? size[1] - 1 : 3;
            Padding padding = new Padding(mode, 2, rows, rows / 2, columns, columns / 2);
            Tensor x = Scratch.integers(Shape.of(2, c, size[0], size[1]), c);
            Tensor y = pad(scratch, padding, x);
            Elements.assertClose(padding + " of " + x.shape(), y, pad(reference, padding, x), 0);
            Tensor dy = Scratch.integers(y.shape(), c + 1);
            Tensor dx = padBackward(scratch, padding, dy, x.shape());
            Elements.assertClose(
                padding + " backward of " + x.shape(),
                dx,
                padBackward(reference, padding, dy, x.shape()),
                0);
            // Padding is linear but for its constant: the inner products agree exactly.
            Tensor border = pad(scratch, padding, Tensor.zeros(x.shape()));
            assertThat(inner(dx, x)).isEqualTo(inner(dy, y) - inner(dy, border));
            cases++;
          }
        }
      }
    }
    assertThat(cases).isEqualTo(84);
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      RearrangeOps ops = scratch.backend().rearrange();
      DeviceTensor x = scratch.empty(Shape.of(2, 3, 4, 5), Layout.IMAGE);
      DeviceTensor other = scratch.empty(Shape.of(2, 6, 4, 4), Layout.IMAGE);
      DeviceTensor features = scratch.empty(Shape.of(2, 60), Layout.PLAIN);
      DeviceTensor flat = scratch.empty(Shape.of(120), Layout.PLAIN);
      assertThatThrownBy(() -> ops.putChannels(x, other, 4))
          .hasMessage(
              "put channels: x of shape (2,3,4,5) does not fit at channel 4 into y of shape"
                  + " (2,6,4,4)");
      assertThatThrownBy(() -> ops.putChannels(x, other, 3))
          .hasMessage("put channels: y has shape (2,6,4,4), expected (2,6,4,5)");
      assertThatThrownBy(() -> ops.takeChannels(x, x, -1)).hasMessageContaining("at channel -1");
      assertThatThrownBy(() -> ops.takeChannels(x, features, 0))
          .hasMessageContaining("x of shape (2,60) does not fit");
      assertThatThrownBy(() -> ops.putChannels(flat, flat, 0))
          .hasMessage("put channels: x has shape (120), expected (N,C,H,W) or (N,C)");
      assertThatThrownBy(() -> ops.flatten(x, flat))
          .hasMessage("flatten: y has shape (120), expected (2,60)");
      assertThatThrownBy(() -> ops.unflatten(flat, flat))
          .hasMessage("unflatten: x has shape (120), expected (N,C,H,W)");
      assertThatThrownBy(() -> ops.pad(Padding.zero(1), x, x))
          .hasMessage("pad: y has shape (2,3,4,5), expected (2,3,6,7)");
      assertThatThrownBy(() -> ops.padBackward(Padding.zero(1), x, features))
          .hasMessage("pad backward: dx has shape (2,60), expected (N,C,H,W)");
      assertThatThrownBy(() -> ops.pad(Padding.of(Mode.REFLECT, 4), x, x))
          .hasMessageContaining("reflected borders need to be smaller than the image, top 4");
      assertThatThrownBy(() -> Padding.zero(-1)).hasMessageContaining("top -1");
    }
  }

  private static void concatenate(Scratch scratch, Layout layout, Shape first, Shape second) {
    RearrangeOps ops = scratch.backend().rearrange();
    Tensor a = Scratch.random(first, 1);
    Tensor b = Scratch.random(second, 2);
    int[] lengths = first.toArray();
    lengths[1] += second.length(1);
    DeviceTensor y = scratch.empty(Shape.of(lengths), layout);
    scratch.run(ops.putChannels(scratch.put(a, layout), y, 0));
    scratch.run(ops.putChannels(scratch.put(b, layout), y, first.length(1)));
    float[] whole = scratch.get(y).data();
    int n = first.length(0);
    int partOfA = a.data().length / n;
    int partOfB = b.data().length / n;
    float[] expected = new float[whole.length];
    for (int i = 0; i < n; i++) {
      int start = i * (partOfA + partOfB);
      System.arraycopy(a.data(), i * partOfA, expected, start, partOfA);
      System.arraycopy(b.data(), i * partOfB, expected, start + partOfA, partOfB);
    }
    assertThat(whole).as("%s and %s", first, second).isEqualTo(expected);
    DeviceTensor back = scratch.empty(second, layout);
    scratch.run(ops.takeChannels(y, back, first.length(1)));
    assertThat(scratch.get(back).data()).as("%s and %s", first, second).isEqualTo(b.data());
  }

  private static Tensor pad(Scratch scratch, Padding padding, Tensor x) {
    DeviceTensor y = scratch.empty(padding.outputShape(x.shape()), Layout.IMAGE);
    scratch.run(scratch.backend().rearrange().pad(padding, scratch.put(x, Layout.IMAGE), y));
    return scratch.get(y);
  }

  private static Tensor padBackward(Scratch scratch, Padding padding, Tensor dy, Shape shape) {
    DeviceTensor dx = scratch.empty(shape, Layout.IMAGE);
    scratch.run(
        scratch.backend().rearrange().padBackward(padding, scratch.put(dy, Layout.IMAGE), dx));
    return scratch.get(dx);
  }

  private static double inner(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.data().length; i++) {
      sum += (double) a.data()[i] * b.data()[i];
    }
    return sum;
  }
}
