/*
 * codec: raw payload → samples in the common form, or one fault with its byte.
 *
 * A decoder is a pure function: the same bytes, arrival time and unit give the same samples each
 * time. It uses bounded time and memory for any input (limits below), never reads outside the
 * payload, never ends the process. Samples live in the arena.
 *
 * A payload either decodes or is refused whole, except for frame formats that allow several frames:
 * there what stands before the fault is kept and the fault is reported beside it (`fault.reason` is
 * set and `count` > 0). Thread safety: no shared state.
 */
#ifndef EVROLL_SHARED_CODEC_CODEC_H
#define EVROLL_SHARED_CODEC_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"
#include "shared/sample.h"
#include "shared/unit.h"

#define CODEC_PAYLOAD_MAX (64u << 10) /* bytes of one payload */
#define CODEC_RECORDS_MAX 16384       /* records in one payload */
#define CODEC_SAMPLES_MAX 4096        /* samples in one payload */

struct codec_input {
    const char *unit;    /* whose payload it is */
    int64_t received_ms; /* arrival, for times relative to now */
    const uint8_t *bytes;
    size_t len;
};

/* Why a payload was refused: `reason` is a short fixed word for counting ("json-syntax",
 * "unit-mismatch"), `detail` the sentence for the unit's maker, `at_byte` where in the payload. */
struct codec_fault {
    const char *reason; /* static text; NULL when there is no fault */
    size_t at_byte;
    char detail[200];
};

struct codec_result {
    struct sample *samples; /* in order of time, one per instant */
    size_t count;
    size_t unknown_names; /* records whose name is not in the signal table; not an error */
    struct codec_fault fault;
};

/* ERR_OK, or ERR_INPUT with result->fault set. Reasons that every format shares: "unknown-format"
 * (no decoder for it), "empty-payload", "too-large" (CODEC_PAYLOAD_MAX); each format's header lists
 * its own. `detail` is printable ASCII whatever the payload held. */
enum err codec_decode(enum format format, const struct codec_input *input, struct arena *arena,
                      struct codec_result *result);

#endif
