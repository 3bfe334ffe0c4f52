package dev.gabor.image;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/**
 * A map of a few values over a picture: it glows where the values are large. The picture becomes
 * grey, so that all colour is the map's.
 */
public final class HeatMap {
  private static final float WHITE = 255;

  /** How much of the picture's light is left everywhere, so that the glow stands out. */
  private static final float DIMMED = 0.8f;

  /** From nothing over violet, red and orange to light yellow: red, green, blue, cover. */
  private static final float[][] COLOURS = {
    {40, 0, 90, 0},
    {120, 10, 120, 0.25f},
    {215, 45, 60, 0.45f},
    {250, 140, 10, 0.55f},
    {255, 240, 120, 0.65f},
  };

  private HeatMap() {}

  /**
   * Lays a map over a picture, enlarged bilinearly to its size; the largest value of the map glows
   * most, 0 not at all.
   *
   * @param picture (1,H,W) or (3,H,W), values from 0 to 255; not modified
   * @param map (P,Q), 0 and above; not modified
   * @return (3,H,W), whole numbers from 0 to 255
   */
  public static Tensor over(Tensor picture, Tensor map) {
    Shape shape = picture.shape();
    int height = shape.length(1);
    int width = shape.length(2);
    int plane = height * width;
    float[] heat = enlarged(map, height, width);
    Tensor result = Tensor.zeros(3, height, width);
    float[] colour = new float[4];
    for (int i = 0; i < plane; i++) {
      colour(heat[i], colour);
      float light = DIMMED * light(picture, i, plane);
      for (int c = 0; c < 3; c++) {
        float mixed = (1 - colour[3]) * light + colour[3] * colour[c];
        result.data()[c * plane + i] = Math.max(0, Math.min(WHITE, Math.round(mixed)));
      }
    }
    return result;
  }

  /** Grey by ITU-R BT.601, as {@code PictureFile} makes it. */
  private static float light(Tensor picture, int pixel, int plane) {
    float[] values = picture.data();
    return picture.shape().length(0) == 1
        ? values[pixel]
        : 0.299f * values[pixel]
            + 0.587f * values[plane + pixel]
            + 0.114f * values[2 * plane + pixel];
  }

  private static void colour(float heat, float[] into) {
    float place = heat * (COLOURS.length - 1);
    int below = Math.min((int) place, COLOURS.length - 2);
    for (int i = 0; i < into.length; i++) {
      float from = COLOURS[below][i];
      into[i] = from + (place - below) * (COLOURS[below + 1][i] - from);
    }
  }

  /** Values in [0,1], the centres of pixels over one another. */
  private static float[] enlarged(Tensor map, int height, int width) {
    int rows = map.shape().length(0);
    int columns = map.shape().length(1);
    float largest = 0;
    for (float value : map.data()) {
      largest = Math.max(largest, value);
    }
    float[] heat = new float[height * width];
    if (largest == 0) {
      return heat;
    }
    for (int h = 0; h < height; h++) {
      double y = Math.max(0, Math.min(rows - 1, (h + 0.5) * rows / height - 0.5));
      int top = Math.min((int) y, Math.max(0, rows - 2));
      int bottom = Math.min(top + 1, rows - 1);
      for (int w = 0; w < width; w++) {
        double x = Math.max(0, Math.min(columns - 1, (w + 0.5) * columns / width - 0.5));
        int left = Math.min((int) x, Math.max(0, columns - 2));
        int right = Math.min(left + 1, columns - 1);
        double above = mix(map, top * columns + left, top * columns + right, x - left);
        double below = mix(map, bottom * columns + left, bottom * columns + right, x - left);
        heat[h * width + w] = (float) ((above + (y - top) * (below - above)) / largest);
      }
    }
    return heat;
  }

  private static double mix(Tensor map, int from, int to, double part) {
    return map.data()[from] + part * (map.data()[to] - map.data()[from]);
  }
}
