#include "registry/store/store_partitions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/store/sql_driver.h"
#include "shared/when.h"

#define AHEAD     2
#define NAME_SIZE 64
#define TEXT_SIZE 512

static const char SHORT_WAIT[] = "SET LOCAL lock_timeout = 1000";
/* The parent first, and all below it: who waited for the rest alone would have chosen it already, and
 * then not find there what was moved. */
static const char HOLD[] = "LOCK TABLE block IN ACCESS EXCLUSIVE MODE";

/* One month: from ≤ hour < to. */
struct month {
    char name[NAME_SIZE];
    int64_t from, to;
};

static int64_t first_hour(int year, int month)
{
    return when_day((struct when_date){year, month, 1}) * INT64_C(24) - WHEN_ZONE_MS / WHEN_HOUR_MS;
}

static struct month month_at(int64_t now_ms, int ahead)
{
    struct when_date now = when_date(when_day_of(now_ms));
    int number = now.year * 12 + now.month - 1 + ahead;
    struct month month = {.from = first_hour(number / 12, number % 12 + 1),
                          .to = first_hour((number + 1) / 12, (number + 1) % 12 + 1)};

    snprintf(month.name, sizeof month.name, "block_%04d_%02d", number / 12, number % 12 + 1);
    return month;
}

/* Whether a partition other than the rest holds the month's first hour. */
static enum err is_there(struct sql *db, const char *list, const struct month *month, bool *there,
                         struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, list, SQL_NO_VALUES);

    *there = false;
    while (sql_next(rows))
        if (sql_column_int(rows, 1) <= month->from && month->from < sql_column_int(rows, 2))
            *there = true;
    return sql_done(rows, fault);
}

static enum err make(struct sql *db, const struct month *m, struct fault *fault)
{
    char create[TEXT_SIZE], move[TEXT_SIZE], attach[TEXT_SIZE];
    const char *const texts[] = {SHORT_WAIT, HOLD, create, move, attach};
    enum err err = ERR_OK;

    snprintf(create, sizeof create, "CREATE TABLE %s (LIKE block INCLUDING ALL)", m->name);
    snprintf(move, sizeof move,
             "WITH moved AS (DELETE FROM block_rest WHERE hour >= %" PRId64 " AND hour < %" PRId64
             " RETURNING *) INSERT INTO %s SELECT * FROM moved",
             m->from, m->to, m->name);
    snprintf(attach, sizeof attach,
             "ALTER TABLE block ATTACH PARTITION %s FOR VALUES FROM (%" PRId64 ") TO (%" PRId64 ")",
             m->name, m->from, m->to);
    for (size_t i = 0; err == ERR_OK && i < sizeof texts / sizeof texts[0]; i++)
        err = sql_run(db, texts[i], fault);
    return err;
}

enum err store_partitions_make(struct sql *db, int64_t now_ms, struct fault *fault)
{
    const char *list = sql_partitions(db);
    enum err err = ERR_OK;

    for (int ahead = 0; list != NULL && err == ERR_OK && ahead <= AHEAD; ahead++) {
        const struct month month = month_at(now_ms, ahead);
        bool there = false;

        err = is_there(db, list, &month, &there, fault);
        if (err == ERR_OK && !there)
            err = make(db, &month, fault);
    }
    return err;
}

static enum err find_ended(struct sql *db, const char *list, int64_t before,
                           char name[static NAME_SIZE], struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, list, SQL_NO_VALUES);

    name[0] = '\0';
    while (sql_next(rows))
        if (name[0] == '\0' && sql_column_int(rows, 2) <= before)
            snprintf(name, NAME_SIZE, "%s", sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

static enum err drop(struct sql *db, const char *name, struct fault *fault)
{
    char count[TEXT_SIZE], text[TEXT_SIZE];
    enum err err = ERR_OK;

    snprintf(count, sizeof count,
             "UPDATE retention SET removed_rows = removed_rows + gone.n, removed_bytes = "
             "removed_bytes + gone.b FROM (SELECT COUNT(*) AS n, CAST(COALESCE(SUM(LENGTH(bytes)), "
             "0) AS BIGINT) AS b FROM %s) AS gone WHERE kind = 'samples'",
             name);
    snprintf(text, sizeof text, "DROP TABLE %s", name);
    err = sql_run(db, count, fault);
    if (err == ERR_OK)
        err = sql_run(db, SHORT_WAIT, fault);
    if (err == ERR_OK)
        err = sql_run(db, text, fault);
    return err;
}

enum err store_partition_drop(struct sql *db, int64_t before_ms, struct store_removed *removed,
                              bool *dropped, struct fault *fault)
{
    const char *list = sql_partitions(db);
    struct store_removed before, after;
    char name[NAME_SIZE] = "";
    enum err err = ERR_OK;

    *dropped = false;
    *removed = (struct store_removed){0};
    if (list != NULL)
        err = find_ended(db, list, before_ms / WHEN_HOUR_MS, name, fault);
    if (err != ERR_OK || name[0] == '\0')
        return err;
    err = store_kept_counted(db, STORE_KEPT_SAMPLES, &before, fault);
    if (err == ERR_OK)
        err = drop(db, name, fault);
    if (err == ERR_OK)
        err = store_kept_counted(db, STORE_KEPT_SAMPLES, &after, fault);
    if (err != ERR_OK)
        return err;
    *dropped = true;
    *removed = (struct store_removed){after.rows - before.rows, after.bytes - before.bytes};
    return ERR_OK;
}
