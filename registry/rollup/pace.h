/*
 * pace: when the rollup's next round may begin.
 *
 * An hour that is still being filled is settled anew for whatever came since the last time, and each
 * time costs the same, however little came. So a round is followed by a rest of PACE_REST_TIMES what it
 * spent on hours that had been settled before, at most PACE_REST_MAX_MS: the more there is to do, the
 * more comes together for one time. Hours that are new, a backlog's, cost no rest.
 *
 * A value; one thread at a time. Times are of one monotonic clock, in milliseconds.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_PACE_H
#define EVROLL_REGISTRY_ROLLUP_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/rollup/rollup.h"

#define PACE_REST_TIMES  4
#define PACE_REST_MAX_MS 30000

struct pace {
    int64_t again_ms; /* of the round in hand */
    int64_t rest_until_ms;
};

/* A step of a round took `spent_ms`. */
void pace_count(struct pace *pace, const struct rollup_did *did, int64_t spent_ms);

/* The round has nothing left to do: whether the next one may begin. */
bool pace_may_begin(struct pace *pace, int64_t now_ms);

#endif
