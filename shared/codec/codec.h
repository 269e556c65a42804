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

/* Checks of signatures in one payload. Each costs a third of a millisecond and more: about as many as there is
 * room for whole signed frames. What is signed beyond them is SIGNATURE_UNKNOWN. */
#define CODEC_CHECKS_MAX 128

/* Checks a signature over `data`: `r` and `s` as the frame carries them, `algorithm` by GB/T 32960.3-2025
 * (1 SM2, 2 RSA, 3 ECC). Supplied by whoever knows the units' public keys. */
typedef enum signature_state codec_verify(void *arg, const char *unit, int algorithm,
                                          const uint8_t *data, size_t len, const uint8_t *r,
                                          size_t r_len, const uint8_t *s, size_t s_len);

/* The body layouts of GB 17691 frames in the field (docs/formats.md). */
enum codec_layout {
    CODEC_LAYOUT_AUTO, /* found out by exact consumption and plausibility */
    CODEC_LAYOUT_L1,
    CODEC_LAYOUT_L1B,
    CODEC_LAYOUT_L2,
    CODEC_LAYOUT_L3
};

/* What holds for the units whose name a shell pattern (fnmatch) takes; the first that does counts. */
struct codec_layout_rule {
    char *unit; /* pattern */
    enum codec_layout layout;
};

/* CODEC_LAYOUT_AUTO for a unit that no rule takes. */
enum codec_layout codec_layout_of(const struct codec_layout_rule *rules, size_t count,
                                  const char *unit);

struct codec_input {
    const char *unit;    /* whose payload it is */
    int64_t received_ms; /* arrival, for times relative to now */
    const uint8_t *bytes;
    size_t len;
    enum codec_layout layout; /* of this unit's GB 17691 frames */
    codec_verify *verify;     /* NULL: no key is known, every signature is SIGNATURE_UNKNOWN */
    void *verify_arg;
};

/* What a frame says beside samples. Numbers are part of the batch format: only ever added. */
enum codec_event_kind {
    CODEC_EVENT_VIN =
        1,             /* text: the identification number in the frame; once a payload and number */
    CODEC_EVENT_LOGIN, /* number: the login's serial number; text: ICCID */
    CODEC_EVENT_LOGOUT, /* number: serial number */
    CODEC_EVENT_HEARTBEAT,
    CODEC_EVENT_TIME_SYNC,
    CODEC_EVENT_ACTIVATION, /* text: chip id */
    CODEC_EVENT_TAMPER,     /* removal or tamper alarm; number: serial number */
    CODEC_EVENT_ENCRYPTED,  /* the data unit is opaque; number: the encryption byte */
    CODEC_EVENT_ALARM,      /* number: alarm flags; text: level */
    CODEC_EVENT_COUNT
};

#define CODEC_EVENTS_MAX     1024 /* in one payload; what is beyond is refused as too many */
#define CODEC_EVENT_TEXT_MAX 40

struct codec_event {
    int64_t at_ms; /* the frame's time; the arrival where it carries none */
    enum codec_event_kind kind;
    int64_t number;
    char text[CODEC_EVENT_TEXT_MAX + 1]; /* printable ASCII */
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
    size_t unknown_names;       /* records whose name is not in the signal table; not an error */
    struct codec_event *events; /* in the order of the frames; those before a fault are kept */
    size_t event_count;
    struct codec_fault fault;
};

/* ERR_OK, or ERR_INPUT with result->fault set. Reasons that every format shares: "unknown-format"
 * (no decoder for it), "empty-payload", "too-large" (CODEC_PAYLOAD_MAX); each format's header lists
 * its own. `detail` is printable ASCII whatever the payload held. */
enum err codec_decode(enum format format, const struct codec_input *input, struct arena *arena,
                      struct codec_result *result);

#endif
