#include "registry/store/store_finding_spans.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_findings.h"

/* The spans that overlap $3..$4 or touch it. */
#define NEAR                                                                                       \
    "finding_no = $1 AND cause = $2 AND from_day <= CAST($4 AS BIGINT) + 1 "                       \
    "AND to_day >= CAST($3 AS BIGINT) - 1"

static const char JOINED[] =
    "SELECT COUNT(*), COALESCE(MIN(from_day), 0), COALESCE(MAX(to_day), 0) "
    "FROM finding_span WHERE " NEAR;
static const char REMOVE[] = "DELETE FROM finding_span WHERE " NEAR;
static const char INSERT[] = "INSERT INTO finding_span (finding_no, cause, from_day, to_day) "
                             "VALUES ($1, $2, $3, $4)";

static const char REMOVE_FROM[] =
    "DELETE FROM finding_span WHERE finding_no = $1 AND from_day >= $2";
static const char CUT[] = "UPDATE finding_span SET to_day = CAST($2 AS BIGINT) - 1 WHERE "
                          "finding_no = $1 AND to_day >= $2";

static const char ALL[] =
    "SELECT cause, from_day, to_day FROM finding_span WHERE finding_no = $1 ORDER BY from_day";
static const char REMOVE_ALL[] = "DELETE FROM finding_span WHERE finding_no = $1";

static const char ON_DAY[] =
    "SELECT f.subject, f.kind, f.finding_no, MIN(CASE WHEN f.decision = 2 "
    "AND f.decided_cause = s.cause THEN 1 ELSE 0 END) "
    "FROM finding_span s JOIN finding f ON f.finding_no = s.finding_no "
    "WHERE s.to_day >= $1 AND s.from_day <= $1 AND f.subject_kind = 1 "
    "AND f.subject >= $2 AND f.subject <= $3 GROUP BY f.subject, f.kind, f.finding_no "
    "ORDER BY f.subject, f.finding_no";

_Static_assert(FINDING_EXPLAINED == 2 && FINDING_OF_VEHICLE == 1, "numbers of the statements");

static enum err put(struct sql *db, const char *text, int64_t number, const char *cause,
                    int64_t from, int64_t to, struct fault *fault)
{
    return sql_exec(db, text,
                    SQL_VALUES(sql_int(number), sql_text(cause), sql_int(from), sql_int(to)), NULL,
                    fault);
}

enum err store_finding_span_add(struct sql *db, int64_t number, const char *cause, int32_t from,
                                int32_t to, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, JOINED, SQL_VALUES(sql_int(number), sql_text(cause), sql_int(from), sql_int(to)));
    int64_t count = 0, first = from, last = to;
    bool covered = false;
    enum err err = ERR_OK;

    if (sql_next(rows) && (count = sql_column_int(rows, 0)) > 0) {
        first = sql_column_int(rows, 1) < from ? sql_column_int(rows, 1) : from;
        last = sql_column_int(rows, 2) > to ? sql_column_int(rows, 2) : to;
        covered = count == 1 && sql_column_int(rows, 1) <= from && sql_column_int(rows, 2) >= to;
    }
    err = sql_done(rows, fault);
    if (err != ERR_OK || covered)
        return err;
    if (count > 0)
        err = put(db, REMOVE, number, cause, from, to, fault);
    return err == ERR_OK ? put(db, INSERT, number, cause, first, last, fault) : err;
}

enum err store_finding_span_cut(struct sql *db, int64_t number, int32_t day, struct fault *fault)
{
    enum err err =
        sql_exec(db, REMOVE_FROM, SQL_VALUES(sql_int(number), sql_int(day)), NULL, fault);

    return err == ERR_OK ? sql_exec(db, CUT, SQL_VALUES(sql_int(number), sql_int(day)), NULL, fault)
                         : err;
}

static bool is_row(const struct store_finding_span *s, const struct sql_rows *rows)
{
    return strcmp(s->cause, sql_column_text(rows, 0)) == 0 && s->from == sql_column_int(rows, 1) &&
           s->to == sql_column_int(rows, 2);
}

static enum err are_known(struct sql *db, int64_t number, const struct store_finding_spans *spans,
                          bool *known, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, ALL, SQL_VALUES(sql_int(number)));
    size_t count = 0;

    *known = true;
    while (sql_next(rows)) {
        *known = *known && count < spans->count && is_row(&spans->items[count], rows);
        count++;
    }
    *known = *known && count == spans->count;
    return sql_done(rows, fault);
}

enum err store_finding_spans_put(struct sql *db, int64_t number,
                                 const struct store_finding_spans *spans, struct fault *fault)
{
    bool known = false;
    enum err err = are_known(db, number, spans, &known, fault);

    if (err != ERR_OK || known)
        return err;
    err = sql_exec(db, REMOVE_ALL, SQL_VALUES(sql_int(number)), NULL, fault);
    for (size_t i = 0; err == ERR_OK && i < spans->count; i++) {
        const struct store_finding_span *s = &spans->items[i];
        err = put(db, INSERT, number, s->cause, s->from, s->to, fault);
    }
    return err;
}

static void keep(struct store_contradictions *out, struct arena *arena, const struct sql_rows *rows)
{
    struct store_contradiction *item = NULL;

    if (out->count == out->room) {
        struct store_contradiction *old = out->items;
        out->room = out->room == 0 ? 16 : out->room * 2;
        out->items = ARENA_ARRAY(arena, struct store_contradiction, out->room);
        if (old != NULL)
            memcpy(out->items, old, out->count * sizeof *old);
    }
    item = &out->items[out->count++];
    snprintf(item->vehicle_id, sizeof item->vehicle_id, "%s", sql_column_text(rows, 0));
    item->kind = arena_text(arena, sql_column_text(rows, 1));
    item->number = sql_column_int(rows, 2);
    item->explained = sql_column_int(rows, 3) != 0;
}

enum err store_contradictions_on(struct sql *db, int32_t day, const char *first, const char *last,
                                 struct arena *arena, struct store_contradictions *out,
                                 struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, ON_DAY, SQL_VALUES(sql_int(day), sql_text(first), sql_text(last)));

    *out = (struct store_contradictions){0};
    while (sql_next(rows))
        keep(out, arena, rows);
    return sql_done(rows, fault);
}
