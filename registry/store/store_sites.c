#include "registry/store/store_sites.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"

#define COLUMNS                                                                                    \
    "s.site_id, s.version, s.valid_from, s.org_id, s.name, s.kind, s.polygon, s.lon_min, "         \
    "s.lat_min, s.lon_max, s.lat_max, s.recorded_at, s.author"

static const char VERSIONS[] =
    "SELECT " COLUMNS " FROM site_version s WHERE s.site_id = $1 ORDER BY s.valid_from, s.version";
static const char ALL[] =
    "SELECT " COLUMNS " FROM site_version s ORDER BY s.site_id, s.valid_from, s.version";
static const char KNOWN[] = "SELECT 1 FROM site_version WHERE site_id = $1 LIMIT 1";
static const char APPEND[] =
    "INSERT INTO site_version (site_id, version, valid_from, org_id, name, kind, polygon, lon_min, "
    "lat_min, lon_max, lat_max, recorded_at, author) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
static const char COUNT_CHANGE[] = "UPDATE site_changes SET changes = changes + 1";
static const char CHANGES[] = "SELECT changes FROM site_changes";
static const char FIND[] =
    "SELECT " COLUMNS " FROM site_version s WHERE s.valid_from <= $1 AND NOT EXISTS "
    "(SELECT 1 FROM site_version w WHERE w.site_id = s.site_id AND w.valid_from <= $1 "
    "AND (w.valid_from > s.valid_from OR (w.valid_from = s.valid_from AND w.version > s.version))) "
    "AND s.site_id > $2 AND (CAST($3 AS TEXT) = '' OR s.org_id = $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR s.kind = $4) ORDER BY s.site_id LIMIT $5";

static const char REOPEN_PUT[] =
    "INSERT INTO site_reopen (site_id, valid_from, version, from_hour, to_hour, lon_min, lat_min, "
    "lon_max, lat_max, after_unit) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')";
static const char REOPEN_NEXT[] =
    "SELECT site_id, valid_from, version, from_hour, to_hour, lon_min, lat_min, lon_max, lat_max, "
    "after_unit FROM site_reopen ORDER BY site_id, valid_from, version LIMIT 1";
/* unit_total has one row for each unit that was ever rolled up. */
static const char REOPEN_UNITS[] =
    "SELECT COUNT(*), COALESCE(MAX(u.unit_id), '') FROM (SELECT unit_id FROM unit_total "
    "WHERE unit_id > $1 ORDER BY unit_id LIMIT $2) AS u";
static const char REOPEN_HOURS[] =
    "INSERT INTO rollup_queue (unit_id, hour, rows_new, since_ms) "
    "SELECT p.unit_id, p.hour, 0, CAST($1 AS BIGINT) FROM unit_hour_place p "
    "WHERE p.unit_id > $2 AND p.unit_id <= $3 AND p.hour >= $4 AND p.hour < $5 "
    "AND p.lon_min <= $6 AND p.lon_max >= $7 AND p.lat_min <= $8 AND p.lat_max >= $9 "
    "ON CONFLICT (unit_id, hour) DO NOTHING";
static const char REOPEN_MOVE[] = "UPDATE site_reopen SET after_unit = $4 "
                                  "WHERE site_id = $1 AND valid_from = $2 AND version = $3";
static const char REOPEN_END[] =
    "DELETE FROM site_reopen WHERE site_id = $1 AND valid_from = $2 AND version = $3";

static void site_read(const struct sql_rows *rows, struct arena *arena, struct store_site *s)
{
    const char *polygon = sql_column_text(rows, 6);

    *s = (struct store_site){
        .version = sql_column_int(rows, 1),
        .valid_from = (int32_t)sql_column_int(rows, 2),
        .kind = (int)sql_column_int(rows, 5),
        .polygon = arena == NULL ? polygon : arena_text(arena, polygon),
        .box = {sql_column_int(rows, 7), sql_column_int(rows, 8), sql_column_int(rows, 9),
                sql_column_int(rows, 10)},
        .recorded_at = sql_column_int(rows, 11),
    };
    snprintf(s->site_id, sizeof s->site_id, "%s", sql_column_text(rows, 0));
    snprintf(s->org_id, sizeof s->org_id, "%s", sql_column_text(rows, 3));
    snprintf(s->name, sizeof s->name, "%s", sql_column_text(rows, 4));
    snprintf(s->author, sizeof s->author, "%s", sql_column_text(rows, 12));
}

static enum err read_all(struct sql_rows *rows, struct arena *arena, struct store_sites *out,
                         struct fault *fault)
{
    size_t cap = 0;

