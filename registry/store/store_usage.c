#include "registry/store/store_usage.h"

#include <stdio.h>

#include "registry/store/sql.h"
#include "registry/store/store_gate_known.h"
#include "registry/store/store_known.h"
#include "shared/when.h"

/* Days and hours from instants of UTC+8; both are after 1970. */
#define DAY_OF_HOUR "((h.hour + 8) / 24)"
#define DAY_OF_TRIP "((g.at_ms + 28800000) / 86400000)"

/* The sites on the last day ($2), with the kind of owner; $3 mask of kinds, $4 one org; $5 the instant by
 * whose knowledge. */
#define SITES                                                                                      \
    "(SELECT s.site_id AS site_id, s.org_id AS org_id FROM site_version s "                        \
    "WHERE s.valid_from <= $2 AND s.recorded_at <= $5 "                                            \
    "AND NOT EXISTS (SELECT 1 FROM site_version w WHERE w.site_id = s.site_id "                    \
    "AND w.recorded_at <= $5 AND w.valid_from <= $2 AND (w.valid_from > s.valid_from OR "          \
    "(w.valid_from = s.valid_from AND w.version > s.version))) "                                   \
    "AND (CAST($4 AS TEXT) = '' OR s.org_id = $4) AND (CAST($3 AS BIGINT) = 0 OR "                 \
    "(CAST($3 AS BIGINT) >> CAST(COALESCE((SELECT o.kind FROM org_version o "                      \
    "WHERE o.org_id = s.org_id AND o.valid_from <= $2 AND o.recorded_at <= $5 "                    \
    "ORDER BY o.valid_from DESC, o.version DESC LIMIT 1), 0) AS INTEGER)) & 1 = 1)) AS t"

/* The vehicles that the units of the sums of days d were in, as they were on the day. Of versions and not
 * of unit_binding, which is made of them but has no memory; $6 categories. */
#define VEHICLES                                                                                   \
    "JOIN vehicle_version v ON v.unit = d.unit_id AND v.valid_from <= d.day "                      \
    "AND v.recorded_at <= $5 AND v.added <= d.day AND v.removed > d.day "                          \
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version x WHERE x.vehicle_id = v.vehicle_id "           \
    "AND x.recorded_at <= $5 AND x.valid_from <= d.day AND (x.valid_from > v.valid_from OR "       \
    "(x.valid_from = v.valid_from AND x.version > v.version))) WHERE (CAST($6 AS BIGINT) = 0 "     \
    "OR (CAST($6 AS BIGINT) >> CAST(v.category AS INTEGER)) & 1 = 1) "

/* Hours and trips of the days $1 to $2. The ledger had the trip at the instant; OF_VEHICLES reads it as
 * it is now. */
#define HOURS                                                                                      \
    "h.hour >= CAST($1 AS BIGINT) * 24 - 8 AND h.hour < (CAST($2 AS BIGINT) + 1) * 24 - 8 "
#define TRIPS_OF_DAYS                                                                              \
    STORE_GATE_DAYS("g.at_ms")                                                                     \
    "AND (g.recorded_at <= $5 OR EXISTS (SELECT 1 FROM gate_trip_replaced r "                      \
    "WHERE r.site_id = g.site_id AND r.at_ms = g.at_ms AND r.gate = g.gate "                       \
    "AND r.direction = g.direction AND r.mark = g.mark AND r.recorded_at <= $5)) "

/* The ledger as it is, which needs no looking back, and as it was known. */
#define NOW  "gate_trip"
#define THEN STORE_GATE_KNOWN("$5")

/* What a machine was on the day on which it worked. */
static const char MACHINES[] =
    "SELECT v.vehicle_id, d.site_id, v.owner_id, v.category, v.energy, v.stage, v.built_up, "
    "v.area, CAST(SUM(d.operating_ms) AS BIGINT) FROM (SELECT h.unit_id AS unit_id, "
    "t.site_id AS site_id, " DAY_OF_HOUR " AS day, SUM(h.operating_ms) AS operating_ms FROM " SITES
    " JOIN unit_hour_site h ON h.site_id = t.site_id AND " HOURS
    "GROUP BY h.unit_id, t.site_id, " DAY_OF_HOUR ") AS d " VEHICLES
    "GROUP BY v.vehicle_id, d.site_id, v.owner_id, v.category, v.energy, v.stage, v.built_up, "
    "v.area HAVING SUM(d.operating_ms) > 0 ORDER BY v.vehicle_id, d.site_id, v.owner_id, "
    "v.category, v.energy, v.stage, v.built_up, v.area";

