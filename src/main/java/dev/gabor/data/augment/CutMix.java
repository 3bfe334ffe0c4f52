package dev.gabor.data.augment;

import dev.gabor.data.Batch;
import dev.gabor.data.Mixing;
import dev.gabor.tensor.Shape;

/**
 * Pastes a box of the sample before it into each sample of a batch. The box has 1 − λ of the area
 * before it is cut at the border, λ drawn for the batch from Beta(alpha, alpha); the target is
 * shared out by the area that is left (Yun et al. 2019). torchvision: CutMix.
 *
 * @param alpha above 0; 1 draws λ uniformly
 */
public record CutMix(double alpha) implements Mixing {
  /** Checks alpha. */
  public CutMix {
    Settings.require("cutmix", "alpha", alpha, Mixup.LEAST_ALPHA, Mixup.MOST_ALPHA);
  }

  @Override
  public void apply(Batch batch, long seed, long epoch, int number) {
    Workspace workspace = Workspace.of(seed, epoch, number);
    Shape shape = batch.images().shape().sample();
    float[] images = batch.images().data();
    int length = shape.arrayLength();
    int count = batch.count();
    Box box = box(workspace, shape.length(1), shape.length(2));
    float[] last = workspace.copyOf(images, (count - 1) * length, length);
    for (int n = count - 1; n >= 0; n--) {
      paste(n == 0 ? last : images, n == 0 ? 0 : (n - 1) * length, images, n * length, shape, box);
    }
    batch.mixWithPrevious(1 - (float) box.area() / (shape.length(1) * shape.length(2)));
  }

  private Box box(Workspace workspace, int height, int width) {
    double side = StrictMath.sqrt(1 - workspace.beta(alpha));
    int row = workspace.below(height);
    int column = workspace.below(width);
    int halfRows = (int) (0.5 * side * height);
    int halfColumns = (int) (0.5 * side * width);
    return new Box(
        Math.max(row - halfRows, 0),
        Math.max(column - halfColumns, 0),
        Math.min(row + halfRows, height),
        Math.min(column + halfColumns, width));
  }

  private static void paste(
      float[] from, int fromOffset, float[] to, int toOffset, Shape shape, Box box) {
    for (int c = 0; c < shape.length(0); c++) {
      for (int h = box.top(); h < box.bottom(); h++) {
        int start = (c * shape.length(1) + h) * shape.length(2) + box.left();
        System.arraycopy(from, fromOffset + start, to, toOffset + start, box.right() - box.left());
      }
    }
  }
}
