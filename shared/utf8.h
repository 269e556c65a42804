/*
 * utf8: code points of UTF-8 text, one by one. Over-long forms, surrogates and what lies beyond
 * U+10FFFF are no UTF-8. Plain functions, any thread.
 */
#ifndef EVROLL_SHARED_UTF8_H
#define EVROLL_SHARED_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at `*text`, which moves behind it; -1 when the bytes there are no UTF-8, 0 at the
 * end, both without moving. */
int32_t utf8_next(const char **text);

bool utf8_ok(const char *text);
/* Code points up to the end or to the first byte that is no UTF-8. */
size_t utf8_length(const char *text);
/* Columns of a terminal: a Chinese character takes two. */
size_t utf8_columns(const char *text);
/* Takes out the bytes that are no UTF-8, as a cut through a character leaves them. */
void utf8_mend(char *text);

#endif
