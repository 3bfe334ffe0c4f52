package dev.gabor.backend.tuning;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of entries, one a line, each found by the text of some of its fields.
 *
 * <pre>{"format":"gabor-find-db","version":1,"entries":[
 * {…},
 * {…}
 * ]}</pre>
 *
 * <p>A file that cannot be read so is renamed, never deleted, with one warning.
 */
final class JsonDatabase {
  private static final Logger LOG = LoggerFactory.getLogger(JsonDatabase.class);
  private static final int VERSION = 1;

  /** A lock holds between processes; this one holds between the threads of a process. */
  private static final Object WRITING = new Object();

  private final Path file;
  private final String format;
  private final List<String> identity;
  private final Predicate<JsonObject> valid;

  /**
   * A database that need not exist yet.
   *
   * @param format what the file says it is
   * @param identity the fields whose text tells entries apart
   * @param valid whether the other fields of an entry are what they should be
   */
  JsonDatabase(Path file, String format, List<String> identity, Predicate<JsonObject> valid) {
    this.file = file;
    this.format = format;
    this.identity = identity;
    this.valid = valid;
  }

  /** The text by which an entry is found. */
  static String key(Collection<String> fields) {
    return String.join("\n", fields);
  }

  /** All entries by their keys; none where the file is missing or had to be set aside. */
  Map<String, JsonObject> read() {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      return Map.of();
    } catch (IOException e) {
      setAside("cannot be read: " + e);
      return Map.of();
    }
    try {
      return entries(JsonParser.object().from(text));
    } catch (JsonParserException e) {
      setAside("is not JSON");
    } catch (IllegalArgumentException e) {
      setAside(e.getMessage());
    }
    return Map.of();
  }

  /**
   * Adds entries to those in the file, in the place of those with the same keys. What fails here
   * costs the entries, with a warning, never the run.
   */
  void merge(List<JsonObject> newer) {
    synchronized (WRITING) {
      try {
        Files.createDirectories(file.getParent());
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        try (FileChannel channel =
                FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.lock()) {
          assert lock.isValid();
          Map<String, JsonObject> all = new TreeMap<>(read());
          newer.forEach(entry -> all.put(keyOf(entry), entry));
          replace(all.values());
        }
      } catch (IOException e) {
        LOG.warn("tuning results are not kept: cannot write {} ({})", file, e.toString());
      }
    }
  }

  private void replace(Collection<JsonObject> entries) throws IOException {
    String text =
        entries.stream()
            .map(JsonWriter::string)
            .collect(
                Collectors.joining(
                    ",\n",
                    "{\"format\":\"%s\",\"version\":%d,\"entries\":[\n".formatted(format, VERSION),
                    "\n]}\n"));
    Path temporary = Files.createTempFile(file.getParent(), "new", ".tmp");
    try {
      Files.writeString(temporary, text);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private Map<String, JsonObject> entries(JsonObject json) {
    if (!format.equals(json.get("format"))) {
      throw new IllegalArgumentException("is no " + format);
    }
    if (!(json.get("version") instanceof Number version) || version.doubleValue() != VERSION) {
      throw new IllegalArgumentException(
          "has version " + json.get("version") + ", expected " + VERSION);
    }
    if (!(json.get("entries") instanceof JsonArray array)) {
      throw new IllegalArgumentException("has no entries");
    }
    Map<String, JsonObject> all = new TreeMap<>();
    for (Object element : array) {
      if (!(element instanceof JsonObject entry)
          || !identity.stream().allMatch(entry::isString)
          || !valid.test(entry)) {
        throw new IllegalArgumentException("has a damaged entry: " + JsonWriter.string(element));
      }
      all.put(keyOf(entry), entry);
    }
    return all;
  }

  private String keyOf(JsonObject entry) {
    List<String> fields = new ArrayList<>();
    identity.forEach(field -> fields.add(entry.getString(field)));
    return key(fields);
  }

  private void setAside(String reason) {
    int number = 1;
    while (Files.exists(aside(number))) {
      number++;
    }
    try {
      Files.move(file, aside(number));
      LOG.warn("{} {}: set aside as {}", file, reason, aside(number).getFileName());
    } catch (NoSuchFileException e) {
      // Another process was faster, and has warned.
      LOG.debug("{} is gone", file, e);
    } catch (IOException e) {
      LOG.warn("{} {}, and cannot be renamed: {}", file, reason, e.toString());
    }
  }

  private Path aside(int number) {
    return file.resolveSibling(file.getFileName() + ".bad" + number);
  }
}
