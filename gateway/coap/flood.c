#include "gateway/coap/flood.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/unit.h"

struct bucket {
    char unit[UNIT_NAME_MAX + 1];
    double tokens;
    int64_t at_ms;
};

struct flood {
    double per_ms, burst; /* in the costs of flood.h */
    void *root;           /* tsearch(3) */
    size_t count;
};

struct flood *flood_create(uint32_t per_s, uint32_t burst)
{
    struct flood *flood = mem_alloc(1, sizeof *flood);

    flood->per_ms = (double)per_s * FLOOD_MESSAGE / 1000;
    flood->burst = (double)burst * FLOOD_MESSAGE;
    return flood;
}

void flood_destroy(struct flood *flood)
{
    if (flood == NULL)
        return;
    tdestroy(flood->root, free);
    free(flood);
}

size_t flood_units(const struct flood *flood)
{
    return flood->count;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct bucket *)a)->unit, ((const struct bucket *)b)->unit);
}

static struct bucket *bucket_of(struct flood *flood, const char *unit, int64_t now_ms)
{
    struct bucket key = {.tokens = flood->burst, .at_ms = now_ms};
    struct bucket **place = NULL;

    strncpy(key.unit, unit, UNIT_NAME_MAX);
    place = tsearch(&key, &flood->root, compare);
    if (place == NULL)
        mem_exhausted(sizeof key);
    if (*place == &key) { /* new: the tree holds a pointer to our stack until here */
        *place = mem_alloc(1, sizeof key);
        **place = key;
        flood->count++;
    }
    return *place;
}

static void fill(const struct flood *flood, struct bucket *bucket, int64_t now_ms)
{
    bucket->tokens += (double)(now_ms - bucket->at_ms) * flood->per_ms;
    if (bucket->tokens > flood->burst)
        bucket->tokens = flood->burst;
    bucket->at_ms = now_ms;
}

uint32_t flood_take(struct flood *flood, const char *unit, uint32_t cost, int64_t now_ms)
{
    struct bucket *bucket = bucket_of(flood, unit, now_ms);

    fill(flood, bucket, now_ms);
    if (bucket->tokens < cost)
        return 1 + (uint32_t)((cost - bucket->tokens) / (flood->per_ms * 1000));
    bucket->tokens -= cost;
    return 0;
}

struct sweep {
    const struct flood *flood;
    int64_t now_ms;
    struct bucket **full;
    size_t count;
};

static void collect_full(const void *node, VISIT visit, void *arg)
{
    struct sweep *sweep = arg;
    struct bucket *bucket = *(struct bucket *const *)node;

    if (visit != postorder && visit != leaf)
        return;
    fill(sweep->flood, bucket, sweep->now_ms);
    if (bucket->tokens >= sweep->flood->burst)
        sweep->full[sweep->count++] = bucket;
}

void flood_sweep(struct flood *flood, int64_t now_ms)
{
    struct sweep sweep = {.flood = flood, .now_ms = now_ms};

    if (flood->count == 0)
        return;
    sweep.full = mem_alloc(flood->count, sizeof(struct bucket *));
    twalk_r(flood->root, collect_full, &sweep);
    for (size_t i = 0; i < sweep.count; i++) {
        (void)tdelete(sweep.full[i], &flood->root, compare);
        free(sweep.full[i]);
    }
    flood->count -= sweep.count;
    free((void *)sweep.full);
}
