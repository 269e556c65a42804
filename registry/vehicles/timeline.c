#include "registry/vehicles/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/vehicles/vehicle.h"
#include "shared/when.h"

struct cuts {
    int32_t *days;
    size_t count, cap;
    struct arena *arena;
};

static void cut(struct cuts *cuts, int32_t day)
{
    if (cuts->count == cuts->cap) {
        int32_t *old = cuts->days;
        cuts->cap = cuts->cap == 0 ? 16 : cuts->cap * 2;
        cuts->days = ARENA_ARRAY(cuts->arena, int32_t, cuts->cap);
        if (old != NULL)
            memcpy(cuts->days, old, cuts->count * sizeof *old);
    }
    cuts->days[cuts->count++] = day;
}

static int by_day(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left;
    int32_t b = *(const int32_t *)right;

    return (a > b) - (a < b);
}

/* Every day on which something may begin or end, sorted, each once, with "never" as the last. */
static void cuts_make(const struct timeline_sources *s, struct cuts *cuts)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->version_count; i++) {
        const struct store_vehicle *v = &s->versions[i];
        const struct owner_kinds *kinds = s->kinds(s->kinds_arg, v->owner_id);

        cut(cuts, v->valid_from);
        cut(cuts, v->added);
        cut(cuts, v->removed);
        for (size_t k = 0; k < kinds->count; k++)
            cut(cuts, kinds->items[k].from);
    }
    for (size_t i = 0; i < s->exemption_count; i++) {
        cut(cuts, s->exemptions[i].from);
        cut(cuts, s->exemptions[i].until);
    }
    cut(cuts, WHEN_DAY_NEVER);
    qsort(cuts->days, cuts->count, sizeof *cuts->days, by_day);
    for (size_t i = 0; i < cuts->count; i++)
        if (kept == 0 || cuts->days[i] != cuts->days[kept - 1])
            cuts->days[kept++] = cuts->days[i];
    cuts->count = kept;
}

const struct store_vehicle *timeline_state(const struct store_vehicle *versions, size_t count,
                                           int32_t day)
{
    const struct store_vehicle *state = NULL;

    for (size_t i = 0; i < count && versions[i].valid_from <= day; i++)
        state = &versions[i];
    return state;
}

static int kind_on(const struct owner_kinds *kinds, int32_t day)
{
    int kind = OWNER_NONE;

    for (size_t i = 0; i < kinds->count && kinds->items[i].from <= day; i++)
        kind = kinds->items[i].kind;
    return kind;
}

static struct count_dims dims_on(const struct timeline_sources *s, const struct store_vehicle *v,
                                 int32_t day)
{
    struct vehicle vehicle = {.at = *v};

    vehicle.owner_kind = (enum owner_kind)kind_on(s->kinds(s->kinds_arg, v->owner_id), day);
    for (size_t i = 0; i < s->exemption_count; i++)
        if (s->exemptions[i].from <= day && day < s->exemptions[i].until)
            vehicle.exempt |= 1u << s->exemptions[i].reason;
    return vehicle_dims(&vehicle);
}

static void find_addition(const struct timeline_sources *s, struct timeline *timeline)
{
    int32_t day;
    const struct store_vehicle *state;

    if (s->version_count == 0)
        return;
    day = s->versions[s->version_count - 1].added;
    state = timeline_state(s->versions, s->version_count, day);
    if (state == NULL)
        return;
    timeline->added = true;
    timeline->added_day = day;
    timeline->added_dims = dims_on(s, state, day);
}

struct timeline timeline_make(const struct timeline_sources *s, struct arena *arena)
{
    struct cuts cuts = {.arena = arena};
    struct timeline timeline = {0};

    cuts_make(s, &cuts);
    timeline.segments = ARENA_ARRAY(arena, struct segment, cuts.count);
    for (size_t i = 0; i + 1 < cuts.count; i++) {
        int32_t day = cuts.days[i];
        const struct store_vehicle *state = timeline_state(s->versions, s->version_count, day);

        if (state == NULL || day < state->added || day >= state->removed)
            continue;
        timeline.segments[timeline.count++] = (struct segment){
            .from = day,
            .to = cuts.days[i + 1],
            .dims = dims_on(s, state, day),
            .unit = state->unit,
        };
    }
    find_addition(s, &timeline);
    return timeline;
}

struct store_bindings timeline_bindings(const struct timeline *timeline, const char *vehicle_id,
                                        struct arena *arena)
{
    struct store_bindings out = {ARENA_ARRAY(arena, struct store_binding, timeline->count), 0};

    for (size_t i = 0; i < timeline->count; i++) {
        const struct segment *s = &timeline->segments[i];
        struct store_binding *last = out.count > 0 ? &out.items[out.count - 1] : NULL;

        if (s->unit[0] == '\0')
            continue;
        if (last != NULL && last->to == s->from && strcmp(last->unit, s->unit) == 0) {
            last->to = s->to;
            continue;
        }
        last = &out.items[out.count++];
        *last = (struct store_binding){.from = s->from, .to = s->to};
        snprintf(last->unit, sizeof last->unit, "%s", s->unit);
        snprintf(last->vehicle_id, sizeof last->vehicle_id, "%s", vehicle_id);
    }
    return out;
}
