package dev.gabor.train;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The element types of safetensors that can be read as floats. */
enum SafeTensorsType {
  F64(8) {
    @Override
    float next(ByteBuffer bytes) {
      return (float) bytes.getDouble();
    }
  },
  F32(4) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.getFloat();
    }
  },
  F16(2) {
    @Override
    float next(ByteBuffer bytes) {
      return half(bytes.getShort());
    }
  },
  BF16(2) {
    @Override
    float next(ByteBuffer bytes) {
      return Float.intBitsToFloat(bytes.getShort() << 16);
    }
  },
  I64(8) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.getLong();
    }
  },
  I32(4) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.getInt();
    }
  },
  U8(1) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.get() & 255;
    }
  };

  private final int sizeBytes;

  SafeTensorsType(int sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /** The next element of a little-endian buffer. */
  abstract float next(ByteBuffer bytes);

  int sizeBytes() {
    return sizeBytes;
  }

  static Optional<SafeTensorsType> named(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  /** IEEE 754 binary16: 1 sign bit, 5 exponent bits of bias 15, 10 fraction bits. */
  private static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >>> 10 & 31;
    int fraction = bits & 1023;
    if (exponent == 31) {
      return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
    }
    float size =
        exponent == 0
            ? fraction * 0x1p-24f
            : Float.intBitsToFloat((exponent + 127 - 15) << 23 | fraction << 13);
    return sign == 0 ? size : -size;
  }
}
