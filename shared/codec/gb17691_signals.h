/*
 * gb17691_signals: where the bodies of information blocks carry the signals of shared/signal.h, as a
 * table that decoder and encoder share. No state, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_GB17691_SIGNALS_H
#define EVROLL_SHARED_CODEC_GB17691_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/codec/gb17691_blocks.h"
#include "shared/sample.h"

/* fixed = raw × times / over + plus, in the resolution of the signal. */
struct gb17691_field {
    enum signal_id signal;
    uint8_t at, size;
    uint8_t times, over;
    int32_t plus;
};

struct gb17691_fields {
    const struct gb17691_field *field;
    size_t count;
    int position_at; /* status, longitude, latitude; -1 where the body has none */
};

/* The fields of a body of this type and size; none where it carries no signal of ours. */
struct gb17691_fields gb17691_fields_of(uint8_t type, size_t len);

#define GB17691_POSITION_SIZE 9u
#define GB17691_MIL_AT        1u

/* Position status. */
#define GB17691_NO_FIX 1u
#define GB17691_SOUTH  2u
#define GB17691_WEST   4u

/* Sets what the block says in the sample. */
void gb17691_signals_read(const struct gb17691_block *block, struct sample *sample);
void gb17691_position_read(const uint8_t position[static GB17691_POSITION_SIZE],
                           struct sample *sample);

#endif