/* $6 and $7 masks of energies and stages, $8 the rule. */
#define TRIP_MISSES                                                                                \
    "AND (CAST($6 AS BIGINT) >> CAST(g.used_energy AS INTEGER)) & 1 = 0 "                          \
    "AND (CAST($7 AS BIGINT) >> CAST(g.used_stage AS INTEGER)) & 1 = 0 "
#define EXCUSES_TRIP                                                                               \
    "e.rule = $8 AND e.from_day <= " DAY_OF_TRIP " AND e.until_day > " DAY_OF_TRIP                 \
    " AND e.approved <= $2 AND e.recorded_at <= $5 "                                               \
    "AND ((e.subject_kind = 1 AND e.subject IN (g.matched, g.vehicle_id, g.plate)) "               \
    "OR (e.subject_kind = 2 AND e.subject = t.org_id) "                                            \
    "OR (e.subject_kind = 3 AND e.subject = g.site_id)) "                                          \
    "AND NOT EXISTS (SELECT 1 FROM exception_version f WHERE f.rule = e.rule "                     \
    "AND f.subject_kind = e.subject_kind AND f.subject = e.subject AND f.document = e.document "   \
    "AND f.from_day = e.from_day AND f.version > e.version AND f.recorded_at <= $5) "

#define UNEXCUSED(ledger)                                                                          \
    "SELECT COUNT(*) FROM " SITES " JOIN " ledger                                                  \
    " g ON g.site_id = t.site_id WHERE " STORE_GATE_DAYS("g.at_ms") TRIP_MISSES                    \
        "AND NOT EXISTS (SELECT 1 FROM exception_version e WHERE " EXCUSES_TRIP ")"
static const char UNEXCUSED_NOW[] = UNEXCUSED(NOW);
static const char UNEXCUSED_THEN[] = UNEXCUSED(THEN);

#define EXCUSING(ledger)                                                                           \
    "SELECT DISTINCT e.subject_kind, e.subject, e.document, e.from_day FROM " SITES                \
    " JOIN " ledger " g ON g.site_id = t.site_id JOIN exception_version e ON " EXCUSES_TRIP        \
    "WHERE " STORE_GATE_DAYS("g.at_ms") TRIP_MISSES
static const char EXCUSING_NOW[] = EXCUSING(NOW);
static const char EXCUSING_THEN[] = EXCUSING(THEN);

/* Begins at the units that were ever heard of (store_verified.c). */
static const char OF_VEHICLES[] =
    "SELECT c.vehicle_id, g.used_energy, g.used_stage, COUNT(*) FROM "
    "(SELECT b.vehicle_id AS vehicle_id FROM unit_total u CROSS JOIN unit_binding b "
    "WHERE b.unit_id = u.unit_id AND b.valid_from <= $7 AND b.valid_to > $6 UNION SELECT f.subject "
    "FROM finding_span s "
    "JOIN finding f ON f.finding_no = s.finding_no WHERE s.to_day >= $7 AND s.from_day <= $7 "
    "AND f.subject_kind = 1) AS c JOIN gate_trip g ON g.matched = c.vehicle_id "
    "AND g.matched <> '' AND " TRIPS_OF_DAYS "JOIN " SITES " ON t.site_id = g.site_id "
    "GROUP BY c.vehicle_id, g.used_energy, g.used_stage "
    "ORDER BY c.vehicle_id, g.used_energy, g.used_stage";

#define TRIPS(ledger)                                                                              \
    "SELECT g.site_id, t.org_id, g.matched, g.used_energy, g.used_stage, g.at_ms, g.gate, "        \
    "g.plate, g.vehicle_id, g.direction, g.energy, g.stage, g.cargo, g.fleet, g.author, "          \
    "g.tonnes, g.recorded_at FROM " SITES " JOIN " ledger                                          \
    " g ON g.site_id = t.site_id WHERE " STORE_GATE_DAYS(                                          \
        "g.at_ms") "AND (g.site_id, g.at_ms, g.gate, g.direction, g.mark) > ($6, $7, $8, $9, "     \
                   "$10) "                                                                         \
                   "ORDER BY g.site_id, g.at_ms, g.gate, g.direction, g.mark LIMIT $11"
