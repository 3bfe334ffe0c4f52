package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import dev.gabor.backend.Activation;
import dev.gabor.backend.Padding;
import dev.gabor.backend.PoolWindow;
import dev.gabor.examples.CustomOperator;
import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkJsonTest {
  private static final String INPUT = "{\"name\":\"x\",\"operator\":\"input\",\"shape\":[2,8,8]}";

  private static Network everyOperator() {
    return Network.input(3, 17, 16)
        .conv2d(8, 3, 5, c -> c.stride(2, 1).padding(0, 2).dilation(2, 1).bias(false))
        .batchNorm(1e-3f, 0.2f)
        .groupNorm(4, 1e-3f, false)
        .instanceNorm(1e-4f, true)
        .layerNorm()
        .activation(Activation.leakyRelu(0.1f))
        .activation(new CustomOperator.Mish())
        .pad(new Padding(Padding.Mode.CONSTANT, 0.5f, 1, 0, 2, 1))
        .conv2d(8, 3, c -> c.groups(8))
        .convTranspose2d(4, 2, c -> c.stride(2).padding(0))
        .channelDropout(0.1f)
        .residual(b -> b.conv2d(4, 3).relu(), UnaryOperator.identity())
        .concat(b -> b.relu(), b -> b.conv2d(2, 1))
        .multiply(b -> b.sigmoid(), UnaryOperator.identity())
        .pool(PoolWindow.of(PoolWindow.Kind.AVERAGE, 3, 2).stride(2, 1).ceilMode(true))
        .globalAveragePool()
        .flatten()
        .dropout(0.3f)
        .dense(5)
        .softmax()
        .dense(7)
        .logSoftmax()
        .build();
  }

  private static Set<String> operators(Network network) {
    return network.nodes().stream()
        .map(Node::operator)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyOperatorComesBack() throws JsonParserException {
    Network network = everyOperator();
    Set<String> expected = new TreeSet<>(Operators.names());
    expected.add("input");
    assertThat(operators(network)).as("operators tried").isEqualTo(expected);
    String text = JsonWriter.string(NetworkJson.write(network));
    Network again = NetworkJson.read(JsonParser.object().from(text));
    assertThat(again.nodes()).hasSameSizeAs(network.nodes());
    for (int i = 0; i < network.nodes().size(); i++) {
      Node before = network.nodes().get(i);
      Node after = again.nodes().get(i);
      assertThat(after).hasToString(before.toString()).hasSameClassAs(before);
      assertThat(after.settings()).as(before.name()).isEqualTo(before.settings());
      assertThat(after.inputs())
          .extracting(Node::name)
          .isEqualTo(before.inputs().stream().map(Node::name).toList());
      assertThat(after.parameters())
          .extracting(Parameter::name, Parameter::shape, Parameter::kind)
          .isEqualTo(
              before.parameters().stream().map(p -> tuple(p.name(), p.shape(), p.kind())).toList());
    }
    assertThat(JsonWriter.string(NetworkJson.write(again))).isEqualTo(text);
  }

  @Test
  void thePageListsEveryOperatorWithItsSettings() throws IOException, JsonParserException {
    String page = Files.readString(Path.of("src", "site", "networks.md"));
    for (Node node : everyOperator().nodes()) {
      String row =
          page.lines()
              .filter(line -> line.startsWith("| `" + node.operator() + "` |"))
              .findFirst()
              .orElse(node.operator().equals("input") ? "`input`" : "");
      assertThat(row).as(node.operator()).isNotEmpty();
      // The transposed convolution has the settings of the other.
      if (!node.operator().equals("conv_transpose2d")) {
        node.settings().keySet().forEach(key -> assertThat(row).contains("`" + key + "`"));
      }
    }
    for (Activation.Kind kind : Activation.Kind.values()) {
      assertThat(page).contains("`" + kind.name().toLowerCase(Locale.ROOT) + "`");
    }
    String example = page.substring(page.indexOf("```json") + 7, page.indexOf("```\n"));
    Network network = NetworkJson.read(JsonParser.object().from(example));
    assertThat(network.output().shape()).isEqualTo(Shape.of(10));
  }

  @Test
  void isWrittenForPeople() {
    Network network = Network.input(12).dense(3).relu().build();
    assertThat(JsonWriter.string(NetworkJson.write(network)))
        .isEqualTo(
            "{\"layers\":[{\"name\":\"input\",\"operator\":\"input\",\"shape\":[12]},"
                + "{\"name\":\"dense1\",\"operator\":\"dense\",\"inputs\":[\"input\"],"
                + "\"settings\":{\"bias\":true,\"units\":3}},"
                + "{\"name\":\"relu1\",\"operator\":\"activation\",\"inputs\":[\"dense1\"],"
                + "\"settings\":{\"alpha\":0.0,\"function\":\"relu\"}}]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'name':'c','operator':'conv2d','inputs':['y'],'settings':{}}"
            + " | layer c: input y: expected a layer before it, one of [x]",
        "{'name':'c','operator':'flatten','input':['x']}"
            + " | layer c: unknown key input, expected one of [inputs, name, operator, settings]",
        "{'name':'c','operator':'flatten','inputs':['c']}"
            + " | layer c: input c: a cycle, c reads c: expected layers that read only",
        "{'name':'c','operator':'flatten','inputs':[3]}"
            + " | layer c: input 3: expected a layer before it, one of [x]",
        "{'name':'c','operator':'add','inputs':['x','d']},"
            + "{'name':'d','operator':'activation','inputs':['x']}"
            + " | layer c: input d: stands after it, expected a layer before it, one of [x]",
        "{'name':'c','operator':'add','inputs':['x','e']},"
            + "{'name':'d','operator':'flatten','inputs':['c']},"
            + "{'name':'e','operator':'flatten','inputs':['d']}"
            + " | layer c: input e: a cycle, c reads e, e reads d, d reads c: expected layers",
        "{'name':'c','operator':'dense','inputs':['x'],'settings':{'units':4}},"
            + "{'name':'d','operator':'conv2d','inputs':['c'],"
            + "'settings':{'filters':1,'rows':1,'columns':1}} | layer d",
        "{'name':'c','operator':'conv3d','inputs':['x']} | layer c: unknown operator conv3d",
        "{'name':'c','operator':'input','shape':[1]} | layer c: unknown operator input",
        "{'name':'c','operator':'conv2d','inputs':['x'],'settings':{'filters':4,'rows':3}}"
            + " | layer c: setting columns is missing",
        "{'name':'c','operator':'dense','inputs':['x'],'settings':{'units':'4'}}"
            + " | layer c: setting units is 4, expected a whole number",
        "{'name':'c','operator':'flatten','inputs':['x'],'settings':{'axis':1}}"
            + " | layer c: unknown setting axis",
        "{'name':'c','operator':'flatten','inputs':['x'],'settings':3}"
            + " | layer c: settings: expected an object, found 3",
        "{'name':'c','operator':'flatten'} | layer c (flatten): 0 inputs, expected 1",
        "{'name':'x','operator':'flatten','inputs':['x']} | network: two layers have the name x",
        "{'operator':'flatten','inputs':['x']} | network: layer 1: name: expected text, found null",
        "7 | network: layer 1: expected an object, found 7",
        "{'name':'c','operator':'conv2d','inputs':['x'],"
            + "'settings':{'filters':1e12,'rows':1,'columns':1}} | layer c: setting filters",
        "{'name':'c','operator':'conv2d','inputs':['x'],"
            + "'settings':{'filters':1,'rows':-3,'columns':1}} | layer c: convolution: every size",
      })
  void aWrongLayerIsNamed(String layer, String message) throws JsonParserException {
    JsonObject json =
        JsonParser.object().from("{\"layers\":[" + INPUT + "," + layer.replace('\'', '"') + "]}");
    assertThatThrownBy(() -> NetworkJson.read(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | network: expected a list of layers under \"layers\", found null",
        "{'layers':[]} | network: expected a list of layers under \"layers\", found []",
        "{'layers':[{'name':'x','operator':'relu'}]}"
            + " | layer x: the first layer: expected operator input, found relu",
        "{'layers':[{'name':'x','operator':'input','shape':[1,2]}]}"
            + " | layer x: shape: expected [channels,rows,columns] or [features], found [1, 2]",
        "{'layers':[{'name':'x','operator':'input','shape':[0]}]}"
            + " | layer x: shape: every length must be at least 1, found [0]",
        "{'layers':[{'name':'x','operator':'input','shape':['a']}]} | layer x: setting shape[0]",
      })
  void aWrongNetworkIsRefused(String text, String message) throws JsonParserException {
    JsonObject json = JsonParser.object().from(text.replace('\'', '"'));
    assertThatThrownBy(() -> NetworkJson.read(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
