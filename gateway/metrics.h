/*
 * metrics: what the gateway has done, as Prometheus text in a file that a node exporter's textfile
 * collector reads. Each writing replaces the file as a whole.
 */
#ifndef EVROLL_GATEWAY_METRICS_H
#define EVROLL_GATEWAY_METRICS_H

#include "gateway/decode/decode.h"
#include "gateway/journal/journal.h"
#include "gateway/relay/relay.h"
#include "gateway/room.h"
#include "gateway/uplink/uplink.h"
#include "shared/err.h"

struct metrics {
    const struct decode_counts *decoded;
    const struct uplink_counts *sent; /* NULL while there is no journal */
    struct journal_extent extent;
    struct room room;
    const struct relay_counts *relay; /* NULL without relay */
};

/* Creates the directory when it is not there. */
enum err metrics_write(const char *path, const struct metrics *metrics,
                       struct fault *fault) ERR_CHECKED;

#endif
