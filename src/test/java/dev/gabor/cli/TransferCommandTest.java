package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.data.Pictures;
import dev.gabor.tensor.Tensor;
import dev.gabor.train.Model;
import dev.gabor.train.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code train --weights … --freeze …}, and networks in files that do not fit their data. */
class TransferCommandTest {
  private static final String NETWORK =
      """
      {"layers":[
       {"name":"x","operator":"input","shape":[3,8,8]},
       {"name":"conv","operator":"conv2d","inputs":["x"],
        "settings":{"filters":4,"rows":3,"columns":3}},
       {"name":"norm","operator":"batch_norm","inputs":["conv"]},
       {"name":"relu","operator":"activation","inputs":["norm"],"settings":{"function":"relu"}},
       {"name":"mean","operator":"global_pool","inputs":["relu"],"settings":{"kind":"average"}},
       {"name":"head","operator":"dense","inputs":["mean"],"settings":{"units":2}}]}
      """;

  @TempDir private Path folder;
  private Path network;
  private Path before;
  private Path three;

  @BeforeEach
  void trainTwoClasses() throws IOException {
    network = Files.writeString(folder.resolve("network.json"), NETWORK);
    Path two = Pictures.twoClasses(folder.resolve("two"), 20);
    CommandLineRun run =
        train(two, "--model", network, "--fit", "crop", "--out", folder.resolve("before"));
    assertThat(run.code()).as(run.err()).isZero();
    before = folder.resolve("before").resolve("model.safetensors");
    three = Pictures.twoClasses(folder.resolve("three"), 20);
    for (int i = 0; i < 20; i++) {
      Pictures.plain(three.resolve("red").resolve(i + ".png"), 12, 10, 0xE00000 + i);
    }
  }

  private static CommandLineRun train(Path data, Object... options) {
    List<Object> words = new ArrayList<>(List.of("train", "--data", data, "--batch", 8));
    if (!List.of(options).contains("--device")) {
      words.addAll(List.of("--device", "cpu"));
    }
    words.addAll(List.of("--epochs", 4));
    words.addAll(List.of(options));
    return CommandLineRun.of(words.toArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void aModelLearnsOtherClassesAndIsUsed(String device) {
    Path out = folder.resolve("after");
    CommandLineRun run =
        train(
            three,
            "--device",
            device,
            "--weights",
            before,
            "--freeze",
            "backbone",
            "--lr",
            0.1,
            "--out",
            out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err())
        .contains(
            "images (3,8,8) to train on",
            "weights: 6 of 8 parameters from " + before,
            "weights: not taken: head.weight: of other classes");
    Path file = out.resolve("model.safetensors");
    Model old = Model.load(before);
    Model model = Model.load(file);
    assertThat(model.classNames()).containsExactly("dark", "light", "red");
    for (String name : List.of("conv.weight", "norm.bias", "norm.running_var")) {
      assertThat(model.parameters().get(name).data())
          .as(name)
          .containsExactly(old.parameters().get(name).data());
    }
    assertThat(model.normalization()).isEqualTo(old.normalization());
    assertThat(model.provenance().settings()).containsEntry("image_fit", "crop");
    CommandLineRun judged =
        CommandLineRun.of("evaluate", file, "--data", three, "--device", device);
    assertThat(judged.code()).as(judged.err()).isZero();
    assertThat(judged.err()).doesNotContain("remark");
    CommandLineRun said =
        CommandLineRun.of(
            "predict", file, three.resolve("red").resolve("1.png"), "--device", device);
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out()).contains("red", "dark");
  }

  @Test
  void weightsGoIntoANamedNetworkToo() throws IOException {
    Path other = folder.resolve("other.json");
    Files.writeString(other, NETWORK.replace("\"units\":2", "\"units\":3"));
    CommandLineRun run =
        train(
            three,
            "--image-size",
            8,
            "--model",
            other,
            "--weights",
            before,
            "--freeze",
            "conv,norm.weight,norm.bias",
            "--normalize",
            "range");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("weights: 6 of 8 parameters");
  }

  @Test
  void whatDoesNotFitIsNamed() {
    refused(
        train(three, "--weights", before, "--freeze", "conv9"),
        "freeze conv9: the network has no parameter of this name; its first is conv.weight");
    refused(
        train(three, "--weights", before, "--image-size", 16),
        before + ": its network takes samples (3,8,8), the data has (3,16,16)");
    refused(
        train(three, "--weights", before, "--image-size", 8, "--model", "lenet"),
        "weights of " + before + ": no tensor fits a parameter by name and shape");
    refused(train(three, "--weights", folder.resolve("no.safetensors")), "no.safetensors");
    Path bare = folder.resolve("bare.safetensors");
    new SafeTensors(Map.of(), Map.of("conv.bias", Tensor.zeros(4))).write(bare);
    refused(
        train(three, "--weights", bare),
        bare + ": holds weights and no network, expected --model NAME with it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"units\":2 | \"units\":5"
            + " | layer head: the last one gives (5), expected (2): one number for each class",
        "[3,8,8] | [1,8,8] | layer x: shape is (1,8,8), expected (3,8,8): that of the data",
        "global_pool | pool_all | layer mean: unknown operator pool_all, expected one of [",
        "[\"conv\"] | [\"convolution\"] | layer norm: input convolution: expected a layer before",
        "[\"x\"] | [\"relu\"] | layer conv: input relu: a cycle, conv reads relu, relu reads norm,",
        "\"filters\":4 | \"filter\":4 | layer conv: setting filters is missing",
        "\"inputs\":[\"mean\"] | \"input\":[\"mean\"] | layer head: unknown key input",
      })
  void aNetworkThatCannotBeIsNamed(String right, String wrong, String message) throws IOException {
    assertThat(NETWORK).contains(right);
    Path file = folder.resolve("wrong.json");
    Files.writeString(file, NETWORK.replace(right, wrong));
    refused(train(folder.resolve("two"), "--model", file), file + ": " + message);
  }

  private static void refused(CommandLineRun run, String words) {
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines().reduce((first, last) -> last).orElse("")).contains(words);
  }
}
