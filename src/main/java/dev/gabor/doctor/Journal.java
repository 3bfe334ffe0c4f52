package dev.gabor.doctor;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process writes down before and after each thing that may be its last. */
final class Journal implements AutoCloseable {
  static final String EVENT = "event";
  static final String BEGIN = "begin";
  static final String END = "end";
  static final String STAGE = "stage";

  private final Writer writer;

  Journal(Path file) {
    try {
      writer = Files.newBufferedWriter(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From here to {@link #end} the process may die. */
  void begin(String stage) {
    JsonObject entry = new JsonObject();
    entry.put(STAGE, stage);
    write(BEGIN, entry);
  }

  void end(String stage) {
    JsonObject entry = new JsonObject();
    entry.put(STAGE, stage);
    write(END, entry);
  }

  /** Something found; it is in the file when this returns. */
  void write(String event, JsonObject entry) {
    entry.put(EVENT, event);
    try {
      writer.write(JsonWriter.string(entry) + "\n");
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
