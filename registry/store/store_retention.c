#include "registry/store/store_retention.h"

#include <string.h>

#include "registry/store/store_arrivals.h"
#include "shared/when.h"

/* The oldest rows are found by the index that begins with unit and time; rows of the same time go
 * together. */
#define REMOVE(table, time, bytes)                                                                 \
    "DELETE FROM " table " WHERE unit_id = $1 AND " time " <= (SELECT MAX(oldest." time ") FROM "  \
    "(SELECT " time " FROM " table " WHERE unit_id = $1 AND " time " < $2 ORDER BY " time          \
    " LIMIT $3) AS oldest) RETURNING " bytes
#define NEXT_UNIT(table) "SELECT MIN(unit_id) FROM " table " WHERE unit_id > $1"
/* Days of UTC+8; times before 1970 are cut towards it, which matters to nobody. */
#define DAYS(table, time, bytes, day)                                                              \
    "SELECT " day ", COUNT(*), CAST(COALESCE(SUM(" bytes "), 0) AS BIGINT) FROM " table            \
    " WHERE " time " < $1 GROUP BY " day " ORDER BY " day
#define DAY_OF_HOUR     "(hour + 8) / 24"
#define DAY_OF_MS(time) "(" time " + 28800000) / 86400000"

static const struct {
    const char *name;
    int64_t unit_ms; /* of the column that says the time */
    const char *next_unit, *remove, *days;
} kinds[STORE_KEPT_COUNT] = {
    [STORE_KEPT_SAMPLES] = {"samples", WHEN_HOUR_MS, NEXT_UNIT("block"),
                            REMOVE("block", "hour", "LENGTH(bytes)"),
                            DAYS("block", "hour", "LENGTH(bytes)", DAY_OF_HOUR)},
    [STORE_KEPT_EVIDENCE] = {"evidence", 1, NEXT_UNIT("evidence"),
                             REMOVE("evidence", "received_ms", "bytes"),
                             DAYS("evidence", "received_ms", "bytes", DAY_OF_MS("received_ms"))},
    [STORE_KEPT_EVENTS] = {"events", 1, NEXT_UNIT("unit_event"),
                           REMOVE("unit_event", "at_ms", "LENGTH(text)"),
                           DAYS("unit_event", "at_ms", "LENGTH(text)", DAY_OF_MS("at_ms"))},
    [STORE_KEPT_REJECTS] = {"rejects", 1, NEXT_UNIT("reject"),
                            REMOVE("reject", "received_ms", "LENGTH(payload)"),
                            DAYS("reject", "received_ms", "LENGTH(payload)",
                                 DAY_OF_MS("received_ms"))},
};

static const char READ[] = "SELECT kind, kept_from_ms, removed_rows, removed_bytes FROM retention";
static const char READ_ONE[] = "SELECT kept_from_ms FROM retention WHERE kind = $1";
static const char ADVANCE[] =
    "INSERT INTO retention (kind, kept_from_ms, removed_rows, removed_bytes) "
    "VALUES ($1, $2, 0, 0) ON CONFLICT (kind) DO UPDATE SET kept_from_ms = excluded.kept_from_ms "
    "WHERE retention.kept_from_ms < excluded.kept_from_ms";
static const char COUNT_REMOVED[] =
    "UPDATE retention SET removed_rows = removed_rows + $2, removed_bytes = removed_bytes + $3 "
    "WHERE kind = $1";
static const char OLDEST_QUEUED[] = "SELECT MIN(hour) FROM rollup_queue";
/* Before its rows, as the ingest does: the two do not wait for each other in a circle. */
static const char HOLD_EVIDENCE[] =
    "UPDATE unit_evidence SET payloads = payloads WHERE unit_id = $1";
static const char TAKE_EVIDENCE[] =
    "UPDATE unit_evidence SET payloads = payloads - $2, bytes = bytes - $3 WHERE unit_id = $1";

const char *store_kept_name(enum store_kept_kind kind)
{
    return kinds[kind].name;
}

enum err store_kept_read(struct sql *db, struct store_kept kept[static STORE_KEPT_COUNT],
                         struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, READ, SQL_NO_VALUES);

    for (size_t i = 0; i < STORE_KEPT_COUNT; i++)
        kept[i] = (struct store_kept){.kept_from_ms = STORE_KEPT_ALL};
    while (sql_next(rows))
        for (size_t i = 0; i < STORE_KEPT_COUNT; i++)
            if (strcmp(sql_column_text(rows, 0), kinds[i].name) == 0)
                kept[i] = (struct store_kept){sql_column_int(rows, 1), sql_column_int(rows, 2),
                                              sql_column_int(rows, 3)};
    return sql_done(rows, fault);
}

static enum err read_one(struct sql *db, enum store_kept_kind kind, int64_t *kept_from_ms,
                         struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, READ_ONE, SQL_VALUES(sql_text(kinds[kind].name)));

    *kept_from_ms = sql_next(rows) ? sql_column_int(rows, 0) : STORE_KEPT_ALL;
    return sql_done(rows, fault);
}

