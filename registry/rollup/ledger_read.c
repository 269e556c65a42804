#include "registry/rollup/ledger_read.h"

#include <assert.h>
#include <stdlib.h>

#include "registry/rollup/hour_rows.h"
#include "registry/store/store_blocks.h"
#include "registry/store/store_events.h"
#include "registry/store/store_hours.h"
#include "registry/store/store_rejects.h"
#include "registry/store/store_retention.h"
#include "registry/store/store_settings.h"
#include "shared/when.h"

#define DAY_HOURS (WHEN_DAY_MS / WHEN_HOUR_MS)

struct reader {
    struct sql *db;
    struct arena *arena; /* of the result */
    const char *unit;
    int64_t interval_ms, late_ms;
    struct ledger_mark *marks; /* of all days, with the one before and the one behind */
    size_t mark_count;
    struct store_kept kept[STORE_KEPT_COUNT]; /* read after what they are about */
    struct ledger_row *rows;                  /* of one day; grows */
    size_t row_count, row_room;
};

static int64_t day_begin(int32_t day)
{
    return day * WHEN_DAY_MS - WHEN_ZONE_MS;
}

/* ---- logins and logouts ---- */

static enum err read_marks(struct reader *r, int32_t from, int32_t to, struct fault *fault)
{
    struct store_event *events = NULL;
    enum err err = store_events_duty(r->db, r->arena, r->unit, day_begin(from), day_begin(to),
                                     LEDGER_MARKS_MAX + 1, &events, &r->mark_count, fault);

    if (err != ERR_OK)
        return err;
    r->marks = ARENA_ARRAY(r->arena, struct ledger_mark, r->mark_count);
    for (size_t i = 0; i < r->mark_count; i++)
        r->marks[i] = (struct ledger_mark){events[i].at_ms, events[i].kind == STORE_EVENT_LOGIN};
    return store_kept_read(r->db, r->kept, fault);
}

/* The first mark at or behind an instant. */
static size_t mark_at(const struct reader *r, int64_t at_ms)
{
    size_t i = 0;

    while (i < r->mark_count && r->marks[i].at_ms < at_ms)
        i++;
    return i;
}

/* Does a duty go on over the instant before mark `i`? Only one whose end was seen. */
static bool on_before_mark(const struct reader *r, size_t i)
{
    return i > 0 && i < r->mark_count && r->marks[i - 1].login && !r->marks[i].login;
}

/* Were logins of the day removed, or the one before its first logout? */
static bool duty_is_lost(const struct reader *r, int64_t from_ms, size_t first)
{
    int64_t kept_from_ms = r->kept[STORE_KEPT_EVENTS].kept_from_ms;

    if (kept_from_ms == STORE_KEPT_ALL)
        return false;
    return from_ms < kept_from_ms || (first == 0 && r->mark_count > 0 && !r->marks[0].login);
}

/* ---- samples ---- */

static void take_rows(struct reader *r, const struct block *rows)
{
    while (r->row_count + rows->count > r->row_room) {
        r->row_room = r->row_room == 0 ? 4096 : r->row_room * 2;
        r->rows = mem_grow(r->rows, r->row_room, sizeof r->rows[0]);
    }
    for (size_t i = 0; i < rows->count; i++)
        r->rows[r->row_count++] =
            (struct ledger_row){rows->rows[i].sample.at_ms, rows->rows[i].received_ms};
}

static enum err read_rows(struct reader *r, int64_t from_hour, struct fault *fault)
{
    struct arena *scratch = arena_create();
    int64_t hour = from_hour;
    bool found = true;
    enum err err = ERR_OK;

    r->row_count = 0;
    while (err == ERR_OK && found) {
        struct hour_rows loaded;
        arena_reset(scratch);
        err = store_blocks_next_hour(r->db, r->unit, hour, &found, &hour, fault);
        found = found && hour < from_hour + DAY_HOURS;
        if (err != ERR_OK || !found)
            continue;
        err = hour_rows_load(r->db, scratch, r->unit, hour, &loaded, fault);
        if (err == ERR_OK && loaded.too_many)
            err = hour_rows_refuse(r->unit, hour, fault);
        if (err == ERR_OK)
            take_rows(r, &loaded.rows);
        hour++;
    }
    arena_destroy(scratch);
    return err;
}

/* ---- a day ---- */

static struct ledger_input begin_day(const struct reader *r, int64_t from_ms, int64_t to_ms)
{
    size_t first = mark_at(r, from_ms), behind = mark_at(r, to_ms);
    struct ledger_input in = {.from_ms = from_ms,
                              .to_ms = to_ms,
                              .interval_ms = r->interval_ms,
                              .late_ms = r->late_ms,
                              .duty_lost = duty_is_lost(r, from_ms, first)};

    if (in.duty_lost)
        return in;
    in.marks = r->marks + first;
    in.mark_count = behind - first;
    in.on_before = on_before_mark(r, first);
    in.on_after = on_before_mark(r, behind);
    return in;
}

static enum err read_day(struct reader *r, int32_t day, struct ledger_day *out, struct fault *fault)
{
    int64_t from_ms = day_begin(day), to_ms = from_ms + WHEN_DAY_MS;
    struct ledger_input in = begin_day(r, from_ms, to_ms);
    enum err err = read_rows(r, when_hour_of(from_ms), fault);

    if (err == ERR_OK)
        err = store_hours_received(r->db, r->unit, when_hour_of(from_ms), when_hour_of(to_ms),
                                   &in.received, fault);
    if (err == ERR_OK)
        err = store_rejects_between(r->db, r->unit, from_ms, to_ms, &in.refused, fault);
    if (err == ERR_OK)
        err = store_kept_read(r->db, r->kept, fault);
    if (err != ERR_OK)
        return err;
    if (from_ms < r->kept[STORE_KEPT_REJECTS].kept_from_ms)
        in.refused = LEDGER_NOT_KEPT;
    in.rows = r->rows;
    in.row_count = r->row_count;
    ledger_of_day(&in, r->arena, out);
    return ERR_OK;
}

static enum err read_all(struct reader *r, int32_t from, int32_t to, struct ledger *ledger,
                         struct fault *fault)
{
    enum err err = store_interval_on(r->db, r->unit, to - 1, &ledger->interval_s, fault);

    r->interval_ms = ledger->interval_s * WHEN_SECOND_MS;
    if (err == ERR_OK)
        err = read_marks(r, from, to, fault);
    ledger->too_many_marks = r->mark_count > LEDGER_MARKS_MAX;
    for (int32_t day = from; err == ERR_OK && day < to && !ledger->too_many_marks; day++)
        err = read_day(r, day, &ledger->days[ledger->count++], fault);
    ledger->kept_from_ms = r->kept[STORE_KEPT_SAMPLES].kept_from_ms;
    return err;
}

enum err ledger_read(struct sql *db, struct arena *arena, const char *unit, int32_t from,
                     int32_t to, int64_t late_ms, struct ledger *ledger, struct fault *fault)
{
    struct reader r = {.db = db, .arena = arena, .unit = unit, .late_ms = late_ms};
    enum err err = ERR_OK;

    assert(from < to && to - from <= LEDGER_DAYS_MAX);
    *ledger = (struct ledger){.days = ARENA_ARRAY(arena, struct ledger_day, (size_t)(to - from))};
    err = sql_begin(db, SQL_READ, fault);
    if (err != ERR_OK)
        return err;
    err = read_all(&r, from, to, ledger, fault);
    sql_rollback(db);
    free(r.rows);
    return err;
}
