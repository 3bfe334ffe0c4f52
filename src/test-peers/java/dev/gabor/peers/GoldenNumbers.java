package dev.gabor.peers;

import dev.gabor.golden.GoldenCase;
import dev.gabor.golden.GoldenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes the golden numbers: {@code GoldenNumbers FOLDER}. */
final class GoldenNumbers {
  private GoldenNumbers() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Files.createDirectories(folder);
    for (Map.Entry<String, List<GoldenCase>> file : PeerCases.byFile().entrySet()) {
      List<GoldenFile.Entry> entries = new ArrayList<>();
      for (GoldenCase question : file.getValue()) {
        entries.add(new GoldenFile.Entry(question, TorchAnswers.of(question)));
      }
      GoldenFile.write(folder.resolve(file.getKey() + ".json"), entries);
      System.out.printf("%s: %d cases%n", file.getKey(), entries.size());
    }
  }
}
