#include "words.h"
#include <ctype.h>

long count_words(FILE *stream) {
  long words = 0;
  int within = 0;
  for (int c; (c = getc(stream)) != EOF;) {
    words += !within && !isspace(c);
    within = !isspace(c);
  }
  return words;
}
