/*
 * metrics: what the gateway has done, as Prometheus text in a file that a node exporter's textfile
 * collector reads. Each writing replaces the file as a whole.
 */
#ifndef EVROLL_GATEWAY_METRICS_H
#define EVROLL_GATEWAY_METRICS_H

#include "gateway/coap/endpoint.h"
#include "gateway/decode/decode.h"
#include "gateway/journal/journal.h"
#include "gateway/relay/relay.h"
#include "gateway/room.h"
#include "gateway/uplink/uplink.h"
#include "shared/err.h"

enum { METRICS_MQTT, METRICS_COAP, METRICS_JOURNALS };

/* "mqtt", "coap". */
const char *metrics_journal_name(size_t journal);

struct metrics_journal {
    const struct uplink_counts *sent; /* NULL while there is no journal */
    struct journal_extent extent;
    struct room room;
};

struct metrics {
    const struct decode_counts *decoded;
    struct metrics_journal journals[METRICS_JOURNALS];
    const struct relay_counts *relay;       /* NULL without relay */
    const struct endpoint_counts *endpoint; /* NULL without CoAP */
};

/* Creates the directory when it is not there. */
enum err metrics_write(const char *path, const struct metrics *metrics,
                       struct fault *fault) ERR_CHECKED;

#endif
