// Dropout: the bits of Philox4x32-10 against the known answers of its authors, then every element and every channel
// against a plain C Philox that gives these answers.

#include <math.h>
#include <stdint.h>

#include "harness.h"

typedef struct {
  uint32_t word[4];
} Words;

static Words philox(uint64_t seed, uint64_t stream, uint64_t counter) {
  Words c = {{(uint32_t)counter, (uint32_t)(counter >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)}};
  uint32_t k0 = (uint32_t)seed;
  uint32_t k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const uint64_t product0 = (uint64_t)0xD2511F53u * c.word[0];
    const uint64_t product1 = (uint64_t)0xCD9E8D57u * c.word[2];
    c = (Words){{(uint32_t)(product1 >> 32) ^ c.word[1] ^ k0, (uint32_t)product1,
                 (uint32_t)(product0 >> 32) ^ c.word[3] ^ k1, (uint32_t)product0}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

static float unit(uint64_t seed, uint64_t stream, int index) {
  return (float)(philox(seed, stream, (uint64_t)(index / 4)).word[index % 4] >> 8) * 0x1p-24F;
}

// From Random123's kat_vectors.
static void try_known_answers(void) {
  begin_case("dropout: known answers of Philox4x32-10");
  const struct {
    uint64_t seed, stream, counter;
    uint32_t word[4];
  } answers[] = {
      {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < COUNT_OF(answers); i++) {
    const Words words = philox(answers[i].seed, answers[i].stream, answers[i].counter);
    for (int j = 0; j < 4; j++) {
      if (words.word[j] != answers[i].word[j]) {
        fail("word %d of answer %zu is %08x", j, i, words.word[j]);
      }
    }
  }
  end_case();
}

// A stream in which the word of an element is the smallest of its unit float: its last 8 bits, which that drops, are 0.
static uint64_t stream_of_least_word(uint64_t seed, int index) {
  uint64_t stream = 0;
  while (philox(seed, stream, (uint64_t)(index / 4)).word[index % 4] % 256 != 0) {
    stream++;
  }
  return stream;
}

static const double* expected_elements(const float* x, size_t size, float p, uint64_t seed, uint64_t stream) {
  double* expected = doubles(size);
  for (size_t i = 0; i < size; i++) {
    expected[i] = unit(seed, stream, (int)i) >= p ? (double)(x[i] * 2) : 0;
  }
  return expected;
}

// By items of 4 elements, or by runs of 128 of CPU drivers, stored past the caches or not.
static void try_elements(bool runs, size_t size, float p, uint64_t seed, uint64_t stream) {
  begin_case("dropout: %zu elements runs=%d p=%a seed=%llu stream=%llu", size, runs, (double)p, (unsigned long long)seed,
             (unsigned long long)stream);
  const float* x = whole_numbers(size, 1, 9);
  Buffer* y = output("y", size);
  Kernel kernel = kernel_of("dropout", "", runs ? "dropout_runs" : "dropout_elements");
  pass(&kernel, input("x", x, size));
  pass(&kernel, y);
  INTEGERS(&kernel, (int)size);
  if (runs) {
    INTEGERS(&kernel, size % 2 == 1);
  }
  pass_float(&kernel, p);
  pass_float(&kernel, 2);
  pass_ulong(&kernel, seed);
  pass_ulong(&kernel, stream);
  RUN_GROUPS(&kernel, runs ? (size + 127) / 128 : (size + 31) / 32, 1, 1, runs ? 1 : 8, 1, 1);
  expect(y, expected_elements(x, size, p, seed, stream), size, 0);
  end_case();
}

// By blocks of 4 planes, or by rows of pixels of CPU drivers, of which a work-item has so many or as many items share them.
static void try_channels(bool rows, int images, int channels, int area, int pixels) {
  const uint64_t seed = 0x123456789ABCDEF0;
  const uint64_t stream = (uint64_t)7 << 40;
  begin_case("dropout: channels of images=%d channels=%d area=%d rows=%d", images, channels, area, rows);
  const int planes = images * channels;
  const size_t size = (size_t)(planes * area);
  const float* x = whole_numbers(size, 1, 9);
  Buffer* y = output("y", size);
  Kernel kernel = kernel_of("dropout", "", rows ? "dropout_rows" : "dropout_channels");
  pass(&kernel, input("x", x, size));
  pass(&kernel, y);
  if (rows) {
    INTEGERS(&kernel, channels, area, pixels, channels % 16 == 0);
  } else {
    INTEGERS(&kernel, planes, channels, area);
  }
  pass_float(&kernel, 0.5F);
  pass_float(&kernel, 2);
  pass_ulong(&kernel, seed);
  pass_ulong(&kernel, stream);
  if (rows) {
    RUN(&kernel, images, (area + pixels - 1) / pixels, 1);
  } else {
    RUN_GROUPS(&kernel, planes / 16 + 1, pixels, 1, 4, 1, 1);
  }
  double* expected = doubles(size);
  for (int i = 0; i < (int)size; i++) {
    const int plane = i / (area * channels) * channels + i % channels;
    expected[i] = unit(seed, stream, plane) >= 0.5F ? (double)(x[i] * 2) : 0;
  }
  expect(y, expected, size, 0);
  end_case();
}

int main(void) {
  try_known_answers();
  const size_t sizes[] = {1, 4, 7, 33, 128, 261};
  for (int kind = 0; kind < 2; kind++) {
    const bool wide = kind == 1;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
      try_elements(wide, sizes[i], 0.5F, 0, 0);
      try_elements(wide, sizes[i], 0.3F, 0x123456789ABCDEF0, 0xFEDCBA9876543210);
    }
    // An element stays where its number is p itself, and goes where it is the next smaller one.
    for (int i = 0; i < 8; i++) {
      try_elements(wide, 9, unit(42, 7, i), 42, 7);
      try_elements(wide, 9, nextafterf(unit(42, 7, i), 1), 42, 7);
    }
    for (int i = 0; i < 128; i += 15) {
      const uint64_t stream = stream_of_least_word(42, i);
      try_elements(wide, 128, unit(42, stream, i), 42, stream);
    }
    try_channels(wide, 1, 1, 7, 2);
    try_channels(wide, 3, 7, 5, 3);
    try_channels(wide, 2, 33, 4, 4);
    try_channels(wide, 2, 32, 5, 2);
  }
  try_channels(true, 2, 600, 3, 2);  // more channels than a work-item keeps words of
  return finish();
}
