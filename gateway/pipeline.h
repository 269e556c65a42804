/*
 * pipeline: one journal on its way to the registry: its reader, the thread that syncs it, its
 * uplink. Several take turns in one loop.
 *
 *     waiting for the journal ─▶ attached: uplink_step ─▶ another journal took its place ─▶ waiting
 *
 * Thread safety: one thread, the sync loop has its own.
 */
#ifndef EVROLL_GATEWAY_PIPELINE_H
#define EVROLL_GATEWAY_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/decode/decode.h"
#include "gateway/metrics.h"
#include "gateway/sync_loop.h"
#include "gateway/uplink/transport.h"
#include "shared/clock.h"
#include "shared/err.h"

/* The texts and parts must outlive the pipeline. */
struct pipeline_options {
    const char *gateway;   /* CN of the certificate */
    const char *dir;       /* of the journal; need not exist yet */
    const char *writer;    /* who makes it, for people */
    uint64_t budget_bytes; /* what the writer should have been given; 0: not to be compared */
    bool units_were_told;  /* of refusals, when they sent */
    struct decode *decode;
    struct transport *transport;
    const struct clock *clock;
    int64_t linger_ms;
    uint32_t rows_max;
};

struct pipeline;

enum err pipeline_open(const struct pipeline_options *options, struct pipeline **pipeline,
                       struct fault *fault) ERR_CHECKED;
void pipeline_close(struct pipeline *pipeline); /* NULL is allowed */

/* What syncs the journal. */
struct sync_loop *pipeline_sync(struct pipeline *pipeline);

/* One step; says what goes wrong. `*wait_ms`: how long nothing is to be done. False: asked to stop. */
bool pipeline_step(struct pipeline *pipeline, int64_t *wait_ms);

/* Where the journal stands. To be called every `every_ms`, which the rate is taken over. `pipeline`
 * may be NULL. */
void pipeline_stand(struct pipeline *pipeline, int64_t every_ms, struct metrics_journal *stand);

#endif