static const char TRIPS_NOW[] = TRIPS(NOW);
static const char TRIPS_THEN[] = TRIPS(THEN);

/* The sums of days are made before the bindings, as in MACHINES. */
static const char STAYS[] =
    "SELECT d.site_id, d.org_id, v.vehicle_id, v.category, v.energy, v.stage, d.day, d.unit_id, "
    "d.operating_ms FROM (SELECT h.unit_id AS unit_id, t.site_id AS site_id, t.org_id AS "
    "org_id, " DAY_OF_HOUR
    " AS day, CAST(SUM(h.operating_ms) AS BIGINT) AS operating_ms FROM " SITES
    " JOIN unit_hour_site h ON h.site_id = t.site_id AND " HOURS
    "GROUP BY h.unit_id, t.site_id, t.org_id, " DAY_OF_HOUR
    " HAVING SUM(h.operating_ms) > 0) AS d " VEHICLES
    "AND (v.vehicle_id, d.day, d.site_id, d.unit_id) > ($7, $8, $9, $10) "
    "ORDER BY v.vehicle_id, d.day, d.site_id, d.unit_id LIMIT $11";

static const char *org_text(const struct store_use_query *query)
{
    return query->org_id == NULL ? "" : query->org_id;
}

enum err store_machine_use(struct sql *db, const struct store_use_query *q, store_machine_row *each,
                           void *arg, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, MACHINES,
        SQL_VALUES(sql_int(q->from), sql_int(q->to), sql_int(q->owner_kinds), sql_text(org_text(q)),
                   sql_int(store_known(q->known_ms)), sql_int(q->categories)));

    while (sql_next(rows)) {
        struct store_machine_use use = {
            .vehicle_id = sql_column_text(rows, 0),
            .site_id = sql_column_text(rows, 1),
            .owner_id = sql_column_text(rows, 2),
            .dims = {.category = (int)sql_column_int(rows, 3),
                     .energy = (int)sql_column_int(rows, 4),
                     .stage = (int)sql_column_int(rows, 5),
                     .built_up = sql_column_int(rows, 6) != 0},
            .operating_ms = sql_column_int(rows, 8),
        };
        snprintf(use.dims.area, sizeof use.dims.area, "%s", sql_column_text(rows, 7));
        each(arg, &use);
    }
    return sql_done(rows, fault);
}

static struct sql_rows *excuse_query(struct sql *db, const char *text,
                                     const struct store_excuse_query *q)
{
    return sql_query(db, text,
                     SQL_VALUES(sql_int(q->use.from), sql_int(q->use.to),
                                sql_int(q->use.owner_kinds), sql_text(org_text(&q->use)),
                                sql_int(store_known(q->use.known_ms)), sql_int(q->energies),
                                sql_int(q->stages), sql_text(q->rule)));
}

enum err store_trips_unexcused(struct sql *db, const struct store_excuse_query *q, int64_t *trips,
                               struct fault *fault)
{
    struct sql_rows *rows =
        excuse_query(db, q->use.known_ms == 0 ? UNEXCUSED_NOW : UNEXCUSED_THEN, q);

    *trips = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_trips_excusing(struct sql *db, const struct store_excuse_query *q,
                              store_exception_row *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows =
        excuse_query(db, q->use.known_ms == 0 ? EXCUSING_NOW : EXCUSING_THEN, q);

    while (sql_next(rows)) {
        struct store_exception key = {.subject_kind = (int)sql_column_int(rows, 0),
                                      .from = (int32_t)sql_column_int(rows, 3)};
        snprintf(key.rule, sizeof key.rule, "%s", q->rule);
        snprintf(key.subject, sizeof key.subject, "%s", sql_column_text(rows, 1));
        snprintf(key.document, sizeof key.document, "%s", sql_column_text(rows, 2));
        each(arg, &key);
    }
    return sql_done(rows, fault);
}

enum err store_trips_of_vehicles(struct sql *db, const struct store_trips_query *q,
                                 store_vehicle_trips_row *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, OF_VEHICLES,
                  SQL_VALUES(sql_int(q->use.from), sql_int(q->use.to), sql_int(q->use.owner_kinds),
                             sql_text(org_text(&q->use)), sql_int(store_known(q->use.known_ms)),
                             sql_int(q->heard_from), sql_int(q->heard_to)));

