#include "registry/store/store_built_up.h"

#include <stdio.h>
#include <string.h>

/* What is there is written over with itself: whoever takes it out waits for this transaction, and then
 * sees what it stored. */
static const char QUEUE_UNIT[] =
    "INSERT INTO built_up_queue (vehicle_id, since_ms) SELECT b.vehicle_id, CAST($3 AS BIGINT) "
    "FROM unit_binding b WHERE b.unit_id = $1 AND b.valid_from <= $2 AND b.valid_to > $2 "
    "ON CONFLICT (vehicle_id) DO UPDATE SET since_ms = built_up_queue.since_ms";
static const char QUEUE_VEHICLE[] =
    "INSERT INTO built_up_queue (vehicle_id, since_ms) SELECT x.id, CAST($2 AS BIGINT) "
    "FROM (SELECT b.vehicle_id AS id FROM unit_binding b WHERE b.vehicle_id = $1 AND EXISTS "
    "(SELECT 1 FROM unit_day_place p WHERE p.unit_id = b.unit_id) "
    "UNION SELECT u.vehicle_id FROM vehicle_built_up u WHERE u.vehicle_id = $1) AS x WHERE TRUE "
    "ON CONFLICT (vehicle_id) DO NOTHING";
static const char QUEUE_ALL[] =
    "INSERT INTO built_up_queue (vehicle_id, since_ms) "
    "SELECT DISTINCT b.vehicle_id, CAST($1 AS BIGINT) FROM unit_total t "
    "JOIN unit_binding b ON b.unit_id = t.unit_id WHERE b.vehicle_id <> '' "
    "ON CONFLICT (vehicle_id) DO NOTHING";
static const char NEXT[] = "SELECT vehicle_id FROM built_up_queue WHERE since_ms <= $1 "
                           "ORDER BY since_ms, vehicle_id LIMIT 1";
static const char TAKE[] = "DELETE FROM built_up_queue WHERE vehicle_id = $1";

static const char DAYS[] =
    "SELECT p.day, CAST(SUM(p.operating_ms) AS BIGINT), CAST(SUM(p.located_ms) AS BIGINT), "
    "CAST(SUM(p.built_up_ms) AS BIGINT) FROM unit_binding b JOIN unit_day_place p "
    "ON p.unit_id = b.unit_id AND p.day >= b.valid_from AND p.day < b.valid_to "
    "WHERE b.vehicle_id = $1 AND p.day >= $2 AND p.day < $3 GROUP BY p.day ORDER BY p.day";
static const char AREAS[] =
    "SELECT s.site_id, s.valid_from, CASE WHEN s.kind = $1 AND s.lon_min <= s.lon_max THEN 1 "
    "ELSE 0 END FROM site_version s "
    "WHERE s.site_id IN (SELECT a.site_id FROM site_version a WHERE a.kind = $1) "
    "ORDER BY s.site_id, s.valid_from, s.version";

static const char DROP[] = "DELETE FROM vehicle_built_up WHERE vehicle_id = $1";
static const char PUT[] =
    "INSERT INTO vehicle_built_up (vehicle_id, from_day, to_day, derived, declared) "
    "VALUES ($1, $2, $3, $4, $5)";
/* v is the state of its vehicle on the day. CROSS JOIN: they are few, and the register is large. */
static const char DIFFERING[] =
    "SELECT u.vehicle_id, v.owner_id, v.category, v.energy, v.stage, v.built_up, v.area, "
    "COALESCE((SELECT o.kind FROM org_version o WHERE o.org_id = v.owner_id "
    "AND o.valid_from <= $1 ORDER BY o.valid_from DESC, o.version DESC LIMIT 1), 0), "
    "COALESCE((SELECT SUM(DISTINCT CAST(1 AS BIGINT) << CAST(e.reason AS INTEGER)) "
    "FROM exemption_version e WHERE e.vehicle_id = v.vehicle_id AND e.from_day <= $1 "
    "AND e.until_day > $1 AND NOT EXISTS (SELECT 1 FROM exemption_version f "
    "WHERE f.vehicle_id = e.vehicle_id AND f.reason = e.reason AND f.document = e.document "
    "AND f.from_day = e.from_day AND f.version > e.version)), 0), u.derived "
    "FROM vehicle_built_up u CROSS JOIN vehicle_version v WHERE v.vehicle_id = u.vehicle_id "
    "AND u.derived <> u.declared AND u.to_day > $1 AND u.from_day <= $1 "
    "AND v.valid_from <= $1 AND v.added <= $1 AND v.removed > $1 "
    "AND v.built_up <> u.derived AND NOT EXISTS (SELECT 1 FROM vehicle_version w "
    "WHERE w.vehicle_id = v.vehicle_id AND w.valid_from <= $1 AND (w.valid_from > v.valid_from "
    "OR (w.valid_from = v.valid_from AND w.version > v.version))) ORDER BY u.vehicle_id";

/* ---- the queue ---- */

