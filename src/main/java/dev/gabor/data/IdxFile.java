package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The contents of an IDX file of unsigned bytes, the format of MNIST (yann.lecun.com, "the IDX file
 * format"): two zero bytes, the type 0x08, the number of axes, each axis length as a big-endian
 * 32-bit integer, then the elements in row-major order.
 */
public final class IdxFile {
  private static final int TYPE_UNSIGNED_BYTE = 0x08;
  private static final int MAX_RANK = 4;

  private final Shape shape;
  private final byte[] data;

  private IdxFile(Shape shape, byte[] data) {
    this.shape = shape;
    this.data = data;
  }

  /** The axes, 1 to 4 of them. */
  public Shape shape() {
    return shape;
  }

  /** The elements, unsigned; not copied. */
  public byte[] data() {
    return data;
  }

  /** The number of bytes before the elements. */
  public int headerBytes() {
    return headerBytes(shape.rank());
  }

  /** The bytes before the elements of a file with so many axes. */
  static int headerBytes(int rank) {
    return 4 + 4 * rank;
  }

  /**
   * Reads a whole file, gzipped or not (told by its first two bytes, not by its name).
   *
   * @throws DataException if the file is missing, unreadable, or anything but what its header says
   */
  public static IdxFile read(Path file) {
    return read(file, Reader::read);
  }

  /** Reads the axes alone. */
  static Shape readShape(Path file) {
    return read(file, Reader::readShape);
  }

  private static <T> T read(Path file, Part<T> part) {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file))) {
      raw.mark(2);
      boolean gzipped = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      if (!gzipped) {
        return part.of(new Reader(file, raw));
      }
      try (InputStream unzipped = new GZIPInputStream(raw, 1 << 16)) {
        return part.of(new Reader(file, unzipped));
      }
    } catch (NoSuchFileException e) {
      throw new DataException(file + ": file not found", e);
    } catch (ZipException e) {
      throw new DataException(file + ": corrupt gzip data: " + e.getMessage(), e);
    } catch (EOFException e) {
      throw new DataException(file + ": gzip data cut short: the stream ends before its end", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e, e);
    }
  }

  /** What is read of a file. */
  @FunctionalInterface
  private interface Part<T> {
    T of(Reader reader) throws IOException;
  }

  /** Reads from a stream and counts, so that every fault has its position. */
  private record Reader(Path file, InputStream in) {
    Shape readShape() throws IOException {
      byte[] magic = header(0, 4);
      if (magic[0] != 0 || magic[1] != 0) {
        throw DataException.at(
            file, 0, "not an IDX file: expected magic 00 00, found " + hex(magic[0], magic[1]));
      }
      if (magic[2] != TYPE_UNSIGNED_BYTE) {
        throw DataException.at(
            file, 2, "unsupported IDX type: expected 08 (unsigned byte), found " + hex(magic[2]));
      }
      int rank = magic[3] & 255;
      if (rank < 1 || rank > MAX_RANK) {
        throw DataException.at(file, 3, "expected 1 to " + MAX_RANK + " axes, found " + rank);
      }
      return shape(header(4, 4 * rank), rank);
    }

    IdxFile read() throws IOException {
      Shape shape = readShape();
      int rank = shape.rank();
      int expected = shape.arrayLength();
      // Grows with what is really there, so that a damaged header cannot ask for gigabytes.
      byte[] data = in.readNBytes(expected);
      if (data.length < expected) {
        throw DataException.at(
            file,
            headerBytes(rank) + data.length,
            "cut short: shape %s: expected %d bytes after the header, found %d"
                .formatted(shape, expected, data.length));
      }
      if (in.read() >= 0) {
        throw DataException.at(
            file,
            (long) headerBytes(rank) + expected,
            "expected the end of the file after shape %s, found more bytes".formatted(shape));
      }
      return new IdxFile(shape, data);
    }

    private byte[] header(int position, int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw DataException.at(
            file,
            position + bytes.length,
            "cut short in the header: expected %d bytes, found %d"
                .formatted(position + length, position + bytes.length));
      }
      return bytes;
    }

    private Shape shape(byte[] bytes, int rank) {
      int[] lengths = new int[rank];
      long elements = 1;
      for (int axis = 0; axis < rank; axis++) {
        int at = 4 * axis;
        long length =
            (bytes[at] & 255L) << 24
                | (bytes[at + 1] & 255) << 16
                | (bytes[at + 2] & 255) << 8
                | (bytes[at + 3] & 255);
        elements *= Math.max(length, 1);
        if (length < 1 || elements > Integer.MAX_VALUE - 8) {
          throw DataException.at(
              file,
              4 + at,
              "length of axis %d: expected 1 to %d elements in all, found %d"
                  .formatted(axis, Integer.MAX_VALUE - 8, length));
        }
        lengths[axis] = (int) length;
      }
      return Shape.of(lengths);
    }

    private static String hex(byte... bytes) {
      StringBuilder text = new StringBuilder();
      for (byte value : bytes) {
        text.append(text.isEmpty() ? "" : " ").append("%02x".formatted(value));
      }
      return text.toString();
    }
  }
}
