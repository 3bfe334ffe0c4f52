package dev.gabor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.data.Pictures;
import dev.gabor.train.Model;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainPhotographsTest {
  @Test
  void theProgramRuns(@TempDir Path folder) throws IOException {
    Path pictures = Pictures.twoClasses(folder.resolve("pictures"), 20);
    Pictures.damaged(pictures.resolve("dark").resolve("damaged.png"));
    Path model = folder.resolve("model.safetensors");
    TrainPhotographs.main(new String[] {pictures.toString(), model.toString()});
    assertThat(Model.load(model).classNames()).containsExactly("dark", "light");
  }
}
