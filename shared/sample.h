/*
 * sample: what a vehicle said about one instant, in the common form that every payload format
 * decodes to.
 *
 * Each signal is in exactly one state: absent (in no mask), a number in range (`present`), or one
 * of the other masks. A code for invalid never becomes a number: value[] is 0 wherever `present`
 * has no bit. Plain value of fixed size, owns nothing, any thread.
 */
#ifndef EVROLL_SHARED_SAMPLE_H
#define EVROLL_SHARED_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/signal.h"

enum quality {
    QUALITY_ABSENT,
    QUALITY_GOOD,
    QUALITY_INVALID,      /* the sender's code for "invalid" (0xFF…) */
    QUALITY_ABNORMAL,     /* the sender's code for "abnormal" (0xFE…) */
    QUALITY_OUT_OF_RANGE, /* a number outside the signal's range */
    QUALITY_COUNT
};

/* What is known of the signature that covers a sample: evidence beside it, not part of what it says. */
enum signature_state {
    SIGNATURE_NONE,    /* the sender did not sign */
    SIGNATURE_UNKNOWN, /* signed and not checked: no public key of the unit, or too many at once */
    SIGNATURE_GOOD,
    SIGNATURE_BAD,
    SIGNATURE_COUNT
};

struct sample {
    int64_t at_ms; /* when the vehicle measured it, by its own clock */
    uint32_t present;
    uint32_t invalid;
    uint32_t abnormal;
    uint32_t out_of_range;
    uint8_t signature;           /* enum signature_state; sample_compare does not look at it */
    int64_t value[SIGNAL_COUNT]; /* fixed point, see signal.h */
};

_Static_assert(SIGNAL_COUNT <= 32, "the masks of a sample hold 32 signals");

static inline bool sample_has(const struct sample *s, enum signal_id id)
{
    return (s->present >> id & 1u) != 0;
}

enum quality sample_quality(const struct sample *s, enum signal_id id);

/* "unknown", "good", "bad"; NULL for SIGNATURE_NONE. */
const char *signature_name(enum signature_state state);

/* "invalid", "abnormal", "out_of_range"; NULL for absent and good. */
const char *quality_name(enum quality quality);

void sample_set(struct sample *s, enum signal_id id, int64_t fixed);
/* Sets the state; `quality` is not QUALITY_GOOD (that is sample_set). */
void sample_mark(struct sample *s, enum signal_id id, enum quality quality);

/* Takes a physical number: in range it is set, outside it is marked QUALITY_OUT_OF_RANGE. */
void sample_set_number(struct sample *s, enum signal_id id, double number);

/* No signal in any state other than absent. */
bool sample_is_empty(const struct sample *s);

/* Total order by time, then by content: equal means the vehicle said the same twice. */
int sample_compare(const struct sample *a, const struct sample *b);

#endif
