/*
 * gb17691_blocks: the information blocks of one realtime or reissue data unit, in any of the four
 * layouts in the field, and which layout a data unit has.
 *
 *   L1   time 6, { type, serial 2, body }*
 *   L1b  time 6, type, serial 2, body, { type, body }*
 *   L2   time 6, serial 2, { type, body }*
 *   L3   time 6, serial 2, { type, collection time 6, body }*
 *
 * A signature (20 R[32] 20 S[32]) may stand after any block of any layout. The data unit is
 * borrowed; nothing is allocated. No state, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_GB17691_BLOCKS_H
#define EVROLL_SHARED_CODEC_GB17691_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/codec/frame_time.h"
#include "shared/codec/gb17691.h"
#include "shared/wire.h"

enum gb17691_type {
    GB17691_OBD = 0x01,
    GB17691_STREAM_SCR = 0x02,
    GB17691_STREAM_TWC = 0x03,
    GB17691_HYBRID = 0x04,
    GB17691_STREAM_TWC_NOX = 0x05,
    GB17691_SUPPLEMENT = 0x80,
    GB17691_USER_FIRST = 0x81,
    GB17691_USER_LAST = 0xfe
};

/* Sizes of the bodies; OBD without its trouble codes. */
#define GB17691_OBD_SIZE            96u
#define GB17691_STREAM_SCR_SIZE     37u
#define GB17691_STREAM_TWC_SIZE     30u
#define GB17691_STREAM_TWC_NOX_SIZE 32u
#define GB17691_HYBRID_SIZE         8u
#define GB17691_SUPPLEMENT_SIZE     17u

/* Bodies of one kind in a frame are consecutive readings of one thing. */
enum gb17691_kind {
    GB17691_KIND_OBD,
    GB17691_KIND_STREAM,
    GB17691_KIND_HYBRID,
    GB17691_KIND_OTHER,
    GB17691_KIND_COUNT
};

/* How a data unit is read. Some makers send the 32 bytes of type 05 under type 03. */
struct gb17691_reading {
    enum codec_layout layout; /* not CODEC_LAYOUT_AUTO */
    bool long_twc;
};

struct gb17691_block {
    uint8_t type;
    enum gb17691_kind kind;
    bool opaque;         /* of a maker, and nothing says where it ends: it takes the rest */
    uint16_t serial;     /* in layouts where the block has one */
    bool own_time;       /* L3 */
    int64_t at_ms;       /* collection time, if own_time */
    size_t at;           /* of its first byte in the data unit */
    const uint8_t *body; /* of a signature: R, then after 33 bytes S */
    size_t len;
};

enum gb17691_item { GB17691_END, GB17691_BLOCK, GB17691_SIGNATURE, GB17691_FAULT };

struct gb17691_blocks {
    struct wire wire;
    struct gb17691_reading reading;
    uint16_t serial; /* L2, L3: of the data unit */
    bool begun;
    enum gb17691_reason reason; /* of a fault */
    size_t fault_at;
};

void gb17691_blocks_begin(struct gb17691_blocks *blocks, const uint8_t *data, size_t len,
                          struct gb17691_reading reading);
/* The next item; after GB17691_END or GB17691_FAULT no more calls. */
enum gb17691_item gb17691_blocks_next(struct gb17691_blocks *blocks, struct gb17691_block *block);

/* What one reading of a data unit comes to. */
struct gb17691_fit {
    struct gb17691_reading reading;
    bool whole;                 /* consumed exactly */
    int score;                  /* plausibility; what is consumed but absurd is below 0 */
    size_t reached;             /* bytes read, or where the fault is */
    enum gb17691_reason reason; /* when not whole */
    size_t fault_at;
    bool twc;                          /* a type 03 was met */
    size_t bodies[GB17691_KIND_COUNT]; /* those read completely */
};

/* The best reading of a data unit that begins with a valid time: in the layout given, or in all
 * four. */
struct gb17691_fit gb17691_fit_best(enum codec_layout layout, const uint8_t *data, size_t len);

#endif