enum err store_kept_counted(struct sql *db, enum store_kept_kind kind,
                            struct store_removed *removed, struct fault *fault)
{
    struct store_kept kept[STORE_KEPT_COUNT];
    enum err err = store_kept_read(db, kept, fault);

    *removed = (struct store_removed){kept[kind].rows, kept[kind].bytes};
    return err;
}

enum err store_kept_samples(struct sql *db, int64_t *kept_from_ms, struct fault *fault)
{
    return read_one(db, STORE_KEPT_SAMPLES, kept_from_ms, fault);
}

static void limit_to(int64_t hour, int64_t *to_ms)
{
    *to_ms = hour * WHEN_HOUR_MS < *to_ms ? hour * WHEN_HOUR_MS : *to_ms;
}

/* An hour that is not settled yet keeps its samples. Arrivals are asked first: what is sorted meanwhile
 * is in the queue then. */
static enum err limit_to_settled(struct sql *db, int64_t *to_ms, struct fault *fault)
{
    struct sql_rows *rows = NULL;
    bool found = false;
    int64_t hour = 0;
    enum err err = store_arrivals_oldest(db, &found, &hour, fault);

    if (err != ERR_OK)
        return err;
    if (found)
        limit_to(hour, to_ms);
    rows = sql_query(db, OLDEST_QUEUED, SQL_NO_VALUES);
    if (sql_next(rows) && !sql_column_null(rows, 0))
        limit_to(sql_column_int(rows, 0), to_ms);
    return sql_done(rows, fault);
}

enum err store_kept_advance(struct sql *db, enum store_kept_kind kind, int64_t to_ms,
                            int64_t *from_ms, struct fault *fault)
{
    enum err err = kind == STORE_KEPT_SAMPLES ? limit_to_settled(db, &to_ms, fault) : ERR_OK;

    to_ms -= to_ms % kinds[kind].unit_ms;
    if (err == ERR_OK)
        err = sql_exec(db, ADVANCE, SQL_VALUES(sql_text(kinds[kind].name), sql_int(to_ms)), NULL,
                       fault);
    return err == ERR_OK ? read_one(db, kind, from_ms, fault) : err;
}

enum err store_kept_next_unit(struct sql *db, struct arena *arena, enum store_kept_kind kind,
                              const char *after, const char **unit, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, kinds[kind].next_unit, SQL_VALUES(sql_text(after)));
    const char *found = sql_next(rows) ? sql_column_text(rows, 0) : NULL;

    *unit = found != NULL ? arena_text(arena, found) : NULL;
    return sql_done(rows, fault);
}

static enum err remove_rows(struct sql *db, const struct store_removal *removal,
                            struct store_removed *removed, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, kinds[removal->kind].remove,
                  SQL_VALUES(sql_text(removal->unit),
                             sql_int(removal->before_ms / kinds[removal->kind].unit_ms),
                             sql_int((int64_t)removal->limit)));

    *removed = (struct store_removed){0};
    while (sql_next(rows)) {
        removed->rows++;
        removed->bytes += sql_column_int(rows, 0);
    }
    return sql_done(rows, fault);
}

enum err store_kept_remove(struct sql *db, const struct store_removal *removal,
                           struct store_removed *removed, struct fault *fault)
{
    const struct sql_value unit = sql_text(removal->unit);
    bool evidence = removal->kind == STORE_KEPT_EVIDENCE;
    enum err err = evidence ? sql_exec(db, HOLD_EVIDENCE, SQL_VALUES(unit), NULL, fault) : ERR_OK;

    if (err == ERR_OK)
        err = remove_rows(db, removal, removed, fault);
    if (err != ERR_OK || removed->rows == 0)
        return err;
    if (evidence)
        err = sql_exec(db, TAKE_EVIDENCE,
                       SQL_VALUES(unit, sql_int(removed->rows), sql_int(removed->bytes)), NULL,
                       fault);
    if (err != ERR_OK)
        return err;
    return sql_exec(db, COUNT_REMOVED,
                    SQL_VALUES(sql_text(kinds[removal->kind].name), sql_int(removed->rows),
                               sql_int(removed->bytes)),
                    NULL, fault);
}

static int32_t month_of(int64_t day)
{
    struct when_date date = when_date((int32_t)day);

    date.day = 1;
    return when_day(date);
}

enum err store_kept_months(struct sql *db, enum store_kept_kind kind, int64_t before_ms,
                           store_kept_note *note, void *arg, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, kinds[kind].days, SQL_VALUES(sql_int(before_ms / kinds[kind].unit_ms)));
    struct store_kept_month month = {.rows = 0};

    while (sql_next(rows)) {
        int32_t first_day = month_of(sql_column_int(rows, 0));

        if (month.rows > 0 && month.first_day != first_day)
            note(arg, &month);
        if (month.first_day != first_day)
            month = (struct store_kept_month){.first_day = first_day};
        month.rows += sql_column_int(rows, 1);
        month.bytes += sql_column_int(rows, 2);
    }
    if (month.rows > 0)
        note(arg, &month);
    return sql_done(rows, fault);
}