    while (sql_next(rows))
        each(arg, &(struct store_vehicle_trips){.vehicle_id = sql_column_text(rows, 0),
                                                .energy = (int)sql_column_int(rows, 1),
                                                .stage = (int)sql_column_int(rows, 2),
                                                .trips = sql_column_int(rows, 3)});
    return sql_done(rows, fault);
}

/* ---- one by one ---- */

static struct store_use read_trip(const struct sql_rows *rows)
{
    return (struct store_use){
        .site_id = sql_column_text(rows, 0),
        .org_id = sql_column_text(rows, 1),
        .vehicle_id = sql_column_text(rows, 2),
        .energy = (int)sql_column_int(rows, 3),
        .stage = (int)sql_column_int(rows, 4),
        .at_ms = sql_column_int(rows, 5),
        .gate = sql_column_text(rows, 6),
        .plate = sql_column_text(rows, 7),
        .named_id = sql_column_text(rows, 8),
        .direction = (int)sql_column_int(rows, 9),
        .declared_energy = (int)sql_column_int(rows, 10),
        .declared_stage = (int)sql_column_int(rows, 11),
        .cargo = sql_column_text(rows, 12),
        .fleet = sql_column_text(rows, 13),
        .author = sql_column_text(rows, 14),
        .tonnes = sql_column_null(rows, 15) ? -1 : sql_column_int(rows, 15),
        .recorded_at = sql_column_int(rows, 16),
        .unit = "",
    };
}

static struct store_use read_stay(const struct sql_rows *rows)
{
    return (struct store_use){
        .site_id = sql_column_text(rows, 0),
        .org_id = sql_column_text(rows, 1),
        .vehicle_id = sql_column_text(rows, 2),
        .category = (int)sql_column_int(rows, 3),
        .energy = (int)sql_column_int(rows, 4),
        .stage = (int)sql_column_int(rows, 5),
        .at_ms = sql_column_int(rows, 6) * WHEN_DAY_MS - WHEN_ZONE_MS,
        .gate = "",
        .plate = "",
        .named_id = "",
        .cargo = "",
        .fleet = "",
        .author = "",
        .tonnes = -1,
        .unit = sql_column_text(rows, 7),
        .operating_ms = sql_column_int(rows, 8),
    };
}

static enum err give(struct sql_rows *rows, struct store_use (*read)(const struct sql_rows *rows),
                     store_use_row *each, void *arg, struct fault *fault)
{
    while (sql_next(rows)) {
        struct store_use use = read(rows);
        each(arg, &use);
    }
    return sql_done(rows, fault);
}

enum err store_trips_behind(struct sql *db, const struct store_uses_query *q, store_use_row *each,
                            void *arg, struct fault *fault)
{
    const struct store_use start = {.site_id = "", .gate = "", .plate = "", .named_id = ""};
    const struct store_use *after = q->after == NULL ? &start : q->after;
    const struct store_use_query *use = &q->use;

    return give(
        sql_query(db, use->known_ms == 0 ? TRIPS_NOW : TRIPS_THEN,
                  SQL_VALUES(sql_int(use->from), sql_int(use->to), sql_int(use->owner_kinds),
                             sql_text(org_text(use)), sql_int(store_known(use->known_ms)),
                             sql_text(after->site_id), sql_int(after->at_ms), sql_text(after->gate),
                             sql_int(after->direction),
                             sql_text(after->plate[0] != '\0' ? after->plate : after->named_id),
                             sql_int(q->limit))),
        read_trip, each, arg, fault);
}

enum err store_stays_behind(struct sql *db, const struct store_uses_query *q, store_use_row *each,
                            void *arg, struct fault *fault)
{
    const struct store_use start = {.vehicle_id = "", .site_id = "", .unit = ""};
    const struct store_use *after = q->after == NULL ? &start : q->after;
    const struct store_use_query *use = &q->use;

    return give(
        sql_query(db, STAYS,
                  SQL_VALUES(sql_int(use->from), sql_int(use->to), sql_int(use->owner_kinds),
                             sql_text(org_text(use)), sql_int(store_known(use->known_ms)),
                             sql_int(use->categories), sql_text(after->vehicle_id),
                             sql_int(when_day_of(after->at_ms)), sql_text(after->site_id),
                             sql_text(after->unit), sql_int(q->limit))),
        read_stay, each, arg, fault);
}
