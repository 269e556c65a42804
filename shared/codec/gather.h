/*
 * gather: brings what the blocks of frames say together into samples: one for each instant, in
 * order of time, whatever the order in which blocks arrive.
 *
 * Where two blocks speak of one signal at one instant, the one that stands later in the payload
 * holds. A sample that several blocks make is signed as well as the worst of them (bad, none,
 * unknown, good). Memory from the arena: one struct sample a block that begins an instant. One
 * payload, one thread.
 */
#ifndef EVROLL_SHARED_CODEC_GATHER_H
#define EVROLL_SHARED_CODEC_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/codec/codec.h"
#include "shared/sample.h"

struct gather {
    struct arena *arena;
    struct sample *samples;
    size_t count, cap;
    size_t limit;
    size_t group; /* first sample of what the next signature covers */
};

/* At most `limit` samples; `expected` is what room is made for at first. */
void gather_begin(struct gather *gather, struct arena *arena, size_t expected, size_t limit);

/* The sample of the running group for this instant, to set signals in; NULL when there are `limit`
 * already. Valid until the next call. */
struct sample *gather_at(struct gather *gather, int64_t at_ms);

/* Was nothing gathered since the last gather_sign? */
bool gather_group_is_empty(const struct gather *gather);

/* Ends the running group: what was gathered since the last call has this signature. */
void gather_sign(struct gather *gather, enum signature_state state);

/* Moves the samples into the result. */
void gather_end(struct gather *gather, struct codec_result *result);

#endif
