/*
 * frame: one zstd frame around one message, in the strict form that batch.proto asks for: any
 * cut and any flipped bit is noticed. Private to shared/batch.
 */
#ifndef EVROLL_SHARED_BATCH_FRAME_H
#define EVROLL_SHARED_BATCH_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"

enum err frame_seal(const uint8_t *plain, size_t plain_len, struct arena *arena, uint8_t **line,
                    size_t *line_len, struct fault *fault) ERR_CHECKED;

/* ERR_INPUT unless it is exactly one whole frame, with checksum, of at most `plain_max` bytes. */
enum err frame_open(const uint8_t *line, size_t line_len, size_t plain_max, struct arena *arena,
                    uint8_t **plain, size_t *plain_len, struct fault *fault) ERR_CHECKED;

#endif
