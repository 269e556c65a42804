/*
 * reject_line: a refused payload as one line of JSON: in the local store of rejects, and as the
 * message to the unit. Keys of a stored line:
 *
 *     journal   id of the journal, hexadecimal     reason   short word
 *     position  in that journal                    detail   sentence
 *     unit      whose it was                       at_byte  where in the payload
 *     format    word, or number when unknown       payload  the raw bytes, base64url
 *     received  RFC 3339
 *
 * Texts are malloc'ed; free them with free(). NULL when memory is short. No state, any thread.
 */
#ifndef EVROLL_GATEWAY_DECODE_REJECT_LINE_H
#define EVROLL_GATEWAY_DECODE_REJECT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/journal/journal.h"
#include "shared/batch/batch.h"

/* Without the line feed. */
char *reject_line_write(const uint8_t journal_id[JOURNAL_ID_BYTES],
                        const struct batch_reject *reject);

/* What stands in a line, for showing it. */
struct reject_line {
    char journal[2 * JOURNAL_ID_BYTES + 1];
    uint64_t position;
    char unit[UNIT_NAME_MAX + 1];
    char format[16];
    char received[25];
    char reason[BATCH_REASON_MAX + 1];
    char detail[BATCH_DETAIL_MAX + 1];
    uint64_t at_byte;
    size_t payload_len;
};

/* False when `text` is no such line (a crash may leave half of one). */
bool reject_line_read(const char *text, size_t len, struct reject_line *line);

/* {"reason", "detail", "at_byte", "received", "format"}, for evroll/v1/units/{unit}/errors. */
char *reject_line_for_unit(const struct batch_reject *reject);

#endif
