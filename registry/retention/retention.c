#include "registry/retention/retention.h"

#include <stdlib.h>

#include "registry/store/store_partitions.h"
#include "shared/log.h"
#include "shared/when.h"

/* Rows a transaction, and units that are asked for them. */
#define SLICE_ROWS  500
#define SLICE_UNITS 50

static const struct {
    uint32_t least, by_default;
} limits[STORE_KEPT_COUNT] = {
    [STORE_KEPT_SAMPLES] = {7, 1100},
    [STORE_KEPT_EVIDENCE] = {1, 400},
    /* A finding looks back over the alarms of 180 days; without them it would close. */
    [STORE_KEPT_EVENTS] = {181, 1100},
    [STORE_KEPT_REJECTS] = {1, 400},
};

struct retention {
    struct retention_days keep;
    const struct clock *clock;
    enum retention_asker asker;
    bool working;
    int32_t day;         /* of the last pass */
    struct arena *arena; /* holds `unit` */
    const char *unit;    /* the last one that is done with */
    int64_t before_ms;   /* of this kind */
    struct retention_progress at;
};

enum err retention_days_settle(struct retention_days *keep, struct fault *fault)
{
    for (size_t i = 0; i < STORE_KEPT_COUNT; i++) {
        uint32_t *days = &keep->days[i];

        *days = *days == 0 ? limits[i].by_default : *days;
        if (*days < limits[i].least || *days > RETENTION_DAYS_MAX)
            return fault_set(fault, ERR_INPUT, "%s are kept for %u to %d days, not %u",
                             store_kept_name((enum store_kept_kind)i), limits[i].least,
                             RETENTION_DAYS_MAX, *days);
    }
    return ERR_OK;
}

int64_t retention_from(const struct retention_days *keep, enum store_kept_kind kind, int64_t now_ms)
{
    return (when_day_of(now_ms) - (int64_t)keep->days[kind]) * WHEN_DAY_MS - WHEN_ZONE_MS;
}

struct retention *retention_create(const struct retention_days *keep, const struct clock *clock,
                                   enum retention_asker asker)
{
    struct retention *r = mem_alloc(1, sizeof *r);

    r->keep = *keep;
    r->clock = clock;
    r->asker = asker;
    r->day = INT32_MIN;
    r->arena = arena_create();
    return r;
}

void retention_destroy(struct retention *retention)
{
    if (retention == NULL)
        return;
    arena_destroy(retention->arena);
    free(retention);
}

/* ---- from kind to kind ---- */

static void begin_kind(struct retention *r, enum store_kept_kind kind)
{
    r->at = (struct retention_progress){.kind = kind};
    r->before_ms = STORE_KEPT_ALL;
    arena_reset(r->arena);
    r->unit = "";
}

static void end_kind(struct retention *r)
{
    char from[WHEN_INSTANT_TEXT];

    when_instant_format(r->before_ms, from);
    if (r->at.rows > 0)
        log_info("retention", "%s before %s: %lld rows, %lld bytes removed",
                 store_kept_name(r->at.kind), from, (long long)r->at.rows, (long long)r->at.bytes);
    if (r->at.kind + 1 < STORE_KEPT_COUNT)
        begin_kind(r, r->at.kind + 1);
    else
        r->working = false;
}

/* ---- one transaction ---- */

struct slice {
    struct arena *arena;
    const char *unit; /* done with, when the slice is committed */
    int64_t before_ms;
    struct store_removed removed;
    bool ended; /* there is no other unit */
};

static enum err remove_of_units(const struct retention *r, struct sql *db, struct slice *slice,
                                struct fault *fault)
{
    struct store_removal removal = {r->at.kind, NULL, slice->before_ms, SLICE_ROWS};
    enum err err = ERR_OK;

    for (int i = 0; i < SLICE_UNITS && slice->removed.rows < SLICE_ROWS; i++) {
        struct store_removed removed;

        err = store_kept_next_unit(db, slice->arena, r->at.kind, slice->unit, &removal.unit, fault);
        slice->ended = err == ERR_OK && removal.unit == NULL;
        if (err != ERR_OK || slice->ended)
            return err;
        err = store_kept_remove(db, &removal, &removed, fault);
        if (err != ERR_OK)
            return err;
        slice->removed.rows += removed.rows;
        slice->removed.bytes += removed.bytes;
        if (removed.rows < SLICE_ROWS)
            slice->unit = removal.unit;
    }
    return ERR_OK;
}

