#include "registry/rollup/rollup.h"

#include <stdlib.h>
#include <string.h>

#include "registry/ingest/sorting.h"
#include "registry/rollup/activity.h"
#include "registry/rollup/hour_place.h"
#include "registry/rollup/hour_rows.h"
#include "registry/rollup/signals.h"
#include "registry/store/store_blocks.h"
#include "registry/store/store_finding_queue.h"
#include "registry/store/store_hours.h"
#include "registry/store/store_queue.h"
#include "registry/store/store_retention.h"
#include "shared/log.h"

/* One hour on its way. */
struct work {
    struct sql *db;
    struct arena *arena;
    const char *unit;
    int64_t hour;
    int64_t now_ms;
    int64_t kept_from_ms; /* samples before it were removed */
    int64_t rows_new;
    struct hour_rows in;
    bool has_old, has_before;
    struct store_hour old, before;
    struct store_hour out;
    struct store_hour_signals signals;
    struct hour_place place;
    bool has_next;
    int64_t next_hour;
};

static bool decode_last(const struct work *w, struct sample *sample)
{
    struct block block = {0};

    if (!w->has_before || w->before.last_sample_len == 0 ||
        block_decode(w->before.last_sample, w->before.last_sample_len, w->arena, &block, NULL) !=
            ERR_OK)
        return false;
    *sample = block.rows[0].sample;
    return true;
}

/* Kept as a block of one row, so that it has the block's encoding and checks. */
static void encode_last(struct work *w, const struct sample *sample)
{
    struct block_row row = {.sample = *sample, .received_ms = sample->at_ms};
    const struct block block = {.rows = &row, .count = 1};
    uint8_t *bytes = NULL;

    block_encode(&block, w->arena, &bytes, &w->out.last_sample_len);
    w->out.last_sample = bytes;
}

static void fill(struct store_hour *out, const struct activity *a)
{
    out->rows_unique = a->samples;
    out->distance_m = a->distance_m;
    out->electric_m = a->electric_m;
    out->engine_ms = a->engine_ms;
    out->operating_ms = a->operating_ms;
    out->covered_ms = a->covered_ms;
    out->discharged_mwh = a->discharged_mwh;
    out->charged_mwh = a->charged_mwh;
    out->fuel_ul = a->fuel_ul;
    out->gaps = a->gaps;
    out->gap_ms = a->gap_ms;
    out->anomalies = a->anomalies;
    out->rpm_max = a->rpm_max;
    out->clock_ahead_ms = a->clock_ahead_ms;
    out->first_ms = a->first_ms;
    out->last_ms = a->last_ms;
}

/* Of an hour without samples of its own: the next one begins where the last one ended. */
static void carry_last(const struct work *w, struct store_hour *hour)
{
    hour->last_sample = w->before.last_sample;
    hour->last_sample_len = w->before.last_sample_len;
}

static void compute(struct work *w)
{
    struct sample before, last;
    struct activity activity;
    bool has = decode_last(w, &before);
    const struct activity_input input = {.before = has ? &before : NULL,
                                         .rows = &w->in.rows,
                                         .watch = hour_place_watch,
                                         .watch_arg = &w->place};

    w->out.hour = w->signals.hour = w->hour;
    w->out.rows_received = w->old.rows_received + w->rows_new;
    if (w->in.rows.count == 0) { /* nothing readable */
        carry_last(w, &w->out);
        return;
    }
    hour_place_begin(&w->place, &w->in.rows);
    activity_of_hour(&activity_rules_default, &input, &activity, &last);
    hour_place_end(&w->place, activity.operating_ms);
    signals_of_hour(has ? &before : NULL, &w->in.rows, &w->signals);
    fill(&w->out, &activity);
    encode_last(w, &last);
}

static enum err load(struct work *w, struct fault *fault)
{
    enum err err = hour_rows_load(w->db, w->arena, w->unit, w->hour, &w->in, fault);

