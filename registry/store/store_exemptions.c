#include "registry/store/store_exemptions.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"

#define COLUMNS                                                                                    \
    "e.vehicle_id, e.reason, e.document, e.from_day, e.version, e.until_day, e.recorded_at, "      \
    "e.author"

#define NEWEST                                                                                     \
    "NOT EXISTS (SELECT 1 FROM exemption_version f WHERE f.vehicle_id = e.vehicle_id "             \
    "AND f.reason = e.reason AND f.document = e.document AND f.from_day = e.from_day "             \
    "AND f.version > e.version)"

static const char OF_VEHICLE[] =
    "SELECT " COLUMNS " FROM exemption_version e "
    "WHERE e.vehicle_id = $1 AND " NEWEST " ORDER BY e.from_day, e.reason, e.document";
static const char APPEND[] =
    "INSERT INTO exemption_version (vehicle_id, reason, document, from_day, version, until_day, "
    "recorded_at, author) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
static const char FIND[] =
    "SELECT " COLUMNS " FROM exemption_version e "
    "WHERE e.from_day <= $1 AND e.until_day > $1 AND e.until_day - 1 <= $2 "
    "AND (CAST($3 AS BIGINT) = 0 OR e.reason = $3) AND ($4 = '' OR e.vehicle_id = $4) "
    "AND (e.vehicle_id, e.from_day, e.reason, e.document) > ($6, $7, $8, $9) AND " NEWEST
    " ORDER BY e.vehicle_id, e.from_day, e.reason, e.document LIMIT $5";

static void exemption_read(const struct sql_rows *rows, struct store_exemption *e)
{
    *e = (struct store_exemption){
        .reason = (int)sql_column_int(rows, 1),
        .from = (int32_t)sql_column_int(rows, 3),
        .version = sql_column_int(rows, 4),
        .until = (int32_t)sql_column_int(rows, 5),
        .recorded_at = sql_column_int(rows, 6),
    };
    snprintf(e->vehicle_id, sizeof e->vehicle_id, "%s", sql_column_text(rows, 0));
    snprintf(e->document, sizeof e->document, "%s", sql_column_text(rows, 2));
    snprintf(e->author, sizeof e->author, "%s", sql_column_text(rows, 7));
}

enum err store_exemptions_of(struct sql *db, const char *vehicle_id, struct arena *arena,
                             struct store_exemptions *out, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, OF_VEHICLE, SQL_VALUES(sql_text(vehicle_id)));
    size_t cap = 0;

    *out = (struct store_exemptions){0};
    while (sql_next(rows)) {
        if (out->count == cap) {
            struct store_exemption *old = out->items;
            cap = cap == 0 ? 2 : cap * 2;
            out->items = ARENA_ARRAY(arena, struct store_exemption, cap);
            if (old != NULL)
                memcpy(out->items, old, out->count * sizeof *old);
        }
        exemption_read(rows, &out->items[out->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_exemption_append(struct sql *db, const struct store_exemption *exemption,
                                struct fault *fault)
{
    return sql_exec(db, APPEND,
                    SQL_VALUES(sql_text(exemption->vehicle_id), sql_int(exemption->reason),
                               sql_text(exemption->document), sql_int(exemption->from),
                               sql_int(exemption->version), sql_int(exemption->until),
                               sql_int(exemption->recorded_at), sql_text(exemption->author)),
                    NULL, fault);
}

enum err store_exemption_find(struct sql *db, const struct store_exemption_search *s,
                              store_exemption_row *each, void *arg, struct fault *fault)
{
    static const struct store_exemption_key start = {.vehicle_id = "", .document = ""};
    const struct store_exemption_key *after = s->after == NULL ? &start : s->after;
    struct sql_rows *rows =
        sql_query(db, FIND,
                  SQL_VALUES(sql_int(s->as_of), sql_int(s->ends_by), sql_int(s->reason),
                             sql_text(s->vehicle_id == NULL ? "" : s->vehicle_id),
                             sql_int(s->limit), sql_text(after->vehicle_id), sql_int(after->from),
                             sql_int(after->reason), sql_text(after->document)));

    while (sql_next(rows)) {
        struct store_exemption exemption;
        exemption_read(rows, &exemption);
        each(arg, &exemption);
    }
    return sql_done(rows, fault);
}
