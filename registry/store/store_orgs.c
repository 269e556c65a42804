#include "registry/store/store_orgs.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_freight.h"
#include "registry/store/store_known.h"

#define COLUMNS                                                                                    \
    "o.org_id, o.version, o.valid_from, o.name, o.kind, o.industry, o.project_status, o.siding, "  \
    "o.bulk_t_per_year, o.pipeline, o.recorded_at, o.author"

static const char VERSIONS[] =
    "SELECT " COLUMNS " FROM org_version o WHERE o.org_id = $1 ORDER BY o.valid_from, o.version";
static const char APPEND[] =
    "INSERT INTO org_version (org_id, version, valid_from, name, kind, industry, project_status, "
    "siding, bulk_t_per_year, pipeline, recorded_at, author) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
static const char FIND[] =
    "SELECT " COLUMNS " FROM org_version o WHERE o.valid_from <= $1 AND NOT EXISTS "
    "(SELECT 1 FROM org_version w WHERE w.org_id = o.org_id AND w.valid_from <= $1 "
    "AND (w.valid_from > o.valid_from OR (w.valid_from = o.valid_from AND w.version > o.version))) "
    "AND o.org_id > $2 AND (CAST($3 AS BIGINT) = 0 OR o.kind = $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR o.industry = $4) "
    "AND ($5 = '' OR o.org_id = $5 OR lower(o.name) LIKE '%' || "
    "replace(replace(replace(lower($5), '!', '!!'), '%', '!%'), '_', '!_') || '%' ESCAPE '!') "
    "ORDER BY o.org_id LIMIT $6";

/* $1 the day, and what was known at the instant. */
#define ON_DAY(known)                                                                              \
    "o.valid_from <= $1 AND o.recorded_at <= " known                                               \
    " AND NOT EXISTS (SELECT 1 FROM org_version w WHERE w.org_id = o.org_id "                      \
    "AND w.recorded_at <= " known " AND w.valid_from <= $1 AND (w.valid_from > o.valid_from OR "   \
    "(w.valid_from = o.valid_from AND w.version > o.version)))"
static const char OF_INDUSTRY[] = "SELECT " COLUMNS " FROM org_version o WHERE o.industry = $2 "
                                  "AND " ON_DAY("$3") " ORDER BY o.org_id";
static const char OF_STATUS[] = "SELECT " COLUMNS " FROM org_version o WHERE o.project_status = $2 "
                                "AND " ON_DAY("$3") " ORDER BY o.org_id";
static const char BULK_UNREPORTED[] =
    "SELECT COUNT(*) FROM org_version o WHERE o.bulk_t_per_year > 0 AND " ON_DAY(
        "$4") " AND NOT EXISTS (SELECT 1 FROM freight_report r WHERE r.org_id = o.org_id "
              "AND " STORE_FREIGHT_IN_FORCE(
                  "$4") " AND r.first_month <= $3 AND r.first_month + r.months - 1 >= $2)";

static void org_read(const struct sql_rows *rows, struct store_org *o)
{
    *o = (struct store_org){
        .version = sql_column_int(rows, 1),
        .valid_from = (int32_t)sql_column_int(rows, 2),
        .kind = (int)sql_column_int(rows, 4),
        .industry = (int)sql_column_int(rows, 5),
        .project_status = (int)sql_column_int(rows, 6),
        .siding = (int)sql_column_int(rows, 7),
        .bulk_t_per_year = sql_column_null(rows, 8) ? ORG_BULK_NONE : sql_column_int(rows, 8),
        .pipeline = sql_column_int(rows, 9) != 0,
        .recorded_at = sql_column_int(rows, 10),
    };
    snprintf(o->org_id, sizeof o->org_id, "%s", sql_column_text(rows, 0));
    snprintf(o->name, sizeof o->name, "%s", sql_column_text(rows, 3));
    snprintf(o->author, sizeof o->author, "%s", sql_column_text(rows, 11));
}

enum err store_org_versions(struct sql *db, const char *org_id, struct arena *arena,
                            struct store_orgs *versions, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, VERSIONS, SQL_VALUES(sql_text(org_id)));
    size_t cap = 0;

    *versions = (struct store_orgs){0};
    while (sql_next(rows)) {
        if (versions->count == cap) {
            struct store_org *old = versions->items;
            cap = cap == 0 ? 2 : cap * 2;
            versions->items = ARENA_ARRAY(arena, struct store_org, cap);
            if (old != NULL)
                memcpy(versions->items, old, versions->count * sizeof *old);
        }
        org_read(rows, &versions->items[versions->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_org_append(struct sql *db, const struct store_org *version, struct fault *fault)
{
    return sql_exec(
        db, APPEND,
        SQL_VALUES(
            sql_text(version->org_id), sql_int(version->version), sql_int(version->valid_from),
            sql_text(version->name), sql_int(version->kind), sql_int(version->industry),
            sql_int(version->project_status), sql_int(version->siding),
            version->bulk_t_per_year == ORG_BULK_NONE ? sql_null()
                                                      : sql_int(version->bulk_t_per_year),
            sql_int(version->pipeline), sql_int(version->recorded_at), sql_text(version->author)),
        NULL, fault);
}

enum err store_org_find(struct sql *db, const struct store_org_search *s, store_org_row *each,
                        void *arg, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, FIND,
                  SQL_VALUES(sql_int(s->as_of), sql_text(s->after == NULL ? "" : s->after),
                             sql_int(s->kind), sql_int(s->industry),
                             sql_text(s->part == NULL ? "" : s->part), sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_org org;
        org_read(rows, &org);
        each(arg, &org);
    }
    return sql_done(rows, fault);
}

enum err store_org_subjects(struct sql *db, int32_t as_of, enum store_org_by by, uint32_t mask,
                            int64_t known_ms, store_org_row *each, void *arg, struct fault *fault)
{
    enum err err = ERR_OK;

    for (int code = 1; code < 32 && err == ERR_OK; code++) {
        struct sql_rows *rows = NULL;
        if ((mask >> code & 1u) == 0)
            continue;
        rows = sql_query(db, by == STORE_ORG_INDUSTRY ? OF_INDUSTRY : OF_STATUS,
                         SQL_VALUES(sql_int(as_of), sql_int(code), sql_int(store_known(known_ms))));
        while (sql_next(rows)) {
            struct store_org org;
            org_read(rows, &org);
            each(arg, &org);
        }
        err = sql_done(rows, fault);
    }
    return err;
}

enum err store_org_bulk_unreported(struct sql *db, int32_t as_of, int64_t from_month,
                                   int64_t to_month, int64_t known_ms, int64_t *count,
                                   struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, BULK_UNREPORTED,
                  SQL_VALUES(sql_int(as_of), sql_int(from_month), sql_int(to_month),
                             sql_int(store_known(known_ms))));

    *count = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}
