/*
 * metrics: what the plugin counts, and the file in which Prometheus's node exporter (textfile
 * collector) or anybody else finds it. Counted since the broker started. One thread.
 */
#ifndef EVROLL_GATEWAY_BROKER_PLUGIN_METRICS_H
#define EVROLL_GATEWAY_BROKER_PLUGIN_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/broker_plugin/policy.h"
#include "shared/err.h"

struct metrics {
    uint64_t accepted; /* publishes that are in the journal */
    uint64_t refused[VERDICT_COUNT];
    uint64_t kicked;           /* live sessions ended because the certificate was revoked */
    uint64_t errors_published; /* messages handed on to units from the outbox */
    uint64_t outbox_skipped;   /* outbox entries that are damaged or no messages to a unit */
    size_t connected;          /* units, now */
};

/* Writes FILE.new and renames it over FILE. */
enum err metrics_write(const struct metrics *metrics, const char *file,
                       struct fault *fault) ERR_CHECKED;

#endif
