#include "gateway/uplink/backoff.h"

#define DOUBLINGS 6 /* 1 s · 2^6 is above the last ceiling */

/* splitmix64: good enough to spread gateways, and the same again for a test's seed. */
static uint64_t draw(uint64_t *seed)
{
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t backoff_next(struct backoff *backoff, int64_t retry_after_s)
{
    int64_t ceiling = least((int64_t)BACKOFF_FIRST_MS << backoff->tries, BACKOFF_LAST_MS);
    int64_t asked = 0;

    if (backoff->tries < DOUBLINGS)
        backoff->tries++;
    if (retry_after_s > 0)
        asked = least(retry_after_s, BACKOFF_RETRY_AFTER_MS / 1000) * 1000;
    return asked + (int64_t)(draw(&backoff->seed) % (uint64_t)(ceiling + 1));
}

void backoff_reset(struct backoff *backoff)
{
    backoff->tries = 0;
}
