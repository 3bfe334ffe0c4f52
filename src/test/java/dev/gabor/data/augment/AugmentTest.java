package dev.gabor.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.gabor.data.Transform;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentTest {
  private static final Shape SHAPE = Shape.of(2, 3, 4);

  /** Counts from 1 on, behind one value that must stay. */
  private static float[] counting(Shape shape) {
    float[] values = new float[shape.arrayLength() + 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return values;
  }

  private static float[] changed(Transform change, long epoch, int index) {
    float[] values = counting(SHAPE);
    change.apply(values, 1, SHAPE, 5, epoch, index);
    assertThat(values[0]).isZero();
    assertThat(values[values.length - 1]).isEqualTo(values.length - 1);
    return java.util.Arrays.copyOfRange(values, 1, values.length - 1);
  }

  @Test
  void flipsMirror() {
    assertThat(changed(new RandomFlip(1), 1, 0))
        .startsWith(4, 3, 2, 1, 8, 7, 6, 5)
        .endsWith(24, 23, 22, 21);
    assertThat(changed(new RandomVerticalFlip(1), 1, 0))
        .startsWith(9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4)
        .endsWith(13, 14, 15, 16);
    assertThat(changed(new RandomFlip(0), 1, 0)).startsWith(1, 2, 3, 4);
    int flipped = 0;
    for (int i = 0; i < 1000; i++) {
      flipped += changed(new RandomFlip(0.3), 1, i)[0] == 4 ? 1 : 0;
    }
    assertThat(flipped).isBetween(250, 350);
  }

  /** Every crop is the image shifted by whole pixels, with zeros where nothing was. */
  @Test
  void cropsShiftByWholePixels() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      float[] result = changed(new RandomCrop(1), 2, i);
      boolean known = false;
      for (int down = -1; down <= 1; down++) {
        for (int right = -1; right <= 1; right++) {
          if (java.util.Arrays.equals(result, shifted(down, right))) {
            known = true;
            seen.add(down + "," + right);
          }
        }
      }
      assertThat(known).as("sample %d", i).isTrue();
    }
    assertThat(seen).hasSize(9);
  }

  private static float[] shifted(int down, int right) {
    float[] result = new float[24];
    for (int i = 0; i < 24; i++) {
      int h = i / 4 % 3 + down;
      int w = i % 4 + right;
      boolean inside = h >= 0 && h < 3 && w >= 0 && w < 4;
      result[i] = inside ? 1 + i / 12 * 12 + h * 4 + w : 0;
    }
    return result;
  }

  @Test
  void affineTurnsShiftsAndScalesAboutTheCentre() {
    assertThat(changed(new RandomAffine(0, 0, 1, 1), 1, 0))
        .isEqualTo(changed(Transform.NONE, 1, 0));
    // Twice as large: corners of the result lie a quarter from the centre.
    float[] twice = changed(RandomAffine.scale(2, 2), 1, 0);
    // Row 0.5, column 0.75 of 1..12: 1 + 4 * 0.5 + 0.75.
    assertThat(twice[0]).isCloseTo(3.75f, within(1e-6f));
    assertThat(twice[11]).isCloseTo(1 + 4 * 1.5f + 2.25f, within(1e-6f));
    // A turn keeps the sum about the centre of a disc that stays inside.
    Shape square = Shape.of(1, 21, 21);
    float[] disc = new float[441];
    for (int i = 0; i < 441; i++) {
      double distance = Math.hypot(i / 21 - 10, i % 21 - 10);
      disc[i] = (float) Math.max(0, 1 - distance / 8);
    }
    float[] turned = disc.clone();
    RandomAffine.rotation(90).apply(turned, 0, square, 3, 1, 9);
    assertThat(turned).containsExactly(disc, within(0.05f));
    // A line through the centre turns: its ends leave the middle row.
    float[] line = new float[441];
    java.util.Arrays.fill(line, 10 * 21, 11 * 21, 1);
    RandomAffine.rotation(45).apply(line, 0, square, 3, 1, 9);
    assertThat(line[220]).isCloseTo(1, within(1e-5f));
    assertThat(line[10 * 21]).isLessThan(0.9f);
    float[] shifted = new float[441];
    java.util.Arrays.fill(shifted, 1);
    RandomAffine.shift(0.5).apply(shifted, 0, square, 3, 1, 9);
    assertThat(shifted).contains(0f).contains(1f);
  }

  @Test
  void brightnessAndContrastStayBetweenBlackAndWhite() {
    Shape colour = Shape.of(3, 1, 2);
    for (int i = 0; i < 50; i++) {
      float[] sample = {0.2f, 0.4f, 0.6f, 0.8f, 1, 0};
      new RandomBrightness(0.5).apply(sample, 0, colour, 1, 1, i);
      assertThat(sample[5]).isZero();
      assertThat(sample[1] / sample[0]).isCloseTo(2, within(1e-5f));
      assertThat(sample[0]).isBetween(0.1f, 0.3f);
      assertThat(sample[4]).isBetween(0.5f, 1f);
      float[] other = {0.4f, 0.6f, 0.4f, 0.6f, 0.4f, 0.6f};
      new RandomContrast(0.5).apply(other, 0, colour, 1, 1, i);
      assertThat(other[0] + other[1]).isCloseTo(1, within(1e-5f));
      assertThat(other[1] - other[0]).isBetween(0.1f - 1e-5f, 0.3f + 1e-5f);
    }
  }

  @Test
  void erasingBlackensARectangle() {
    Shape shape = Shape.of(2, 20, 30);
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (int i = 0; i < 200; i++) {
      float[] sample = new float[1200];
      java.util.Arrays.fill(sample, 1);
      new RandomErasing(1).apply(sample, 0, shape, 1, 1, i);
      int first = 0;
      for (int p = 0; p < 600; p++) {
        first += sample[p] == 0 ? 1 : 0;
        assertThat(sample[p]).isEqualTo(sample[600 + p]);
      }
      least = Math.min(least, first);
      most = Math.max(most, first);
    }
    assertThat(least).isBetween(6, 30);
    assertThat(most).isBetween(150, 215);
  }

  @Test
  void samplesAndEpochsDifferAndRepeat() {
    Transform all = Augmentation.parse("flip,crop=1,rotate=20,scale,brightness").transform();
    assertThat(changed(all, 1, 7)).isEqualTo(changed(all, 1, 7));
    assertThat(changed(all, 1, 7)).isNotEqualTo(changed(all, 2, 7));
    assertThat(changed(all, 1, 7)).isNotEqualTo(changed(all, 1, 8));
  }

  /**
   * The changes of a chain draw for themselves: one of two flips alone happens half of the time.
   */
  @Test
  void theChangesOfAChainAreIndependent() {
    Transform twice = Transform.chain(new RandomFlip(0.5), new RandomFlip(0.5));
    int flipped = 0;
    for (int i = 0; i < 1000; i++) {
      flipped += changed(twice, 1, i)[0] == 4 ? 1 : 0;
    }
    assertThat(flipped).isBetween(430, 570);
  }

  /** Pinned: these are the bits on every machine. */
  @Test
  void theBitsAreTheSameEverywhere() {
    Transform all =
        Augmentation.parse(
                "flip,vflip,crop=3,rotate=25,shift=0.2,scale=0.7:1.3,brightness,contrast,erase")
            .transform();
    Shape shape = Shape.of(3, 17, 13);
    CRC32 checksum = new CRC32();
    for (int index = 0; index < 20; index++) {
      float[] sample = new float[shape.arrayLength()];
      Philox random = new Philox(1, index);
      for (int i = 0; i < sample.length; i++) {
        sample[i] = random.nextFloat();
      }
      all.apply(sample, 0, shape, 42, 3, index);
      ByteBuffer bytes = ByteBuffer.allocate(4 * sample.length);
      bytes.asFloatBuffer().put(sample);
      checksum.update(bytes.array());
    }
    assertThat(checksum.getValue()).isEqualTo(1669853784L);
  }

  @Test
  void nothingIsAllocatedForASample() {
    Transform all =
        Augmentation.parse("flip,vflip,crop,rotate,shift,scale,brightness,contrast,erase")
            .transform();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    float[] sample = new float[24];
    long id = Thread.currentThread().getId();
    long before = 0;
    for (int i = 0; i < 30_000; i++) {
      if (i == 20_000) {
        before = threads.getThreadAllocatedBytes(id);
      }
      all.apply(sample, 0, SHAPE, 1, 1, i);
    }
    assertThat(threads.getThreadAllocatedBytes(id) - before)
        .as("bytes for 10,000 samples")
        .isLessThan(500_000);
  }

  @Test
  void textNamesTheChanges() {
    Augmentation none = Augmentation.parse("none");
    assertThat(none.transform()).isSameAs(Transform.NONE);
    assertThat(Augmentation.parse("mixup").mixing()).isEqualTo(new Mixup(0.2));
    assertThat(Augmentation.parse("flip,cutmix=0.5").mixing()).isEqualTo(new CutMix(0.5));
    assertThat(Augmentation.parse("mixup=1, cutmix").mixing())
        .isEqualTo(new MixingChoice(List.of(new Mixup(1), new CutMix(1))));
    // Shift, rotate and scale are one interpolation, whose numbers come in any order.
    assertThat(changed(Augmentation.parse("shift=0.3,rotate=9,scale=1:2").transform(), 1, 3))
        .isEqualTo(changed(Augmentation.parse("scale=1:2,shift=0.3,rotate=9").transform(), 1, 3))
        .isEqualTo(changed(new RandomAffine(9, 0.3, 1, 2), 1, 3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "blur|unknown augmentation \"blur\", expected some of flip, vflip, crop",
        "flip,|unknown augmentation \"\"",
        "flip=2|flip: probability: expected 0 to 1, found 2",
        "crop=1.5|crop: expected a whole number, found 1.5",
        "crop=-1|crop: padding: expected 0 to 32768, found -1",
        "rotate=x|rotate: expected a number, found x",
        "rotate=200|rotate: degrees: expected 0 to 180, found 200",
        "scale=2|scale: expected LOW:HIGH, found 2",
        "scale=2:1|scale: largest factor: expected 2 to 100, found 1",
        "shift=NaN|shift: share: expected 0 to 1, found NaN",
        "brightness=2|brightness: strength: expected 0 to 1, found 2",
        "mixup=0|mixup: alpha: expected 0.001 to 1000, found 0",
      })
  void wrongTextIsRefused(String text, String fault) {
    assertThatThrownBy(() -> Augmentation.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(fault);
  }
}
