package dev.gabor.nn;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The settings of a convolution layer; names and defaults are PyTorch's, except that padding is
 * "same", floor(r/2) and floor(s/2), unless given.
 */
public final class ConvolutionSettings {
  final int filters;
  final int rows;
  final int columns;
  int strideH = 1;
  int strideW = 1;
  int padH;
  int padW;
  int dilationH = 1;
  int dilationW = 1;
  int groups = 1;
  int outputPadding;
  boolean bias = true;
  Initializer initializer = Initializer.HE;

  ConvolutionSettings(int filters, int rows, int columns) {
    this.filters = filters;
    this.rows = rows;
    this.columns = columns;
    this.padH = rows / 2;
    this.padW = columns / 2;
  }

  /** A dense layer: filters of 1×1, first values as PyTorch gives its linear layers. */
  static ConvolutionSettings dense(int units) {
    return new ConvolutionSettings(units, 1, 1).initializer(Initializer.FAN_IN_UNIFORM);
  }

  static ConvolutionSettings read(Settings settings) {
    ConvolutionSettings c =
        new ConvolutionSettings(
            settings.integer("filters"), settings.integer("rows"), settings.integer("columns"));
    return c.stride(settings.integer("stride_h", 1), settings.integer("stride_w", 1))
        .padding(settings.integer("pad_h", c.padH), settings.integer("pad_w", c.padW))
        .dilation(settings.integer("dilation_h", 1), settings.integer("dilation_w", 1))
        .groups(settings.integer("groups", 1))
        .outputPadding(settings.integer("output_padding", 0))
        .bias(settings.flag("bias", true));
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("filters", filters);
    map.put("rows", rows);
    map.put("columns", columns);
    map.put("stride_h", strideH);
    map.put("stride_w", strideW);
    map.put("pad_h", padH);
    map.put("pad_w", padW);
    map.put("dilation_h", dilationH);
    map.put("dilation_w", dilationW);
    map.put("groups", groups);
    map.put("output_padding", outputPadding);
    map.put("bias", bias);
    return map;
  }

  /** Pixels between windows; default 1. */
  public ConvolutionSettings stride(int stride) {
    return stride(stride, stride);
  }

  /** Rows and columns between windows. */
  public ConvolutionSettings stride(int strideRows, int strideColumns) {
    strideH = strideRows;
    strideW = strideColumns;
    return this;
  }

  /** Zeros around the image; default floor(filter / 2). */
  public ConvolutionSettings padding(int padding) {
    return padding(padding, padding);
  }

  /** Rows of zeros above and below, columns of zeros left and right. */
  public ConvolutionSettings padding(int paddingRows, int paddingColumns) {
    padH = paddingRows;
    padW = paddingColumns;
    return this;
  }

  /** Pixels between filter elements; default 1. */
  public ConvolutionSettings dilation(int dilation) {
    return dilation(dilation, dilation);
  }

  /** Rows and columns between filter elements. */
  public ConvolutionSettings dilation(int dilationRows, int dilationColumns) {
    dilationH = dilationRows;
    dilationW = dilationColumns;
    return this;
  }

  /** Parts into which channels and filters are split; default 1. */
  public ConvolutionSettings groups(int count) {
    groups = count;
    return this;
  }

  /**
   * Rows and columns added to the output of a transposed convolution, below the stride; default 0.
   */
  public ConvolutionSettings outputPadding(int padding) {
    outputPadding = padding;
    return this;
  }

  /** Whether a bias is added; default true. Needless before batch-norm. */
  public ConvolutionSettings bias(boolean present) {
    bias = present;
    return this;
  }

  /** The first values of the weight; default {@link Initializer#HE}. */
  public ConvolutionSettings initializer(Initializer first) {
    initializer = first;
    return this;
  }
}
