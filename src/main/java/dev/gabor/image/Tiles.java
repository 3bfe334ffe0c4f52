package dev.gabor.image;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Small images of one shape side by side in one picture: a grid with dark gaps. */
public final class Tiles {
  private static final int GAP = 2;
  private static final float GAP_GREY = 48;

  /** An enlarged tile has at least so many pixels on its longer side. */
  private static final int LEAST_SIDE = 48;

  private Tiles() {}

  /**
   * The filters of a convolution, each scaled around middle grey for itself.
   *
   * @param weight (K,C,R,S): of 3 channels a filter is one tile in colour, else a row of C grey
   *     ones
   * @param most tiles to show: the first
   * @return (1,H,W) or (3,H,W), whole numbers from 0 to 255
   */
  public static Tensor ofFilters(Tensor weight, int most) {
    Shape shape = weight.shape();
    boolean colour = shape.length(1) == 3;
    List<Tensor> tiles = new ArrayList<>();
    for (Tensor filter : split(weight, shape.length(0))) {
      Tensor shown = Display.signed(filter);
      tiles.addAll(split(shown, colour ? 1 : shape.length(1)));
    }
    Shape tile = Shape.of(colour ? 3 : 1, shape.length(2), shape.length(3));
    int columns = colour || shape.length(1) == 1 ? 0 : shape.length(1);
    return grid(first(tiles, tile, most), columns);
  }

  /**
   * Feature maps, each scaled for itself: from black, or around middle grey where the layer has
   * values below 0.
   *
   * @param maps (C,H,W)
   * @param most maps to show: the first
   * @return (1,H',W'), whole numbers from 0 to 255
   */
  public static Tensor ofMaps(Tensor maps, int most) {
    boolean signed = false;
    for (float value : maps.data()) {
      signed |= value < 0;
    }
    Shape shape = maps.shape();
    List<Tensor> tiles = new ArrayList<>();
    for (Tensor map : split(maps, shape.length(0))) {
      tiles.add(signed ? Display.signed(map) : Display.positive(map));
    }
    return grid(first(tiles, Shape.of(1, shape.length(1), shape.length(2)), most), 0);
  }

  /** An image with every pixel as a block of factor × factor. */
  public static Tensor enlarged(Tensor image, int factor) {
    Shape shape = image.shape();
    int width = shape.length(2) * factor;
    Tensor large = Tensor.zeros(shape.length(0), shape.length(1) * factor, width);
    for (int i = 0; i < large.data().length; i++) {
      int row = i / width / factor;
      large.data()[i] = image.data()[row * shape.length(2) + i % width / factor];
    }
    return large;
  }

  private static List<Tensor> first(List<Tensor> tiles, Shape shape, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("tiles: expected at least 1, found " + most);
    }
    return tiles.stream().limit(most).map(tile -> tile.reshape(shape.toArray())).toList();
  }

  /** Cuts the first axis, or what there is, into equal parts. */
  private static List<Tensor> split(Tensor tensor, int parts) {
    int length = tensor.data().length / parts;
    List<Tensor> pieces = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      Tensor piece = Tensor.zeros(length);
      System.arraycopy(tensor.data(), i * length, piece.data(), 0, length);
      pieces.add(piece);
    }
    return pieces;
  }

  /** Rows of tiles; 0 columns for a picture about as wide as high, or wider. */
  private static Tensor grid(List<Tensor> tiles, int wanted) {
    Shape shape = tiles.get(0).shape();
    int side = Math.max(shape.length(1), shape.length(2));
    int factor = Math.max(1, (LEAST_SIDE + side - 1) / side);
    int columns = wanted == 0 ? columns(tiles.size(), shape) : wanted;
    int rows = (tiles.size() + columns - 1) / columns;
    int tileHeight = shape.length(1) * factor;
    int tileWidth = shape.length(2) * factor;
    int height = rows * (tileHeight + GAP) + GAP;
    int width = columns * (tileWidth + GAP) + GAP;
    Tensor grid = Tensor.zeros(shape.length(0), height, width);
    Arrays.fill(grid.data(), GAP_GREY);
    for (int i = 0; i < tiles.size(); i++) {
      int top = GAP + i / columns * (tileHeight + GAP);
      int left = GAP + i % columns * (tileWidth + GAP);
      paste(enlarged(tiles.get(i), factor), grid, top, left);
    }
    return grid;
  }

  /** As many as make the picture a square, or up to half as many again where that fills rows. */
  private static int columns(int count, Shape tile) {
    double square = Math.sqrt((double) count * tile.length(1) / tile.length(2));
    int least = (int) Math.max(1, Math.min(count, Math.ceil(square)));
    for (int columns = least; columns <= 1.5 * square; columns++) {
      if (count % columns == 0) {
        return columns;
      }
    }
    return least;
  }

  private static void paste(Tensor tile, Tensor grid, int top, int left) {
    int width = tile.shape().length(2);
    int height = tile.shape().length(1);
    for (int row = 0; row < tile.shape().length(0) * height; row++) {
      int target = (row / height * grid.shape().length(1) + top + row % height);
      System.arraycopy(
          tile.data(), row * width, grid.data(), target * grid.shape().length(2) + left, width);
    }
  }
}
