#include "registry/store/store_visits.h"

#include <stdio.h>

#include "shared/when.h"

static const char PLACE_FIND[] =
    "SELECT p.lon_min, p.lat_min, p.lon_max, p.lat_max, p.located_ms, p.built_up_ms, p.state "
    "FROM unit_hour_place p WHERE p.unit_id = $1 AND p.hour = $2";
static const char PLACE_PUT[] =
    "INSERT INTO unit_hour_place (unit_id, hour, lon_min, lat_min, lon_max, lat_max, located_ms, "
    "built_up_ms, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
    "ON CONFLICT (unit_id, hour) DO UPDATE SET lon_min = excluded.lon_min, "
    "lat_min = excluded.lat_min, lon_max = excluded.lon_max, lat_max = excluded.lat_max, "
    "located_ms = excluded.located_ms, built_up_ms = excluded.built_up_ms, "
    "state = excluded.state";
static const char DAY_ADD[] =
    "INSERT INTO unit_day_place (unit_id, day, operating_ms, located_ms, built_up_ms) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (unit_id, day) DO UPDATE SET "
    "operating_ms = unit_day_place.operating_ms + excluded.operating_ms, "
    "located_ms = unit_day_place.located_ms + excluded.located_ms, "
    "built_up_ms = unit_day_place.built_up_ms + excluded.built_up_ms";
static const char STAYS_DROP[] = "DELETE FROM unit_hour_site WHERE unit_id = $1 AND hour = $2";
static const char STAY_PUT[] =
    "INSERT INTO unit_hour_site (unit_id, hour, site_id, inside_ms, operating_ms, engine_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
static const char VISITS_DROP[] = "DELETE FROM site_visit WHERE unit_id = $1 AND hour = $2";
static const char VISIT_PUT[] =
    "INSERT INTO site_visit (unit_id, hour, site_id, entered_ms, left_ms) "
    "VALUES ($1, $2, $3, $4, $5)";
static const char PRESENCE_DROP[] = "DELETE FROM site_presence WHERE unit_id = $1";
static const char PRESENCE_PUT[] =
    "INSERT INTO site_presence (unit_id, site_id, entered_ms, last_ms) VALUES ($1, $2, $3, $4)";

/* A day of the binding begins at 16:00 UTC of the day before. */
static const char STAYS[] = "SELECT s.hour, s.site_id, CAST(SUM(s.inside_ms) AS BIGINT), "
                            "CAST(SUM(s.operating_ms) AS BIGINT), CAST(SUM(s.engine_ms) AS BIGINT) "
                            "FROM unit_binding b JOIN unit_hour_site s ON s.unit_id = b.unit_id "
                            "AND s.hour >= b.valid_from * 24 - 8 AND s.hour < b.valid_to * 24 - 8 "
                            "WHERE b.vehicle_id = $1 AND s.hour >= $2 AND s.hour < $3 "
                            "GROUP BY s.hour, s.site_id ORDER BY s.hour, s.site_id";

/* Was the unit bound to b's vehicle on the day on which the visit x began? */
#define ENTERED_BOUND                                                                              \
    "x.entered_ms >= (b.valid_from * 24 - 8) * 3600000 "                                           \
    "AND x.entered_ms < (b.valid_to * 24 - 8) * 3600000"
#define PAGE                                                                                       \
    " AND x.entered_ms < $3 AND x.left_ms >= $2 "                                                  \
    "AND (x.entered_ms, x.site_id, x.unit_id) > ($4, $5, $6) "
#define ENDED(where)                                                                               \
    "SELECT unit_id, site_id, entered_ms, left_ms, 0 AS inside FROM site_visit" where
#define GOES_ON(where)                                                                             \
    "SELECT unit_id, site_id, entered_ms, last_ms AS left_ms, 1 AS inside FROM "                   \
    "site_presence" where
static const char OF_VEHICLE[] =
    "SELECT b.vehicle_id, x.unit_id, x.site_id, x.entered_ms, x.left_ms, x.inside "
    "FROM unit_binding b JOIN (" ENDED("") " UNION ALL " GOES_ON(
        "") ") AS x "
            "ON x.unit_id = b.unit_id WHERE b.vehicle_id = $1 AND " ENTERED_BOUND PAGE
            "ORDER BY x.entered_ms, x.site_id, x.unit_id LIMIT $7";
static const char OF_SITE[] =
    "SELECT COALESCE(b.vehicle_id, ''), x.unit_id, x.site_id, x.entered_ms, x.left_ms, x.inside "
    "FROM (" ENDED(" WHERE site_id = $1") " UNION ALL " GOES_ON(
        " WHERE site_id = $1") ") AS x "
                               "LEFT JOIN unit_binding b ON b.unit_id = x.unit_id "
                               "AND " ENTERED_BOUND " WHERE x.site_id = $1" PAGE
                               "ORDER BY x.entered_ms, x.site_id, x.unit_id LIMIT $7";

/* ---- an hour ---- */

enum err store_place_find(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                          bool *found, struct store_place *place, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, PLACE_FIND, SQL_VALUES(sql_text(unit), sql_int(hour)));

    *found = sql_next(rows);
    if (*found) {
        size_t len = 0;
        const uint8_t *state = sql_column_bytes(rows, 6, &len);
        *place = (struct store_place){
            .box = {sql_column_int(rows, 0), sql_column_int(rows, 1), sql_column_int(rows, 2),
                    sql_column_int(rows, 3)},
            .located_ms = sql_column_int(rows, 4),
            .built_up_ms = sql_column_int(rows, 5),
            .state = arena_copy(arena, state, len),
            .state_len = len,
        };
    }
    return sql_done(rows, fault);
}

