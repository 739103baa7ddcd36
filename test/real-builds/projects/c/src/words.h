#include <stdio.h>

/* Words of a stream: what stands between blanks. */
long count_words(FILE *stream);
