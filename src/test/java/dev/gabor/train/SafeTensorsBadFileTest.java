package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsBadFileTest {
  @TempDir Path folder;

  private void assertRefused(byte[] bytes, String fault) throws IOException {
    Path file = Files.write(folder.resolve("bad"), bytes);
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessage(file + ": " + fault);
  }

  @Test
  void aMissingFile() {
    Path file = folder.resolve("absent");
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessage(file + ": file not found");
  }

  @Test
  void aFileOfAnotherKind() throws IOException {
    assertRefused(
        new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0},
        "byte 10: cut short in the header: expected 67324760 bytes, found 10");
    assertRefused(
        new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, 0},
        "byte 0: not a safetensors file: expected a header of 2 to 100000000 bytes,"
            + " found 18446744073709551615");
    assertRefused(
        new byte[9],
        "byte 0: not a safetensors file: expected a header of 2 to 100000000 bytes, found 0");
  }

  @Test
  void textThatIsNotUtf8() throws IOException {
    byte[] bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(2).array();
    bytes[8] = (byte) 0xff;
    assertRefused(bytes, "byte 8: header: expected JSON, found text that is not UTF-8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"[1,2]", "{\"a\":", "{} x", "{}}", "nothing", "12"})
  void aHeaderThatIsNotAJsonObject(String header) throws IOException {
    Path file = Files.write(folder.resolve("bad"), SafeTensorsTest.bytes(header, new byte[0]));
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageMatching(
            "\\Q" + file + "\\E: byte \\d+: header: expected a JSON object, found: .+");
  }

  /** Headers over eight bytes of elements; ' stands for a double quote. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':1}|'a': expected an object, found NUMBER",
        "{'a':{'dtype':'F32','shape':[2]}}"
            + "|'a': expected dtype, shape and data_offsets, one of them is missing",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'more':1}}"
            + "|'a': expected dtype, shape and data_offsets only, found more",
        "{'a':{'dtype':1,'shape':[2],'data_offsets':[0,8]}}"
            + "|'a': expected text for dtype, found NUMBER",
        "{'a':{'dtype':'F8_E5M2','shape':[2],'data_offsets':[0,8]}}"
            + "|'a': dtype: expected one of [F64, F32, F16, BF16, I64, I32, U8], found F8_E5M2",
        "{'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}"
            + "|'a': expected an array for shape, found NUMBER",
        "{'a':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}}"
            + "|'a': expected whole numbers for shape, found STRING",
        "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}}"
            + "|'a': shape: expected whole numbers from 0 on, found 2.5",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}"
            + "|'a': shape: expected whole numbers from 0 on, found -2.0",
        "{'a':{'dtype':'F32','shape':[0],'data_offsets':[0,0]}}"
            + "|'a': shape: expected 1 to 2147483639 elements, found [0]",
        "{'a':{'dtype':'F32','shape':[65536,65536],'data_offsets':[0,8]}}"
            + "|'a': shape: expected 1 to 2147483639 elements, found [65536, 65536]",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}"
            + "|'a': data_offsets [0, 8]: expected 12 bytes for (3) of F32, found 8",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}"
            + "|'a': data_offsets: expected begin and end, found [8, 0]",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}"
            + "|'a': data_offsets: expected begin and end, found [0]",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}"
            + "|'a': data_offsets: expected to begin at 0, right after the header, found 4",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
            + "'b':{'dtype':'F16','shape':[2],'data_offsets':[2,6]}}"
            + "|'b': data_offsets: expected to begin at 4, right after 'a', found 2",
        "{'a':{'dtype':'U8','shape':[8],'data_offsets':[0,8]},"
            + "'a':{'dtype':'U8','shape':[8],'data_offsets':[0,8]}}"
            + "|'a': name: expected once, found twice",
        "{'__metadata__':{'k':1}}|'__metadata__': expected text for k, found NUMBER",
        "{'__metadata__':{'k':'1','k':'2'}}|'__metadata__': k: expected once, found twice",
        "{'__metadata__':[]}|'__metadata__': expected an object, found ARRAY",
      })
  void aHeaderThatBreaksARule(String header, String fault) throws IOException {
    assertRefused(
        SafeTensorsTest.bytes(header.replace('\'', '"'), new byte[8]),
        "header: " + fault.replace('\'', '"'));
  }

  @Test
  void offsetsBeyondTheFile() throws IOException {
    String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    assertRefused(
        SafeTensorsTest.bytes(header, new byte[7]),
        "byte 69: cut short: expected 70 bytes, found 69");
    assertRefused(
        SafeTensorsTest.bytes(header, new byte[9]),
        "byte 70: bytes after the last tensor: expected 70 bytes, found 71");
  }
}
