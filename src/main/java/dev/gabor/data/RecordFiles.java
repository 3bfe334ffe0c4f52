package dev.gabor.data;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Records of equal length in one or more files, mapped into memory: the system reads what is asked
 * for and forgets it when memory is short. Several threads may read at once.
 */
final class RecordFiles {
  private static final int MOST_MAPPED_BYTES = 1 << 30;

  private final int recordBytes;
  private final List<MappedByteBuffer> pieces = new ArrayList<>();
  // The first record of each piece, and at the end their number.
  private final List<Integer> firsts = new ArrayList<>(List.of(0));

  RecordFiles(int recordBytes) {
    this.recordBytes = recordBytes;
  }

  /**
   * Adds the records of a file, from a byte on to its end.
   *
   * @throws DataException if they are not whole
   */
  void add(Path file, long headerBytes, String recordName) {
    try (FileChannel channel = FileChannel.open(file)) {
      long bytes = channel.size() - headerBytes;
      if (bytes <= 0 || bytes % recordBytes != 0) {
        throw new DataException(
            "%s: expected a multiple of %d bytes (%s), found %d"
                .formatted(file, recordBytes, recordName, channel.size()));
      }
      long pieceBytes = (long) (MOST_MAPPED_BYTES / recordBytes) * recordBytes;
      for (long at = 0; at < bytes; at += pieceBytes) {
        long length = Math.min(pieceBytes, bytes - at);
        pieces.add(channel.map(FileChannel.MapMode.READ_ONLY, headerBytes + at, length));
        firsts.add(Math.toIntExact(count() + length / recordBytes));
      }
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e, e);
    }
  }

  /** The number of records. */
  int count() {
    return firsts.get(firsts.size() - 1);
  }

  /** One byte of a record, 0 to 255. */
  int byteAt(int record, int offset) {
    int piece = pieceOf(record);
    return pieces.get(piece).get((record - firsts.get(piece)) * recordBytes + offset) & 255;
  }

  /** Reads bytes of a record as values, 0 as 0.0 and 255 as 1.0. */
  void read(int record, int offset, int length, float[] target, int targetOffset) {
    int piece = pieceOf(record);
    MappedByteBuffer bytes = pieces.get(piece);
    int start = (record - firsts.get(piece)) * recordBytes + offset;
    for (int i = 0; i < length; i++) {
      target[targetOffset + i] = (bytes.get(start + i) & 255) / 255f;
    }
  }

  private int pieceOf(int record) {
    int piece = 0;
    while (record >= firsts.get(piece + 1)) {
      piece++;
    }
    return piece;
  }
}
