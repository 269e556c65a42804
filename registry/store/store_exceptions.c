#include "registry/store/store_exceptions.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_known.h"

#define COLUMNS                                                                                    \
    "e.rule, e.subject_kind, e.subject, e.document, e.from_day, e.version, e.until_day, "          \
    "e.approved, e.approved_by, e.evidence, e.recorded_at, e.author"

#define NEWEST                                                                                     \
    "NOT EXISTS (SELECT 1 FROM exception_version f WHERE f.rule = e.rule "                         \
    "AND f.subject_kind = e.subject_kind AND f.subject = e.subject "                               \
    "AND f.document = e.document AND f.from_day = e.from_day AND f.version > e.version)"

static const char GET[] = "SELECT " COLUMNS " FROM exception_version e WHERE e.rule = $1 "
                          "AND e.subject_kind = $2 AND e.subject = $3 AND e.document = $4 "
                          "AND e.from_day = $5 ORDER BY e.version DESC LIMIT 1";
static const char APPEND[] =
    "INSERT INTO exception_version (rule, subject_kind, subject, document, from_day, version, "
    "until_day, approved, approved_by, evidence, recorded_at, author) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
static const char OF[] =
    "SELECT " COLUMNS " FROM exception_version e WHERE e.rule = $1 AND e.until_day > $2 "
    "AND e.until_day > e.from_day AND e.from_day <= $3 AND e.approved <= $3 "
    "AND e.recorded_at <= $4 "
    "AND NOT EXISTS (SELECT 1 FROM exception_version f WHERE f.rule = e.rule "
    "AND f.subject_kind = e.subject_kind AND f.subject = e.subject "
    "AND f.document = e.document AND f.from_day = e.from_day AND f.version > e.version "
    "AND f.recorded_at <= $4) ORDER BY e.subject_kind, e.subject, e.from_day, e.document";
static const char FIND[] =
    "SELECT " COLUMNS " FROM exception_version e WHERE e.from_day <= $1 AND e.until_day > $1 "
    "AND e.until_day - 1 <= $2 AND ($3 = '' OR e.rule = $3) AND ($4 = '' OR e.subject = $4) "
    "AND (e.rule, e.subject_kind, e.subject, e.from_day, e.document) > ($5, $6, $7, $8, $9) "
    "AND " NEWEST " ORDER BY e.rule, e.subject_kind, e.subject, e.from_day, e.document LIMIT $10";

static void exception_read(const struct sql_rows *rows, struct store_exception *e)
{
    *e = (struct store_exception){
        .subject_kind = (int)sql_column_int(rows, 1),
        .from = (int32_t)sql_column_int(rows, 4),
        .version = sql_column_int(rows, 5),
        .until = (int32_t)sql_column_int(rows, 6),
        .approved = (int32_t)sql_column_int(rows, 7),
        .recorded_at = sql_column_int(rows, 10),
    };
    snprintf(e->rule, sizeof e->rule, "%s", sql_column_text(rows, 0));
    snprintf(e->subject, sizeof e->subject, "%s", sql_column_text(rows, 2));
    snprintf(e->document, sizeof e->document, "%s", sql_column_text(rows, 3));
    snprintf(e->approved_by, sizeof e->approved_by, "%s", sql_column_text(rows, 8));
    snprintf(e->evidence, sizeof e->evidence, "%s", sql_column_text(rows, 9));
    snprintf(e->author, sizeof e->author, "%s", sql_column_text(rows, 11));
}

enum err store_exception_get(struct sql *db, const struct store_exception *key, bool *found,
                             struct store_exception *out, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, GET,
                  SQL_VALUES(sql_text(key->rule), sql_int(key->subject_kind),
                             sql_text(key->subject), sql_text(key->document), sql_int(key->from)));

    *found = sql_next(rows);
    if (*found)
        exception_read(rows, out);
    return sql_done(rows, fault);
}

enum err store_exception_append(struct sql *db, const struct store_exception *e,
                                struct fault *fault)
{
    return sql_exec(db, APPEND,
                    SQL_VALUES(sql_text(e->rule), sql_int(e->subject_kind), sql_text(e->subject),
                               sql_text(e->document), sql_int(e->from), sql_int(e->version),
                               sql_int(e->until), sql_int(e->approved), sql_text(e->approved_by),
                               sql_text(e->evidence), sql_int(e->recorded_at), sql_text(e->author)),
                    NULL, fault);
}

enum err store_exceptions_of(struct sql *db, const char *rule, int32_t from, int32_t to,
                             int64_t known_ms, struct arena *arena, struct store_exceptions *out,
                             struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, OF,
        SQL_VALUES(sql_text(rule), sql_int(from), sql_int(to), sql_int(store_known(known_ms))));
    size_t cap = 0;

    *out = (struct store_exceptions){0};
    while (sql_next(rows)) {
        if (out->count == cap) {
            struct store_exception *old = out->items;
            cap = cap == 0 ? 4 : cap * 2;
            out->items = ARENA_ARRAY(arena, struct store_exception, cap);
            if (old != NULL)
                memcpy(out->items, old, out->count * sizeof *old);
        }
        exception_read(rows, &out->items[out->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_exception_find(struct sql *db, const struct store_exception_search *s,
                              store_exception_row *each, void *arg, struct fault *fault)
{
    static const struct store_exception start = {.from = INT32_MIN};
    const struct store_exception *after = s->after == NULL ? &start : s->after;
    struct sql_rows *rows = sql_query(
        db, FIND,
        SQL_VALUES(sql_int(s->as_of), sql_int(s->ends_by), sql_text(s->rule == NULL ? "" : s->rule),
                   sql_text(s->subject == NULL ? "" : s->subject), sql_text(after->rule),
                   sql_int(after->subject_kind), sql_text(after->subject), sql_int(after->from),
                   sql_text(after->document), sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_exception exception;
        exception_read(rows, &exception);
        each(arg, &exception);
    }
    return sql_done(rows, fault);
}