    *out = (struct store_sites){0};
    while (sql_next(rows)) {
        if (out->count == cap) {
            struct store_site *old = out->items;
            cap = cap == 0 ? 4 : cap * 2;
            out->items = ARENA_ARRAY(arena, struct store_site, cap);
            if (old != NULL)
                memcpy(out->items, old, out->count * sizeof *old);
        }
        site_read(rows, arena, &out->items[out->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_site_versions(struct sql *db, const char *site_id, struct arena *arena,
                             struct store_sites *versions, struct fault *fault)
{
    return read_all(sql_query(db, VERSIONS, SQL_VALUES(sql_text(site_id))), arena, versions, fault);
}

enum err store_site_all(struct sql *db, struct arena *arena, struct store_sites *versions,
                        struct fault *fault)
{
    return read_all(sql_query(db, ALL, SQL_NO_VALUES), arena, versions, fault);
}

enum err store_site_known(struct sql *db, const char *site_id, bool *known, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, KNOWN, SQL_VALUES(sql_text(site_id)));

    *known = sql_next(rows);
    return sql_done(rows, fault);
}

enum err store_site_append(struct sql *db, const struct store_site *version, struct fault *fault)
{
    enum err err = sql_exec(db, APPEND,
                            SQL_VALUES(sql_text(version->site_id), sql_int(version->version),
                                       sql_int(version->valid_from), sql_text(version->org_id),
                                       sql_text(version->name), sql_int(version->kind),
                                       sql_text(version->polygon), sql_int(version->box.lon_min),
                                       sql_int(version->box.lat_min), sql_int(version->box.lon_max),
                                       sql_int(version->box.lat_max), sql_int(version->recorded_at),
                                       sql_text(version->author)),
                            NULL, fault);

    return err == ERR_OK ? sql_exec(db, COUNT_CHANGE, SQL_NO_VALUES, NULL, fault) : err;
}

enum err store_site_changes(struct sql *db, int64_t *changes, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, CHANGES, SQL_NO_VALUES);

    *changes = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_site_find(struct sql *db, const struct store_site_search *s, store_site_row *each,
                         void *arg, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, FIND,
                  SQL_VALUES(sql_int(s->as_of), sql_text(s->after == NULL ? "" : s->after),
                             sql_text(s->org_id == NULL ? "" : s->org_id), sql_int(s->kind),
                             sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_site site;
        site_read(rows, NULL, &site);
        each(arg, &site);
    }
    return sql_done(rows, fault);
}

/* ---- hours to be done again ---- */

enum err store_site_reopen_put(struct sql *db, const struct store_site_reopen *r,
                               struct fault *fault)
{
    return sql_exec(db, REOPEN_PUT,
                    SQL_VALUES(sql_text(r->site->site_id), sql_int(r->site->valid_from),
                               sql_int(r->site->version), sql_int(r->from_hour),
                               sql_int(r->to_hour), sql_int(r->box.lon_min),
                               sql_int(r->box.lat_min), sql_int(r->box.lon_max),
                               sql_int(r->box.lat_max)),
                    NULL, fault);
}

struct reopen {
    struct store_site site; /* its key only */
    struct store_site_reopen what;
    char after[65], last[65]; /* units */
    int64_t units;
};

static enum err reopen_next(struct sql *db, struct reopen *r, bool *found, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, REOPEN_NEXT, SQL_NO_VALUES);

    *found = sql_next(rows);
    if (*found) {
        snprintf(r->site.site_id, sizeof r->site.site_id, "%s", sql_column_text(rows, 0));
        r->site.valid_from = (int32_t)sql_column_int(rows, 1);
        r->site.version = sql_column_int(rows, 2);
        r->what.from_hour = sql_column_int(rows, 3);
        r->what.to_hour = sql_column_int(rows, 4);
        r->what.box = (struct store_site_box){sql_column_int(rows, 5), sql_column_int(rows, 6),
                                              sql_column_int(rows, 7), sql_column_int(rows, 8)};
        snprintf(r->after, sizeof r->after, "%s", sql_column_text(rows, 9));
    }
    return sql_done(rows, fault);
}

enum err store_site_reopen_waits(struct sql *db, bool *waits, struct fault *fault)
{
    struct reopen r;

    return reopen_next(db, &r, waits, fault);
}

static enum err reopen_units(struct sql *db, struct reopen *r, int64_t units, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, REOPEN_UNITS, SQL_VALUES(sql_text(r->after), sql_int(units)));

    if (sql_next(rows)) {
        r->units = sql_column_int(rows, 0);
        snprintf(r->last, sizeof r->last, "%s", sql_column_text(rows, 1));
    }
    return sql_done(rows, fault);
}

static enum err reopen_hours(struct sql *db, const struct reopen *r, int64_t now_ms,
                             struct fault *fault)
{
    const struct store_site_box *box = &r->what.box;

    return sql_exec(db, REOPEN_HOURS,
                    SQL_VALUES(sql_int(now_ms), sql_text(r->after), sql_text(r->last),
                               sql_int(r->what.from_hour), sql_int(r->what.to_hour),
                               sql_int(box->lon_max), sql_int(box->lon_min), sql_int(box->lat_max),
                               sql_int(box->lat_min)),
                    NULL, fault);
}

enum err store_site_reopen_step(struct sql *db, int64_t units, int64_t now_ms, bool *did,
                                struct fault *fault)
{
    struct reopen r = {0};
    enum err err = reopen_next(db, &r, did, fault);

    if (err != ERR_OK || !*did)
        return err;
    err = reopen_units(db, &r, units, fault);
    if (err == ERR_OK && r.units > 0)
        err = reopen_hours(db, &r, now_ms, fault);
    if (err != ERR_OK)
        return err;
    if (r.units < units)
        return sql_exec(db, REOPEN_END,
                        SQL_VALUES(sql_text(r.site.site_id), sql_int(r.site.valid_from),
                                   sql_int(r.site.version)),
                        NULL, fault);
    return sql_exec(db, REOPEN_MOVE,
                    SQL_VALUES(sql_text(r.site.site_id), sql_int(r.site.valid_from),
                               sql_int(r.site.version), sql_text(r.last)),
                    NULL, fault);
}
