package dev.gabor.opencl;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled programs on disk, and builds known to fail. The key is a hash of the complete source,
 * the options, the device and its driver, so an entry never goes stale; one that is damaged is made
 * again. Several processes may share the folder: entries appear by an atomic rename. What fails
 * here costs time, never the run.
 *
 * <p>File: magic (8 bytes), key (32), kind (1: binary or failure), payload length (4), CRC-32 of
 * the payload (8), payload.
 */
class ProgramCache {
  private static final Logger LOG = LoggerFactory.getLogger(ProgramCache.class);
  private static final byte[] MAGIC = "GABORCL1".getBytes(StandardCharsets.US_ASCII);
  private static final byte BINARY = 1;
  private static final byte FAILURE = 2;
  private static final int KEY_BYTES = 32;

  private final Optional<Path> folder;
  private final AtomicBoolean complained = new AtomicBoolean();

  /** A cache in a folder, made when needed; without one nothing is found or kept. */
  ProgramCache(Optional<Path> folder) {
    this.folder = folder;
  }

  /** What is remembered of a build. */
  sealed interface Entry {
    /** The driver's binary. */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Binary(byte[] bytes) implements Entry {}

    /** The log of a build that failed. */
    record Failure(String log) implements Entry {}
  }

  /**
   * The user's cache, as {@link CacheFolder} says. None for PoCL: it keeps what it has compiled
   * itself, and makes a binary only by compiling all kernels of a program once more.
   */
  static ProgramCache standard(Device device) {
    return new ProgramCache(device.isPocl() ? Optional.empty() : CacheFolder.named("programs"));
  }

  /** The name under which a build is kept. */
  static String key(ProgramSource source, Device device) {
    return key(source.text(), source.options(), device);
  }

  /** As above, of the text that is compiled. */
  static String key(String text, String options, Device device) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    for (String part : new String[] {text, options, device.fingerprint()}) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
      digest.update(bytes);
    }
    digest.update(MAGIC);
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Whether anything is kept at all: some drivers make a binary only when asked, and slowly. */
  boolean keeps() {
    return folder.isPresent();
  }

  Optional<Entry> find(String key) {
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    Path file = file(folder.get(), key);
    try {
      Optional<Entry> entry = decode(key, Files.readAllBytes(file));
      if (entry.isEmpty()) {
        LOG.debug("{} is damaged and will be replaced", file);
      }
      return entry;
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.debug("cannot read {}", file, e);
      return Optional.empty();
    }
  }

  void store(String key, Entry entry) {
    if (folder.isEmpty()) {
      return;
    }
    Path file = file(folder.get(), key);
    try {
      Files.createDirectories(folder.get());
      Path temporary = Files.createTempFile(folder.get(), "new", ".tmp");
      try {
        Files.write(temporary, encode(key, entry));
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      if (complained.compareAndSet(false, true)) {
        LOG.warn("compiled programs are not kept: cannot write {} ({})", file, e.toString());
      }
    }
  }

  private static Path file(Path folder, String key) {
    return folder.resolve(key + ".clprogram");
  }

  private static byte[] encode(String key, Entry entry) throws IOException {
    byte kind = entry instanceof Entry.Binary ? BINARY : FAILURE;
    byte[] payload =
        entry instanceof Entry.Binary binary
            ? binary.bytes()
            : ((Entry.Failure) entry).log().getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(MAGIC);
    out.write(HexFormat.of().parseHex(key));
    out.writeByte(kind);
    out.writeInt(payload.length);
    out.writeLong(checksum(payload));
    out.write(payload);
    return bytes.toByteArray();
  }

  private static Optional<Entry> decode(String key, byte[] file) {
    try {
      ByteBuffer in = ByteBuffer.wrap(file);
      byte[] magic = take(in, MAGIC.length);
      byte[] storedKey = take(in, KEY_BYTES);
      byte kind = in.get();
      int length = in.getInt();
      long checksum = in.getLong();
      if (!Arrays.equals(magic, MAGIC)
          || !HexFormat.of().formatHex(storedKey).equals(key)
          || length != in.remaining()) {
        return Optional.empty();
      }
      byte[] payload = take(in, length);
      if (checksum(payload) != checksum) {
        return Optional.empty();
      }
      return switch (kind) {
        case BINARY -> Optional.of(new Entry.Binary(payload));
        case FAILURE -> Optional.of(new Entry.Failure(new String(payload, StandardCharsets.UTF_8)));
        default -> Optional.empty();
      };
    } catch (BufferUnderflowException e) {
      // Cut short before the header's end.
      return Optional.empty();
    }
  }

  private static byte[] take(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static long checksum(byte[] payload) {
    CRC32 crc = new CRC32();
    crc.update(payload);
    return crc.getValue();
  }
}