static enum err put_place(struct sql *db, const struct store_place_hour *h, struct fault *fault)
{
    const struct store_place *p = h->now;

    return sql_send(db, PLACE_PUT,
                    SQL_VALUES(sql_text(h->unit), sql_int(h->hour), sql_int(p->box.lon_min),
                               sql_int(p->box.lat_min), sql_int(p->box.lon_max),
                               sql_int(p->box.lat_max), sql_int(p->located_ms),
                               sql_int(p->built_up_ms), sql_bytes(p->state, p->state_len)),
                    fault);
}

static enum err move_day(struct sql *db, const struct store_place_hour *h, struct fault *fault)
{
    static const struct store_place none = {0};
    const struct store_place *old = h->old == NULL ? &none : h->old;
    int64_t operating = h->now->operating_ms - old->operating_ms;
    int64_t located = h->now->located_ms - old->located_ms;
    int64_t built_up = h->now->built_up_ms - old->built_up_ms;

    if (operating == 0 && located == 0 && built_up == 0)
        return ERR_OK;
    return sql_send(db, DAY_ADD,
                    SQL_VALUES(sql_text(h->unit), sql_int(when_day_of(h->hour * WHEN_HOUR_MS)),
                               sql_int(operating), sql_int(located), sql_int(built_up)),
                    fault);
}

static enum err put_stays(struct sql *db, const struct store_place_hour *h, struct fault *fault)
{
    enum err err = ERR_OK;

    if (h->old != NULL)
        err = sql_send(db, STAYS_DROP, SQL_VALUES(sql_text(h->unit), sql_int(h->hour)), fault);
    for (size_t i = 0; i < h->stay_count && err == ERR_OK; i++) {
        const struct store_stay *s = &h->stays[i];
        err = sql_send(db, STAY_PUT,
                       SQL_VALUES(sql_text(h->unit), sql_int(h->hour), sql_text(s->site_id),
                                  sql_int(s->inside_ms), sql_int(s->operating_ms),
                                  sql_int(s->engine_ms)),
                       fault);
    }
    return err;
}

static enum err put_visits(struct sql *db, const struct store_place_hour *h, struct fault *fault)
{
    enum err err = ERR_OK;

    if (h->old != NULL)
        err = sql_send(db, VISITS_DROP, SQL_VALUES(sql_text(h->unit), sql_int(h->hour)), fault);
    for (size_t i = 0; i < h->visit_count && err == ERR_OK; i++) {
        const struct store_visit_times *v = &h->visits[i];
        err = sql_send(db, VISIT_PUT,
                       SQL_VALUES(sql_text(h->unit), sql_int(h->hour), sql_text(v->site_id),
                                  sql_int(v->entered_ms), sql_int(v->left_ms)),
                       fault);
    }
    return err;
}

enum err store_place_put(struct sql *db, const struct store_place_hour *hour, struct fault *fault)
{
    enum err err = put_place(db, hour, fault);

    if (err == ERR_OK)
        err = move_day(db, hour, fault);
    if (err == ERR_OK)
        err = put_stays(db, hour, fault);
    return err == ERR_OK ? put_visits(db, hour, fault) : err;
}

enum err store_presence_put(struct sql *db, const char *unit, const struct store_visit_times *open,
                            size_t count, struct fault *fault)
{
    enum err err = sql_send(db, PRESENCE_DROP, SQL_VALUES(sql_text(unit)), fault);

    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = sql_send(db, PRESENCE_PUT,
                       SQL_VALUES(sql_text(unit), sql_text(open[i].site_id),
                                  sql_int(open[i].entered_ms), sql_int(open[i].left_ms)),
                       fault);
    return err;
}

/* ---- questions ---- */

enum err store_stays_of_vehicle(struct sql *db, const char *vehicle, int64_t from, int64_t to,
                                store_stay_row *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, STAYS, SQL_VALUES(sql_text(vehicle), sql_int(from), sql_int(to)));

    while (sql_next(rows)) {
        const struct store_stay_hour stay = {
            .hour = sql_column_int(rows, 0),
            .stay = {sql_column_text(rows, 1), sql_column_int(rows, 2), sql_column_int(rows, 3),
                     sql_column_int(rows, 4)},
        };
        each(arg, &stay);
    }
    return sql_done(rows, fault);
}

static void visit_read(const struct sql_rows *rows, struct store_visit *v)
{
    *v = (struct store_visit){.entered_ms = sql_column_int(rows, 3),
                              .left_ms = sql_column_int(rows, 4),
                              .inside = sql_column_int(rows, 5) != 0};
    snprintf(v->vehicle_id, sizeof v->vehicle_id, "%s", sql_column_text(rows, 0));
    snprintf(v->unit, sizeof v->unit, "%s", sql_column_text(rows, 1));
    snprintf(v->site_id, sizeof v->site_id, "%s", sql_column_text(rows, 2));
}

enum err store_visit_find(struct sql *db, const struct store_visit_search *s, store_visit_row *each,
                          void *arg, struct fault *fault)
{
    static const struct store_visit start = {.entered_ms = INT64_MIN};
    const struct store_visit *after = s->after == NULL ? &start : s->after;
    struct sql_rows *rows =
        sql_query(db, s->vehicle_id != NULL ? OF_VEHICLE : OF_SITE,
                  SQL_VALUES(sql_text(s->vehicle_id != NULL ? s->vehicle_id : s->site_id),
                             sql_int(s->from_ms), sql_int(s->to_ms), sql_int(after->entered_ms),
                             sql_text(after->site_id), sql_text(after->unit), sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_visit visit;
        visit_read(rows, &visit);
        each(arg, &visit);
    }
    return sql_done(rows, fault);
}
