#include "registry/rollup/pace.h"

void pace_count(struct pace *pace, const struct rollup_did *did, int64_t spent_ms)
{
    if (did->hours > 0)
        pace->again_ms += spent_ms * (int64_t)did->again / (int64_t)did->hours;
}

bool pace_may_begin(struct pace *pace, int64_t now_ms)
{
    int64_t rest_ms = pace->again_ms * PACE_REST_TIMES;

    if (rest_ms > 0) {
        pace->rest_until_ms = now_ms + (rest_ms < PACE_REST_MAX_MS ? rest_ms : PACE_REST_MAX_MS);
        pace->again_ms = 0;
    }
    return now_ms >= pace->rest_until_ms;
}
