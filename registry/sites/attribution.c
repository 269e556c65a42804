#include "registry/sites/attribution.h"

#include <string.h>

#include "registry/sites/site.h"
#include "shared/when.h"

const struct attribution_rules attribution_rules_default = {
    .window_days = 90,
    .share = 50,
    .located = 80,
    .operating_min_ms = 10 * WHEN_HOUR_MS,
};

#define RULES (&attribution_rules_default)

/* Time of some days. */
struct sums {
    int64_t operating_ms, located_ms, built_up_ms;
};

struct spans {
    struct store_built_up *items;
    size_t count, room;
};

static void add(struct sums *sums, const struct store_day_place *day, int sign)
{
    sums->operating_ms += sign * day->operating_ms;
    sums->located_ms += sign * day->located_ms;
    sums->built_up_ms += sign * day->built_up_ms;
}

static bool decides(const struct sums *s)
{
    return s->operating_ms >= RULES->operating_min_ms && s->located_ms > 0 &&
           s->located_ms * 100 >= s->operating_ms * RULES->located;
}

static bool is_inside(const struct sums *s)
{
    return s->built_up_ms * 100 >= s->located_ms * RULES->share;
}

/* ---- days with a built-up area ---- */

/* Does a version hold on the day that is one? */
static bool area_on(const struct store_area_version *versions, size_t count, int32_t day)
{
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count || strcmp(versions[i].site_id, versions[i + 1].site_id) != 0 ||
                    versions[i + 1].valid_from > day;
        if (versions[i].is && versions[i].valid_from <= day && last)
            return true;
    }
    return false;
}

/* Leaves out the days without one. */
static size_t keep_days(struct store_day_place *days, size_t count,
                        const struct store_area_version *areas, size_t area_count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (area_on(areas, area_count, days[i].day))
            days[kept++] = days[i];
    return kept;
}

static enum err load_days(struct sql *db, struct arena *arena, const char *vehicle_id, int32_t from,
                          int32_t to, struct store_day_place **days, size_t *count,
                          struct fault *fault)
{
    struct store_area_version *areas = NULL;
    size_t area_count = 0;
    enum err err = store_area_versions(db, arena, SITE_BUILT_UP, &areas, &area_count, fault);

    if (err == ERR_OK)
        err = store_day_places(db, arena, vehicle_id, from, to, days, count, fault);
    if (err == ERR_OK)
        *count = keep_days(*days, *count, areas, area_count);
    return err;
}

/* ---- spans ---- */

static void put_span(struct spans *spans, struct arena *arena, struct store_built_up span)
{
    struct store_built_up *last = spans->items == NULL ? NULL : &spans->items[spans->count - 1];

    if (span.from >= span.to)
        return;
    if (last != NULL && last->to == span.from && last->derived == span.derived &&
        last->declared == span.declared) {
        last->to = span.to;
        return;
    }
    if (spans->items == NULL || spans->count == spans->room) {
        struct store_built_up *old = spans->items;
        spans->room = spans->room * 2 + 16;
        spans->items = ARENA_ARRAY(arena, struct store_built_up, spans->room);
        if (old != NULL)
            memcpy(spans->items, old, spans->count * sizeof *old);
    }
    spans->items[spans->count++] = span;
}