enum err store_built_up_queue_unit(struct sql *db, const char *unit, int32_t day, int64_t now_ms,
                                   struct fault *fault)
{
    return sql_send(db, QUEUE_UNIT, SQL_VALUES(sql_text(unit), sql_int(day), sql_int(now_ms)),
                    fault);
}

enum err store_built_up_queue_vehicle(struct sql *db, const char *vehicle_id, int64_t now_ms,
                                      struct fault *fault)
{
    return sql_exec(db, QUEUE_VEHICLE, SQL_VALUES(sql_text(vehicle_id), sql_int(now_ms)), NULL,
                    fault);
}

enum err store_built_up_queue_all(struct sql *db, int64_t now_ms, struct fault *fault)
{
    return sql_exec(db, QUEUE_ALL, SQL_VALUES(sql_int(now_ms)), NULL, fault);
}

enum err store_built_up_next(struct sql *db, int64_t until_ms, bool *found,
                             char vehicle_id[static VEHICLE_ID_SIZE], struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, NEXT, SQL_VALUES(sql_int(until_ms)));

    *found = sql_next(rows);
    if (*found)
        snprintf(vehicle_id, VEHICLE_ID_SIZE, "%s", sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

enum err store_built_up_take(struct sql *db, const char *vehicle_id, struct fault *fault)
{
    return sql_exec(db, TAKE, SQL_VALUES(sql_text(vehicle_id)), NULL, fault);
}

/* ---- what it is decided from ---- */

enum err store_day_places(struct sql *db, struct arena *arena, const char *vehicle_id, int32_t from,
                          int32_t to, struct store_day_place **days, size_t *count,
                          struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, DAYS, SQL_VALUES(sql_text(vehicle_id), sql_int(from), sql_int(to)));
    size_t cap = 0;

    *days = NULL;
    *count = 0;
    while (sql_next(rows)) {
        if (*count == cap) {
            struct store_day_place *old = *days;
            cap = cap * 2 + 64;
            *days = ARENA_ARRAY(arena, struct store_day_place, cap);
            if (old != NULL)
                memcpy(*days, old, *count * sizeof *old);
        }
        (*days)[(*count)++] =
            (struct store_day_place){(int32_t)sql_column_int(rows, 0), sql_column_int(rows, 1),
                                     sql_column_int(rows, 2), sql_column_int(rows, 3)};
    }
    return sql_done(rows, fault);
}

enum err store_area_versions(struct sql *db, struct arena *arena, int kind,
                             struct store_area_version **versions, size_t *count,
                             struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, AREAS, SQL_VALUES(sql_int(kind)));
    size_t cap = 0;

    *versions = NULL;
    *count = 0;
    while (sql_next(rows)) {
        struct store_area_version *v = NULL;
        if (*count == cap) {
            struct store_area_version *old = *versions;
            cap = cap * 2 + 16;
            *versions = ARENA_ARRAY(arena, struct store_area_version, cap);
            if (old != NULL)
                memcpy(*versions, old, *count * sizeof *old);
        }
        v = &(*versions)[(*count)++];
        snprintf(v->site_id, sizeof v->site_id, "%s", sql_column_text(rows, 0));
        v->valid_from = (int32_t)sql_column_int(rows, 1);
        v->is = sql_column_int(rows, 2) != 0;
    }
    return sql_done(rows, fault);
}

/* ---- what was decided ---- */

enum err store_built_up_put(struct sql *db, const char *vehicle_id,
                            const struct store_built_up *spans, size_t count, struct fault *fault)
{
    enum err err = sql_exec(db, DROP, SQL_VALUES(sql_text(vehicle_id)), NULL, fault);

    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err =
            sql_exec(db, PUT,
                     SQL_VALUES(sql_text(vehicle_id), sql_int(spans[i].from), sql_int(spans[i].to),
                                sql_int(spans[i].derived), sql_int(spans[i].declared)),
                     NULL, fault);
    return err;
}

static struct store_built_up_difference read_difference(const struct sql_rows *rows)
{
    struct store_built_up_difference d = {
        .vehicle_id = sql_column_text(rows, 0),
        .owner_id = sql_column_text(rows, 1),
        .dims = {.category = (int)sql_column_int(rows, 2),
                 .energy = (int)sql_column_int(rows, 3),
                 .stage = (int)sql_column_int(rows, 4),
                 .built_up = sql_column_int(rows, 5) != 0,
                 .owner_kind = (int)sql_column_int(rows, 7),
                 .exempt = (unsigned)sql_column_int(rows, 8)},
        .derived = sql_column_int(rows, 9) != 0,
    };

    snprintf(d.dims.area, sizeof d.dims.area, "%s", sql_column_text(rows, 6));
    return d;
}

enum err store_built_up_differing(struct sql *db, int32_t day, store_built_up_row *each, void *arg,
                                  struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, DIFFERING, SQL_VALUES(sql_int(day)));

    while (sql_next(rows)) {
        const struct store_built_up_difference difference = read_difference(rows);
        each(arg, &difference);
    }
    return sql_done(rows, fault);
}
