/*
 * gb17691_encode: samples and events → frames of GB 17691 / HJ 1239.3, as a terminal sends them.
 *
 * Good for: units, tests. A type 02 body carries lat, lon, speed, odo, rpm, fuel, nox, urea; type 01
 * mil; type 04 soc, batt_v, batt_a; charging, mode and hours have no place and are left out. A
 * sample takes the blocks of which it says anything. In a block of types 02 and 04 a signal that is
 * absent is written as not available and decodes as invalid; the other fields are not available.
 * A number beyond its field is written into the band above the valid one and decodes as out of
 * range. Times are whole seconds of 2000..2199, what is finer is cut off.
 *
 * What is encoded decodes in the same layout to the same samples, rounded to the steps of the
 * fields. At most GB17691_ENCODE_BODIES samples go into a frame; in layouts without collection time
 * only consecutive seconds share one, and only samples with the same blocks. Result in the arena;
 * the limits of codec.h are the caller's to keep. Errors: none (memory: arena.h). No state, any
 * thread.
 */
#ifndef EVROLL_SHARED_CODEC_GB17691_ENCODE_H
#define EVROLL_SHARED_CODEC_GB17691_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/codec/gb17691.h"
#include "shared/sample.h"

#define GB17691_ENCODE_BODIES 10

/* Signs `data`; false when it cannot, and the frame goes without. */
typedef bool gb17691_sign(void *arg, const uint8_t *data, size_t len, uint8_t r[static 32],
                          uint8_t s[static 32]);

struct gb17691_encode_options {
    const char *vin; /* 17 characters; fewer are filled up with '0' */
    enum gb17691_header header;
    enum codec_layout layout; /* not CODEC_LAYOUT_AUTO */
    uint8_t version;
    uint8_t encryption;    /* 0 is GB17691_CLEAR; the data unit stays clear whatever it says */
    uint16_t serial;       /* of the first frame; counted up */
    gb17691_sign *sign;    /* NULL: not signed */
    bool sign_every_block; /* as some terminals of layout L2 do, instead of once at the end */
    void *sign_arg;
};

struct gb17691_bytes {
    uint8_t *at;
    size_t len;
};

/* GB17691_REALTIME or GB17691_REISSUE frames, one behind the other. `samples` in order of time. */
struct gb17691_bytes gb17691_encode_samples(const struct gb17691_encode_options *options,
                                            enum gb17691_command command,
                                            const struct sample *samples, size_t count,
                                            struct arena *arena);

/* The ICCID is cut or filled up with '0' to 20 characters. */
struct gb17691_bytes gb17691_encode_login(const struct gb17691_encode_options *options,
                                          int64_t at_ms, const char *iccid, struct arena *arena);
struct gb17691_bytes gb17691_encode_logout(const struct gb17691_encode_options *options,
                                           int64_t at_ms, struct arena *arena);
struct gb17691_bytes gb17691_encode_time_sync(const struct gb17691_encode_options *options,
                                              struct arena *arena);
/* Time and position of the sample. */
struct gb17691_bytes gb17691_encode_tamper(const struct gb17691_encode_options *options,
                                           const struct sample *sample, struct arena *arena);

#endif
