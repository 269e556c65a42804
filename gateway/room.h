/*
 * room: for how long the journal can still take what units send, when nothing leaves it. Pure, but
 * for room_rate, which reads the last entries.
 */
#ifndef EVROLL_GATEWAY_ROOM_H
#define EVROLL_GATEWAY_ROOM_H

#include <stdint.h>

#include "gateway/journal/journal.h"

#define ROOM_ENTRY_OVERHEAD 56.0 /* bytes of an entry beside its payload: header, name, padding */

struct room {
    uint64_t bytes;
    double hours; /* INFINITY while nothing comes in */
};

struct room room_of(const struct journal_extent *extent, double bytes_per_s);

/* Bytes a second over the last 1,000 entries up to now. Moves the reader. */
double room_rate(struct journal_reader *reader, const struct journal_extent *extent,
                 int64_t now_ms);

#endif
