/*
 * backoff: how long to wait before the next try. Full jitter: a random time below a ceiling that
 * doubles from 1 s to 60 s, so that a thousand gateways do not come back in step. What the other
 * side asks for (Retry-After) is waited out first, up to 10 minutes. Plain value, one thread.
 */
#ifndef EVROLL_GATEWAY_UPLINK_BACKOFF_H
#define EVROLL_GATEWAY_UPLINK_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS       1000
#define BACKOFF_LAST_MS        60000
#define BACKOFF_RETRY_AFTER_MS 600000

struct backoff {
    uint64_t seed;
    unsigned tries;
};

/* Milliseconds to wait; `retry_after_s` below 0 means not given. */
int64_t backoff_next(struct backoff *backoff, int64_t retry_after_s);

/* It worked. */
void backoff_reset(struct backoff *backoff);

#endif
