#include "words.h"

/* Prints how many words each file has. */
int main(int count, char **names) {
  for (int i = 1; i < count; i++) {
    FILE *stream = fopen(names[i], "r");
    if (!stream) {
      perror(names[i]);
      return 1;
    }
    printf("%ld %s\n", count_words(stream), names[i]);
    fclose(stream);
  }
  return 0;
}
