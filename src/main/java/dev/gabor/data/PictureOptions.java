package dev.gabor.data;

/**
 * How pictures become samples. Immutable: every setting gives new options.
 *
 * @param height rows of a sample; 0 for those of the pictures, which then must all be equal
 * @param width columns of a sample; 0 together with height
 * @param channels 1 for grey, 3 for red, green, blue; 0 for grey where all pictures are, else
 *     colour
 * @param fit how a picture of another size gets the rows and columns
 * @param skipsBad whether pictures that cannot be read are left out; all are then decoded once at
 *     the beginning. Else the first one that is met ends the reading.
 * @param testShare of the samples, where a source has no test set of its own: more than 0, up to 1
 */
public record PictureOptions(
    int height, int width, int channels, PictureFit fit, boolean skipsBad, double testShare) {
  /** As large as the pictures are, every picture must be good, a fifth for the test. */
  public static final PictureOptions DEFAULT =
      new PictureOptions(0, 0, 0, PictureFit.STRETCH, false, 0.2);

  /** Checks that the numbers make sense. */
  public PictureOptions {
    if (height < 0 || width < 0 || (height == 0) != (width == 0)) {
      throw new IllegalArgumentException(
          "image size: expected rows and columns of at least 1, found %dx%d"
              .formatted(height, width));
    }
    if (channels != 0 && channels != 1 && channels != 3) {
      throw new IllegalArgumentException(
          "image channels: expected 1 for grey or 3 for colour, found " + channels);
    }
    if (!(testShare > 0 && testShare <= 1)) {
      throw new IllegalArgumentException(
          "share of the test set: expected more than 0, up to 1, found " + testShare);
    }
  }

  /** Samples of a size. */
  public PictureOptions size(int rows, int columns) {
    return new PictureOptions(rows, columns, channels, fit, skipsBad, testShare);
  }

  /** Samples of 1 channel, grey, or 3, colour. */
  public PictureOptions channels(int count) {
    return new PictureOptions(height, width, count, fit, skipsBad, testShare);
  }

  /** Another way to reach the size. */
  public PictureOptions fit(PictureFit way) {
    return new PictureOptions(height, width, channels, way, skipsBad, testShare);
  }

  /** Pictures that cannot be read are left out and counted. */
  public PictureOptions skippingBad() {
    return new PictureOptions(height, width, channels, fit, true, testShare);
  }

  /** Another share for the test where there is no test set. */
  public PictureOptions testShare(double share) {
    return new PictureOptions(height, width, channels, fit, skipsBad, share);
  }
}
