package dev.gabor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.data.Pictures;
import dev.gabor.train.Model;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs that take folders of pictures. */
class PicturesTest {
  @Test
  void photographsTrain(@TempDir Path folder) throws IOException {
    Path pictures = Pictures.twoClasses(folder.resolve("pictures"), 20);
    Pictures.damaged(pictures.resolve("dark").resolve("damaged.png"));
    Path model = folder.resolve("model.safetensors");
    TrainPhotographs.main(new String[] {pictures.toString(), model.toString()});
    assertThat(Model.load(model).classNames()).containsExactly("dark", "light");
  }

  @Test
  void aTrainedModelLearnsOtherClasses(@TempDir Path folder) throws IOException {
    Path pictures = Pictures.twoClasses(folder.resolve("two"), 20);
    Path first = folder.resolve("first.safetensors");
    TrainPhotographs.main(new String[] {pictures.toString(), first.toString()});
    Path three = Pictures.twoClasses(folder.resolve("three"), 20);
    for (int i = 0; i < 20; i++) {
      Pictures.plain(three.resolve("red").resolve(i + ".png"), 8, 8, 0xE00000 + i);
    }
    Path second = folder.resolve("second.safetensors");
    TransferLearning.main(new String[] {first.toString(), three.toString(), second.toString()});
    Model after = Model.load(second);
    assertThat(after.classNames()).containsExactly("dark", "light", "red");
    assertThat(after.normalization()).isEqualTo(Model.load(first).normalization());
  }
}