    if (err == ERR_OK)
        err = store_hour_find(w->db, w->arena, w->unit, w->hour, &w->has_old, &w->old, fault);
    if (err == ERR_OK)
        err =
            store_hour_before(w->db, w->arena, w->unit, w->hour, &w->has_before, &w->before, fault);
    if (err == ERR_OK)
        err =
            store_blocks_next_hour(w->db, w->unit, w->hour + 1, &w->has_next, &w->next_hour, fault);
    if (err == ERR_OK)
        err = hour_place_load(&w->place, w->has_before ? &w->before.hour : NULL, fault);
    w->place.old.operating_ms = w->old.operating_ms;
    return err;
}

static bool last_changed(const struct work *w)
{
    size_t len = w->out.last_sample_len;

    return !w->has_old || w->old.last_sample_len != len ||
           (len > 0 && memcmp(w->old.last_sample, w->out.last_sample, len) != 0);
}

/* The next hour begins with this one's last sample. The one before was left in pieces while it was
 * the newest; now that it is not, it is merged. */
static enum err queue_neighbours(const struct work *w, struct fault *fault)
{
    enum err err = ERR_OK;

    if (w->has_next && (last_changed(w) || hour_place_changed(&w->place)))
        err = store_queue_put(w->db, w->unit, w->next_hour, 0, w->now_ms, fault);
    if (err == ERR_OK && !w->has_old && w->has_before)
        err = store_queue_put_scattered(w->db, w->unit, w->before.hour, w->now_ms, fault);
    return err;
}

/* Later hours say that this one is over, unless it is a clock far ahead that wrote them. */
static bool is_over(const struct work *w)
{
    return w->has_next && w->next_hour <= when_hour_of(w->now_ms) + 1;
}

static bool should_merge(const struct work *w)
{
    return w->in.undecodable == 0 && w->in.unmerged > 0 && w->in.blocks > 1 &&
           (is_over(w) || w->in.blocks >= ROLLUP_MERGE_BLOCKS);
}

static enum err merge(const struct work *w, struct fault *fault)
{
    enum err err = store_blocks_delete(w->db, w->unit, w->hour, fault);
    const struct block *all = &w->in.rows;

    for (size_t from = 0; err == ERR_OK && from < all->count; from += BLOCK_ROWS_MAX) {
        size_t left = all->count - from;
        struct block part = {all->rows + from, left < BLOCK_ROWS_MAX ? left : BLOCK_ROWS_MAX};
        struct store_block stored = {
            .unit = w->unit,
            .hour = w->hour,
            .part = (int64_t)(from / BLOCK_ROWS_MAX),
            .row_count = (int64_t)part.count,
        };
        uint8_t *bytes = NULL;

        block_encode(&part, w->arena, &bytes, &stored.len);
        stored.bytes = bytes;
        err = store_block_insert(w->db, &stored, fault);
    }
    return err;
}

/* The hour's figures, and that the findings are to look at its day. */
static enum err put(const struct work *w, struct fault *fault)
{
    enum err err = store_hour_put(w->db, w->unit, &w->out, w->has_old ? &w->old : NULL, fault);

    if (err == ERR_OK)
        err = store_hour_signals_put(w->db, w->unit, &w->signals, fault);
    if (err == ERR_OK)
        err = store_finding_queue_put(w->db, FINDING_OF_UNIT, w->unit,
                                      when_day_of(w->hour * WHEN_HOUR_MS), w->now_ms, fault);
    return err;
}

/* An hour that was settled and whose samples were removed since, all or some. */
static bool was_removed(const struct work *w)
{
    return w->has_old && (w->in.blocks == 0 || w->hour * WHEN_HOUR_MS < w->kept_from_ms);
}

/* The hour stays as it was settled, if it was: what came for it counts as received and as nothing else. */
static enum err receive_only(const struct work *w, struct fault *fault)
{
    struct store_hour hour = w->old;

    if (!w->has_old) {
        hour.hour = w->hour;
        carry_last(w, &hour);
    }
    hour.rows_received += w->rows_new;
    return store_hour_put(w->db, w->unit, &hour, w->has_old ? &w->old : NULL, fault);
}

