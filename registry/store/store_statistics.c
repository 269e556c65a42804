#include "registry/store/store_statistics.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_known.h"

#define COLUMNS                                                                                    \
    "s.indicator, s.subject, s.from_day, s.until_day, s.version, s.value, s.source, s.published, " \
    "s.recorded_at, s.author"

#define NEWEST                                                                                     \
    "NOT EXISTS (SELECT 1 FROM statistic_version t WHERE t.indicator = s.indicator "               \
    "AND t.subject = s.subject AND t.from_day = s.from_day AND t.until_day = s.until_day "         \
    "AND t.version > s.version)"

static const char GET[] =
    "SELECT " COLUMNS " FROM statistic_version s WHERE s.indicator = $1 AND s.subject = $2 "
    "AND s.from_day = $3 AND s.until_day = $4 ORDER BY s.version DESC LIMIT 1";
static const char APPEND[] =
    "INSERT INTO statistic_version (indicator, subject, from_day, until_day, version, value, "
    "source, published, recorded_at, author) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
static const char OF[] =
    "SELECT " COLUMNS " FROM statistic_version s WHERE s.indicator = $1 "
    "AND ($2 = '' OR s.subject = $2) AND s.until_day - 1 BETWEEN $3 AND $4 AND s.recorded_at <= $5 "
    "AND NOT EXISTS (SELECT 1 FROM statistic_version t WHERE t.indicator = s.indicator "
    "AND t.subject = s.subject AND t.from_day = s.from_day AND t.until_day = s.until_day "
    "AND t.version > s.version AND t.recorded_at <= $5)"
    " ORDER BY s.subject, s.until_day, s.from_day";
static const char FIND[] =
    "SELECT " COLUMNS " FROM statistic_version s "
    "WHERE (CAST($1 AS BIGINT) = 0 OR s.indicator = $1) AND ($2 = '' OR s.subject = $2) "
    "AND s.until_day - 1 BETWEEN $3 AND $4 AND (CAST($5 AS BIGINT) = 1 OR " NEWEST ") "
    "AND (s.indicator, s.subject, s.from_day, s.until_day, s.version) > ($6, $7, $8, $9, $10) "
    "ORDER BY s.indicator, s.subject, s.from_day, s.until_day, s.version LIMIT $11";

static void statistic_read(const struct sql_rows *rows, struct store_statistic *s)
{
    *s = (struct store_statistic){
        .indicator = (int)sql_column_int(rows, 0),
        .from = (int32_t)sql_column_int(rows, 2),
        .until = (int32_t)sql_column_int(rows, 3),
        .version = sql_column_int(rows, 4),
        .value = sql_column_int(rows, 5),
        .published = (int32_t)sql_column_int(rows, 7),
        .recorded_at = sql_column_int(rows, 8),
    };
    snprintf(s->subject, sizeof s->subject, "%s", sql_column_text(rows, 1));
    snprintf(s->source, sizeof s->source, "%s", sql_column_text(rows, 6));
    snprintf(s->author, sizeof s->author, "%s", sql_column_text(rows, 9));
}

enum err store_statistic_get(struct sql *db, const struct store_statistic *key, bool *found,
                             struct store_statistic *out, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, GET,
                                      SQL_VALUES(sql_int(key->indicator), sql_text(key->subject),
                                                 sql_int(key->from), sql_int(key->until)));

    *found = sql_next(rows);
    if (*found)
        statistic_read(rows, out);
    return sql_done(rows, fault);
}

enum err store_statistic_append(struct sql *db, const struct store_statistic *s,
                                struct fault *fault)
{
    return sql_exec(db, APPEND,
                    SQL_VALUES(sql_int(s->indicator), sql_text(s->subject), sql_int(s->from),
                               sql_int(s->until), sql_int(s->version), sql_int(s->value),
                               sql_text(s->source), sql_int(s->published), sql_int(s->recorded_at),
                               sql_text(s->author)),
                    NULL, fault);
}

enum err store_statistics_of(struct sql *db, const struct store_statistic_span *span,
                             struct arena *arena, struct store_statistics *out, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, OF,
        SQL_VALUES(sql_int(span->indicator), sql_text(span->subject == NULL ? "" : span->subject),
                   sql_int(span->from), sql_int(span->to), sql_int(store_known(span->known_ms))));
    size_t cap = 0;

    *out = (struct store_statistics){0};
    while (sql_next(rows)) {
        if (out->count == cap) {
            struct store_statistic *old = out->items;
            cap = cap == 0 ? 4 : cap * 2;
            out->items = ARENA_ARRAY(arena, struct store_statistic, cap);
            if (old != NULL)
                memcpy(out->items, old, out->count * sizeof *old);
        }
        statistic_read(rows, &out->items[out->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_statistic_find(struct sql *db, const struct store_statistic_search *s,
                              store_statistic_row *each, void *arg, struct fault *fault)
{
    static const struct store_statistic start = {.from = INT32_MIN};
    const struct store_statistic *after = s->after == NULL ? &start : s->after;
    struct sql_rows *rows = sql_query(
        db, FIND,
        SQL_VALUES(sql_int(s->indicator), sql_text(s->subject == NULL ? "" : s->subject),
                   sql_int(s->from), sql_int(s->to), sql_int(s->all_versions),
                   sql_int(after->indicator), sql_text(after->subject), sql_int(after->from),
                   sql_int(after->until), sql_int(after->version), sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_statistic statistic;
        statistic_read(rows, &statistic);
        each(arg, &statistic);
    }
    return sql_done(rows, fault);
}
