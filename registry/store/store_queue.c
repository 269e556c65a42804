#include "registry/store/store_queue.h"

static const char PUT[] =
    "INSERT INTO rollup_queue (unit_id, hour, rows_new, since_ms) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (unit_id, hour) DO UPDATE SET "
    "rows_new = rollup_queue.rows_new + excluded.rows_new";
/* $1 is the instant, then three values for each hour. */
static const char PUT_EIGHT[] =
    "INSERT INTO rollup_queue (unit_id, hour, rows_new, since_ms) VALUES "
    "($2, $3, $4, $1), ($5, $6, $7, $1), ($8, $9, $10, $1), ($11, $12, $13, $1), "
    "($14, $15, $16, $1), ($17, $18, $19, $1), ($20, $21, $22, $1), ($23, $24, $25, $1) "
    "ON CONFLICT (unit_id, hour) DO UPDATE SET "
    "rows_new = rollup_queue.rows_new + excluded.rows_new";
static const char PUT_SCATTERED[] =
    "INSERT INTO rollup_queue (unit_id, hour, rows_new, since_ms) "
    "SELECT unit_id, hour, 0, CAST($3 AS BIGINT) FROM block WHERE unit_id = $1 AND hour = $2 "
    "GROUP BY unit_id, hour HAVING COUNT(*) > 1 ON CONFLICT (unit_id, hour) DO NOTHING";
static const char TAKE[] =
    "DELETE FROM rollup_queue WHERE unit_id = $1 AND hour = $2 RETURNING rows_new";
/* Read along the index until there are enough (SQLite would collect and sort all of them; the plus
 * keeps it from that): those that were sorted together have one instant. */
static const char LIST[] =
    "SELECT unit_id, hour FROM rollup_queue WHERE +since_ms <= $1 OR +since_ms > $2 "
    "ORDER BY since_ms, unit_id, hour LIMIT $3";
static const char ARRIVED[] =
    "SELECT CAST(COALESCE(SUM(hours), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(row_count), 0) AS BIGINT), COALESCE(MIN(arrived_ms), 0) FROM arrival";
static const char QUEUED[] =
    "SELECT COUNT(*), CAST(COALESCE(SUM(rows_new), 0) AS BIGINT), COALESCE(MIN(since_ms), 0) "
    "FROM rollup_queue";

/* FNV-1a: any that is the same in all processes. */
unsigned store_queue_share(const char *unit)
{
    uint32_t hash = 2166136261u;

    for (const char *c = unit; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return hash % STORE_QUEUE_SHARES;
}

enum err store_queue_lock(struct sql *db, unsigned share, bool *taken, struct fault *fault)
{
    return sql_try_lock(db, (enum sql_lock)(SQL_LOCK_ROLLUP + share), taken, fault);
}

enum err store_queue_lock_all(struct sql *db, bool *taken, struct fault *fault)
{
    enum err err = ERR_OK;

    *taken = true;
    for (unsigned i = 0; err == ERR_OK && *taken && i < STORE_QUEUE_SHARES; i++)
        err = store_queue_lock(db, i, taken, fault);
    return err;
}

enum err store_queue_put(struct sql *db, const char *unit, int64_t hour, int64_t rows_new,
                         int64_t now_ms, struct fault *fault)
{
    return sql_send(db, PUT,
                    SQL_VALUES(sql_text(unit), sql_int(hour), sql_int(rows_new), sql_int(now_ms)),
                    fault);
}

#define EIGHT 8

static enum err put_eight(struct sql *db, const struct store_queue_rows *entries, int64_t now_ms,
                          struct fault *fault)
{
    struct sql_value values[1 + EIGHT * 3] = {sql_int(now_ms)};

    for (size_t i = 0; i < EIGHT; i++) {
        values[1 + i * 3] = sql_text(entries[i].unit);
        values[2 + i * 3] = sql_int(entries[i].hour);
        values[3 + i * 3] = sql_int(entries[i].rows_new);
    }
    return sql_send(db, PUT_EIGHT, values, sizeof values / sizeof values[0], fault);
}

enum err store_queue_put_all(struct sql *db, const struct store_queue_rows *entries, size_t count,
                             int64_t now_ms, struct fault *fault)
{
    enum err err = ERR_OK;
    size_t at = 0;

    for (; err == ERR_OK && count - at >= EIGHT; at += EIGHT)
        err = put_eight(db, entries + at, now_ms, fault);
    for (; err == ERR_OK && at < count; at++)
        err = store_queue_put(db, entries[at].unit, entries[at].hour, entries[at].rows_new, now_ms,
                              fault);
    return err;
}

enum err store_queue_put_scattered(struct sql *db, const char *unit, int64_t hour, int64_t now_ms,
                                   struct fault *fault)
{
    return sql_send(db, PUT_SCATTERED, SQL_VALUES(sql_text(unit), sql_int(hour), sql_int(now_ms)),
                    fault);
}

enum err store_queue_take(struct sql *db, const char *unit, int64_t hour, bool *taken,
                          int64_t *rows_new, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, TAKE, SQL_VALUES(sql_text(unit), sql_int(hour)));

    *taken = sql_next(rows);
    *rows_new = *taken ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_queue_list(struct sql *db, struct arena *arena, const struct store_queue_ask *ask,
                          struct store_queued **entries, size_t *count, struct fault *fault)
{
    size_t limit = ask->limit;
    struct sql_rows *rows = sql_query(
        db, LIST,
        SQL_VALUES(sql_int(ask->settled_ms), sql_int(ask->later_ms), sql_int((int64_t)limit)));

    *count = 0;
    *entries = ARENA_ARRAY(arena, struct store_queued, limit + 1);
    while (*count < limit && sql_next(rows)) {
        (*entries)[*count].unit = arena_text(arena, sql_column_text(rows, 0));
        (*entries)[*count].hour = sql_column_int(rows, 1);
        (*entries)[*count].share = store_queue_share((*entries)[*count].unit);
        *count += 1;
    }
    return sql_done(rows, fault);
}

static enum err add_backlog(struct sql *db, const char *text, struct store_backlog *backlog,
                            struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);

    if (sql_next(rows) && sql_column_int(rows, 0) > 0) {
        int64_t since_ms = sql_column_int(rows, 2);

        if (backlog->hours == 0 || since_ms < backlog->since_ms)
            backlog->since_ms = since_ms;
        backlog->hours += sql_column_int(rows, 0);
        backlog->rows += sql_column_int(rows, 1);
    }
    return sql_done(rows, fault);
}

enum err store_queue_backlog(struct sql *db, struct store_backlog *backlog, struct fault *fault)
{
    enum err err = ERR_OK;

    *backlog = (struct store_backlog){0};
    err = add_backlog(db, ARRIVED, backlog, fault);
    return err == ERR_OK ? add_backlog(db, QUEUED, backlog, fault) : err;
}