static int32_t later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t sooner(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Beside each declared value that held in the days of the decision. */
static void beside_declared(struct spans *spans, struct arena *arena,
                            const struct store_vehicles *versions, struct store_built_up span)
{
    for (size_t i = 0; i < versions->count; i++) {
        int32_t end = i + 1 == versions->count ? WHEN_DAY_NEVER : versions->items[i + 1].valid_from;
        struct store_built_up part = {.from = later(span.from, versions->items[i].valid_from),
                                      .to = sooner(span.to, end),
                                      .derived = span.derived,
                                      .declared = versions->items[i].built_up};
        put_span(spans, arena, part);
    }
}

/* The sums of the window change on the day after a day with time, when it comes in, and window_days
 * later, when it goes out; between two such days the decision is one. */
static void decide_days(struct spans *spans, struct arena *arena,
                        const struct store_vehicles *versions, const struct store_day_place *days,
                        size_t count)
{
    struct sums sums = {0};
    size_t in = 0, out = 0;

    while (out < count) {
        int32_t leaves = days[out].day + 1 + RULES->window_days;
        int32_t day = in < count ? sooner(days[in].day + 1, leaves) : leaves;
        int32_t next = 0;
        for (; in < count && days[in].day + 1 <= day; in++)
            add(&sums, &days[in], 1);
        for (; out < in && days[out].day + 1 + RULES->window_days <= day; out++)
            add(&sums, &days[out], -1);
        if (out == count)
            break;
        next = out < in ? days[out].day + 1 + RULES->window_days : days[in].day + 1;
        if (in < count)
            next = sooner(next, days[in].day + 1);
        if (decides(&sums))
            beside_declared(
                spans, arena, versions,
                (struct store_built_up){.from = day, .to = next, .derived = is_inside(&sums)});
    }
}

static enum err decide(struct sql *db, struct arena *arena, const char *vehicle_id,
                       struct fault *fault)
{
    struct store_vehicles versions;
    struct store_day_place *days = NULL;
    struct spans spans = {0};
    size_t count = 0;
    enum err err = store_vehicle_versions(db, vehicle_id, arena, &versions, fault);

    if (err == ERR_OK)
        err = load_days(db, arena, vehicle_id, INT32_MIN, INT32_MAX, &days, &count, fault);
    if (err != ERR_OK)
        return err;
    decide_days(&spans, arena, &versions, days, count);
    return store_built_up_put(db, vehicle_id, spans.items, spans.count, fault);
}

/* Taken out first, so that what changes meanwhile puts it in again. */
static enum err decide_queued(struct sql *db, const char *vehicle_id, struct fault *fault)
{
    struct arena *arena = arena_create();
    enum err err = store_built_up_take(db, vehicle_id, fault);

    if (err == ERR_OK)
        err = decide(db, arena, vehicle_id, fault);
    arena_destroy(arena);
    return err;
}

enum err attribution_step(struct sql *db, int64_t until_ms, bool *did, struct fault *fault)
{
    char vehicle_id[VEHICLE_ID_SIZE];
    enum err err = store_built_up_next(db, until_ms, did, vehicle_id, fault);

    if (err == ERR_OK && *did)
        err = sql_begin(db, SQL_WRITE, fault);
    if (err != ERR_OK || !*did)
        return err;
    err = decide_queued(db, vehicle_id, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

/* ---- questions ---- */

static const struct store_vehicle *state_on(const struct store_vehicles *versions, int32_t day)
{
    const struct store_vehicle *state = NULL;

    for (size_t i = 0; i < versions->count && versions->items[i].valid_from <= day; i++)
        state = &versions->items[i];
    return state;
}

enum err attribution_of(struct sql *db, struct arena *arena, const char *vehicle_id, int32_t day,
                        struct attribution *a, struct fault *fault)
{
    const struct store_vehicle *state = NULL;
    struct store_vehicles versions;
    struct store_day_place *days = NULL;
    struct sums sums = {0};
    size_t count = 0;
    enum err err = store_vehicle_versions(db, vehicle_id, arena, &versions, fault);

    *a = (struct attribution){.from = day - RULES->window_days, .to = day};
    if (err == ERR_OK)
        err = load_days(db, arena, vehicle_id, a->from, a->to, &days, &count, fault);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < count; i++)
        add(&sums, &days[i], 1);
    state = state_on(&versions, day);
    a->known = state != NULL;
    a->declared = state != NULL && state->built_up;
    a->decided = decides(&sums);
    a->derived = a->decided && is_inside(&sums);
    a->used = a->decided ? a->derived : a->declared;
    a->operating_ms = sums.operating_ms;
    a->located_ms = sums.located_ms;
    a->built_up_ms = sums.built_up_ms;
    return ERR_OK;
}

enum err attribution_differing(struct sql *db, int32_t day, store_built_up_row *each, void *arg,
                               struct fault *fault)
{
    return store_built_up_differing(db, day, each, arg, fault);
}
