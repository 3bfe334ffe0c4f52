#include "source.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (1 << 20)
#define MOST_INCLUDES 32

typedef struct {
  const char* folder;
  char* text;
  size_t length;
  char included[MOST_INCLUDES][128];
  int includes;
} Source;

static bool append(Source* source, const char* line) {
  const size_t length = strlen(line);
  if (source->length + length + 1 > MOST_BYTES) {
    return false;
  }
  memcpy(source->text + source->length, line, length + 1);
  source->length += length;
  return true;
}

// Every file once, however often it is included.
static bool append_file(Source* source, const char* file) {
  for (int i = 0; i < source->includes; i++) {
    if (strcmp(source->included[i], file) == 0) {
      return true;
    }
  }
  char path[4096];
  if (source->includes == MOST_INCLUDES || strlen(file) >= sizeof(source->included[0]) ||
      snprintf(path, sizeof(path), "%s/%s", source->folder, file) >= (int)sizeof(path)) {
    return false;
  }
  strcpy(source->included[source->includes++], file);
  FILE* stream = fopen(path, "r");
  if (!stream) {
    return false;
  }
  char line[4096];
  bool good = true;
  while (good && fgets(line, sizeof(line), stream)) {
    char include[128];
    good = sscanf(line, "#include \"%127[^\"]\"", include) == 1 ? append_file(source, include) : append(source, line);
  }
  fclose(stream);
  return good;
}

char* read_source(const char* folder, const char* file) {
  Source source = {.folder = folder, .text = calloc(1, MOST_BYTES)};
  if (source.text && append_file(&source, file)) {
    return source.text;
  }
  free(source.text);
  return NULL;
}