/* Whole months at once, where the database can. */
static enum err remove_some(const struct retention *r, struct sql *db, struct slice *slice,
                            struct fault *fault)
{
    bool dropped = false;
    enum err err = ERR_OK;

    if (r->at.kind == STORE_KEPT_SAMPLES)
        err = store_partition_drop(db, slice->before_ms, &slice->removed, &dropped, fault);
    return err == ERR_OK && !dropped ? remove_of_units(r, db, slice, fault) : err;
}

static enum err advance(const struct retention *r, struct sql *db, int64_t *before_ms,
                        struct fault *fault)
{
    int64_t from_ms = retention_from(&r->keep, r->at.kind, clock_wall_ms(r->clock));
    struct store_kept kept[STORE_KEPT_COUNT];
    int64_t most_ms = 0;
    enum err err = store_kept_read(db, kept, fault);

    if (err != ERR_OK)
        return err;
    most_ms = kept[r->at.kind].kept_from_ms == STORE_KEPT_ALL
                  ? INT64_MAX
                  : kept[r->at.kind].kept_from_ms + RETENTION_LEAP_DAYS * WHEN_DAY_MS;
    if (from_ms > most_ms && r->asker == RETENTION_ITSELF) {
        log_warn(
            "retention",
            "%s of %lld days more would go at once; %d days of them today. Is the clock right? "
            "evroll-registry retention run removes all of it",
            store_kept_name(r->at.kind), (long long)((from_ms - most_ms) / WHEN_DAY_MS),
            RETENTION_LEAP_DAYS);
        from_ms = most_ms;
    }
    return store_kept_advance(db, r->at.kind, from_ms, before_ms, fault);
}

/* What is kept moves on in a transaction of its own: it holds before anything is removed. */
static enum err work(const struct retention *r, struct sql *db, struct slice *slice, bool *locked,
                     struct fault *fault)
{
    enum err err = sql_try_lock(db, SQL_LOCK_RETENTION, locked, fault);

    if (err != ERR_OK || !*locked)
        return err;
    if (r->before_ms != STORE_KEPT_ALL)
        return remove_some(r, db, slice, fault);
    if (r->at.kind == STORE_KEPT_SAMPLES)
        err = store_partitions_make(db, clock_wall_ms(r->clock), fault);
    if (err != ERR_OK)
        return err;
    return advance(r, db, &slice->before_ms, fault);
}

static enum err transaction(const struct retention *r, struct sql *db, struct slice *slice,
                            bool *locked, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_WRITE_SHARED, fault);

    *locked = false;
    if (err == ERR_OK)
        err = work(r, db, slice, locked, fault);
    if (err == ERR_OK)
        return sql_commit(db, fault);
    sql_rollback(db);
    return err;
}

static void note(struct retention *r, const struct slice *slice)
{
    if (slice->unit != r->unit) {
        arena_reset(r->arena);
        r->unit = arena_text(r->arena, slice->unit);
    }
    r->before_ms = slice->before_ms;
    r->at.rows += slice->removed.rows;
    r->at.bytes += slice->removed.bytes;
    if (slice->ended)
        end_kind(r);
}

static enum err remove_slice(struct retention *r, struct sql *db, size_t *did, struct fault *fault)
{
    struct slice slice = {.arena = arena_create(), .unit = r->unit, .before_ms = r->before_ms};
    bool locked = false;
    enum err err = transaction(r, db, &slice, &locked, fault);

    if (err == ERR_OK && locked)
        note(r, &slice);
    if (err == ERR_OK && !locked)
        r->working = false;
    *did = err == ERR_OK && locked;
    r->at.busy = err == ERR_OK && !locked;
    arena_destroy(slice.arena);
    return err;
}

/* ---- a pass ---- */

/* A pass a day, and one after the start for what an earlier one left. */
static void begin_pass(struct retention *r, size_t *did)
{
    int32_t today = when_day_of(clock_wall_ms(r->clock));

    if (today == r->day && !r->at.busy)
        return;
    r->day = today;
    r->working = true;
    begin_kind(r, (enum store_kept_kind)0);
    *did = 1;
}

enum err retention_step(struct retention *retention, struct sql *db, size_t *did,
                        struct retention_progress *progress, struct fault *fault)
{
    enum err err = ERR_OK;

    *did = 0;
    if (retention->working)
        err = remove_slice(retention, db, did, fault);
    else
        begin_pass(retention, did);
    *progress = retention->at;
    return err;
}
