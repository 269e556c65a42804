#include "shared/codec/gather.h"

#include <stdlib.h>
#include <string.h>

/* Of two states the worse one holds for both: what is not signed at all is worth less than a
 * signature that could be checked later. */
static const uint8_t worth[SIGNATURE_COUNT] = {
    [SIGNATURE_BAD] = 0, [SIGNATURE_NONE] = 1, [SIGNATURE_UNKNOWN] = 2, [SIGNATURE_GOOD] = 3};

struct place {
    int64_t at_ms;
    size_t index;
};

void gather_begin(struct gather *gather, struct arena *arena, size_t expected, size_t limit)
{
    size_t cap = expected < limit ? expected : limit;

    *gather = (struct gather){.arena = arena, .cap = cap > 0 ? cap : 1, .limit = limit};
    gather->samples = ARENA_ARRAY(arena, struct sample, gather->cap);
}

static void grow(struct gather *gather)
{
    size_t cap = gather->cap * 2 < gather->limit ? gather->cap * 2 : gather->limit;
    struct sample *samples = ARENA_ARRAY(gather->arena, struct sample, cap);

    memcpy(samples, gather->samples, gather->count * sizeof *samples);
    gather->samples = samples;
    gather->cap = cap;
}

struct sample *gather_at(struct gather *gather, int64_t at_ms)
{
    struct sample *last = gather->samples + gather->count;

    if (gather->count > gather->group && last[-1].at_ms == at_ms)
        return last - 1;
    if (gather->count == gather->limit)
        return NULL;
    if (gather->count == gather->cap) {
        grow(gather);
        last = gather->samples + gather->count;
    }
    last->at_ms = at_ms;
    gather->count++;
    return last;
}

bool gather_group_is_empty(const struct gather *gather)
{
    return gather->group == gather->count;
}

void gather_sign(struct gather *gather, enum signature_state state)
{
    for (; gather->group < gather->count; gather->group++)
        gather->samples[gather->group].signature = (uint8_t)state;
}

static int place_compare(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void sample_overlay(struct sample *below, const struct sample *above)
{
    uint32_t said = above->present | above->invalid | above->abnormal | above->out_of_range;

    below->present = (below->present & ~said) | above->present;
    below->invalid = (below->invalid & ~said) | above->invalid;
    below->abnormal = (below->abnormal & ~said) | above->abnormal;
    below->out_of_range = (below->out_of_range & ~said) | above->out_of_range;
    for (; said != 0; said &= said - 1)
        below->value[__builtin_ctz(said)] = above->value[__builtin_ctz(said)];
    if (worth[above->signature] < worth[below->signature])
        below->signature = above->signature;
}

static void sort(struct gather *gather)
{
    struct place *places = ARENA_ARRAY(gather->arena, struct place, gather->count);
    struct sample *sorted = ARENA_ARRAY(gather->arena, struct sample, gather->count);
    size_t count = 0;

    for (size_t i = 0; i < gather->count; i++)
        places[i] = (struct place){gather->samples[i].at_ms, i};
    qsort(places, gather->count, sizeof *places, place_compare);
    for (size_t i = 0; i < gather->count; i++) {
        const struct sample *next = &gather->samples[places[i].index];
        if (count > 0 && sorted[count - 1].at_ms == next->at_ms)
            sample_overlay(&sorted[count - 1], next);
        else
            sorted[count++] = *next;
    }
    gather->samples = sorted;
    gather->count = count;
}

void gather_end(struct gather *gather, struct codec_result *result)
{
    for (size_t i = 1; i < gather->count; i++) {
        if (gather->samples[i - 1].at_ms >= gather->samples[i].at_ms) {
            sort(gather);
            break;
        }
    }
    result->samples = gather->count > 0 ? gather->samples : NULL;
    result->count = gather->count;
}