/* The ingest refuses samples for it; these it took in the very moment in which their hour was given up. */
static enum err keep_settled(const struct work *w, struct fault *fault)
{
    if (w->rows_new == 0)
        return ERR_OK;
    log_warn("rollup", "unit %s: %lld samples came while the samples of their hour were removed",
             w->unit, (long long)w->rows_new);
    return receive_only(w, fault);
}

/* Its blocks are not merged either: nobody can hold them in memory. */
static enum err pass_over(const struct work *w, struct fault *fault)
{
    if (w->rows_new == 0)
        return ERR_OK;
    log_warn(
        "rollup",
        "unit %s, hour %lld: more than %d samples; the hour is not settled any more, and %lld that "
        "came for it count as received",
        w->unit, (long long)w->hour, HOUR_ROWS_MAX, (long long)w->rows_new);
    return receive_only(w, fault);
}

static enum err roll_hour(struct work *w, struct fault *fault)
{
    bool taken = false;
    enum err err = store_queue_take(w->db, w->unit, w->hour, &taken, &w->rows_new, fault);

    if (err != ERR_OK || !taken)
        return err;
    err = load(w, fault);
    if (err == ERR_OK && w->in.too_many)
        return pass_over(w, fault);
    if (err != ERR_OK || was_removed(w))
        return err == ERR_OK ? keep_settled(w, fault) : err;
    compute(w);
    err = put(w, fault);
    if (err == ERR_OK)
        err = hour_place_store(&w->place, w->has_next, w->now_ms, fault);
    if (err == ERR_OK)
        err = queue_neighbours(w, fault);
    if (err == ERR_OK && should_merge(w))
        err = merge(w, fault);
    return err;
}

static enum err roll_hours(const struct rollup_run *run, int64_t now_ms, int64_t kept_from_ms,
                           const struct store_queued *entries, struct rollup_did *did,
                           struct fault *fault)
{
    struct sql *db = run->db;
    struct arena *arena = arena_create();
    enum err err = site_index_refresh(run->sites, db, fault);

    did->again = did->too_many = 0;
    for (size_t i = 0; err == ERR_OK && i < did->hours; i++) {
        struct work w = {.db = db,
                         .arena = arena,
                         .unit = entries[i].unit,
                         .hour = entries[i].hour,
                         .now_ms = now_ms,
                         .kept_from_ms = kept_from_ms,
                         .place = {.db = db,
                                   .arena = arena,
                                   .sites = run->sites,
                                   .unit = entries[i].unit,
                                   .hour = entries[i].hour}};
        err = roll_hour(&w, fault);
        did->again += w.has_old && w.rows_new > 0;
        did->too_many += w.in.too_many;
        arena_reset(arena);
    }
    arena_destroy(arena);
    return err;
}

/* By unit and hour, as the blocks of a batch are: two that lock rows of the queue in one order do
 * not wait for each other in a circle. */
static int queued_compare(const void *left, const void *right)
{
    const struct store_queued *a = left, *b = right;
    int sign = strcmp(a->unit, b->unit);

    return sign != 0 ? sign : (a->hour > b->hour) - (a->hour < b->hour);
}

/* What is kept moves on before anything is removed; when it moved meanwhile, some of the samples may
 * have been gone already, and all is done once more. */
static enum err roll_kept(const struct rollup_run *run, int64_t now_ms,
                          const struct store_queued *entries, struct rollup_did *did, bool *rolled,
                          struct fault *fault)
{
    int64_t kept_from_ms = 0, kept_since_ms = 0;
    enum err err = store_kept_samples(run->db, &kept_from_ms, fault);

    if (err == ERR_OK)
        err = roll_hours(run, now_ms, kept_from_ms, entries, did, fault);
    if (err == ERR_OK)
        err = store_kept_samples(run->db, &kept_since_ms, fault);
    *rolled = err == ERR_OK && kept_since_ms == kept_from_ms;
    return err;
}

