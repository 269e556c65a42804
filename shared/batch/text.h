/*
 * text: what rejects and events may say. Reasons are counted, details are shown and stored, so neither may
 * carry control characters or broken UTF-8. Private to shared/batch.
 */
#ifndef EVROLL_SHARED_BATCH_TEXT_H
#define EVROLL_SHARED_BATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/arena.h"

/* [a-z0-9-], 1 to `max` bytes. */
bool text_is_word(const char *text, size_t max);

/* 0 to `max` printable ASCII characters. */
bool text_is_ascii(const char *text, size_t max);

/* UTF-8 without control characters (C0, DEL). */
bool text_is_line(const char *text);

/* A copy of `text` that is a line of at most `max` bytes: what does not fit in becomes '?'. */
char *text_line(struct arena *arena, const char *text, size_t max);

#endif