/* One transaction over a few hours (`did->hours`) of one share, or none while another process is at it:
 * an hour is computed from the one before it, so that two at once could each miss what the other
 * writes. */
static enum err roll_slice(const struct rollup_run *run, int64_t now_ms,
                           struct store_queued *entries, struct rollup_did *did, bool *rolled,
                           struct fault *fault)
{
    struct sql *db = run->db;
    enum err err = sql_begin(db, SQL_WRITE_SHARED, fault);

    *rolled = false;
    if (err != ERR_OK)
        return err;
    qsort(entries, did->hours, sizeof *entries, queued_compare);
    err = store_queue_lock(db, entries[0].share, rolled, fault);
    if (err == ERR_OK && *rolled)
        err = roll_kept(run, now_ms, entries, did, rolled, fault);
    if (err == ERR_OK && *rolled)
        return sql_commit(db, fault);
    sql_rollback(db);
    return err;
}

/* What arrived is sorted first, all of it. */
static enum err sort_all(struct sql *db, int64_t now_ms, size_t *batches, struct fault *fault)
{
    size_t did = 0;
    enum err err = ERR_OK;

    *batches = 0;
    do {
        err = sorting_step(db, now_ms, now_ms + CLOCK_APART_MS, &did, fault);
        *batches += did;
    } while (err == ERR_OK && did > 0);
    return err;
}

enum err rollup_step(struct sql *db, const struct clock *clock, size_t limit, size_t *did,
                     struct fault *fault)
{
    const struct rollup_run run = {.db = db, .clock = clock, .sites = site_index_create()};
    struct rollup_did rolled = {0};
    size_t sorted = 0;
    enum err err = sort_all(db, clock_wall_ms(clock), &sorted, fault);

    if (err == ERR_OK)
        err = rollup_step_settled(&run, limit, &rolled, fault);
    *did = rolled.hours;
    site_index_destroy(run.sites);
    return err;
}

/* Moves those of the first one's share to the front, in order, at most `limit`; how many they are. */
static size_t gather_share(struct store_queued *entries, size_t count, size_t limit)
{
    size_t gathered = 1;

    for (size_t i = 1; i < count && gathered < limit; i++)
        if (entries[i].share == entries[0].share) {
            struct store_queued found = entries[i];

            memmove(&entries[gathered + 1], &entries[gathered], (i - gathered) * sizeof found);
            entries[gathered++] = found;
        }
    return gathered;
}

/* The share of the oldest entry, or that of the oldest one whose share nobody is at. */
static enum err roll_some(const struct rollup_run *run, int64_t now_ms,
                          struct store_queued *entries, size_t count, size_t limit,
                          struct rollup_did *did, struct fault *fault)
{
    bool tried[STORE_QUEUE_SHARES] = {false}, rolled = false;
    enum err err = ERR_OK;

    for (; err == ERR_OK && !rolled && count > 0; entries++, count--) {
        struct rollup_did slice = {0};

        if (tried[entries[0].share])
            continue;
        tried[entries[0].share] = true;
        slice.hours = gather_share(entries, count, limit);
        err = roll_slice(run, now_ms, entries, &slice, &rolled, fault);
        if (err == ERR_OK && rolled)
            *did = slice;
    }
    return err;
}

enum err rollup_step_settled(const struct rollup_run *run, size_t limit, struct rollup_did *did,
                             struct fault *fault)
{
    int64_t now_ms = clock_wall_ms(run->clock);
    const struct store_queue_ask ask = {limit * STORE_QUEUE_SHARES, now_ms - run->settle_ms,
                                        now_ms + CLOCK_APART_MS};
    struct arena *arena = arena_create();
    struct store_queued *entries = NULL;
    size_t count = 0;
    enum err err = store_queue_list(run->db, arena, &ask, &entries, &count, fault);

    *did = (struct rollup_did){0};
    if (err == ERR_OK)
        err = roll_some(run, now_ms, entries, count, limit, did, fault);
    arena_destroy(arena);
    return err;
}
