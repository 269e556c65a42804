#include "registry/store/store_gate_usage.h"

#include "registry/store/sql.h"
#include "registry/store/store_known.h"

/* The state of the site, and of its org, on the last day of the span. */
#define SITES                                                                                      \
    "(SELECT s.site_id AS site_id, s.org_id AS org_id, "                                           \
    "COALESCE((SELECT o.kind FROM org_version o WHERE o.org_id = s.org_id AND o.valid_from <= $2 " \
    "AND o.recorded_at <= $7 ORDER BY o.valid_from DESC, o.version DESC LIMIT 1), 0) AS "          \
    "owner_kind "                                                                                  \
    "FROM site_version s WHERE s.valid_from <= $2 AND s.recorded_at <= $7 "                        \
    "AND NOT EXISTS (SELECT 1 FROM site_version w "                                                \
    "WHERE w.site_id = s.site_id AND w.recorded_at <= $7 AND w.valid_from <= $2 AND "              \
    "(w.valid_from > s.valid_from OR "                                                             \
    "(w.valid_from = s.valid_from AND w.version > s.version)))) AS t"

/* The vehicle that the register then had under the number or the plate of trip k (store_gate_trips.c). */
#define MATCHED_BY(what)                                                                           \
    "(SELECT m.vehicle_id FROM vehicle_version m WHERE " what " AND m.valid_from <= k.day "        \
    "AND m.recorded_at <= $7 AND m.added <= k.day AND m.removed > k.day "                          \
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version n WHERE n.vehicle_id = m.vehicle_id "           \
    "AND n.recorded_at <= $7 AND n.valid_from <= k.day AND (n.valid_from > m.valid_from OR "       \
    "(n.valid_from = m.valid_from AND n.version > m.version))) "                                   \
    "ORDER BY m.valid_from DESC, m.vehicle_id LIMIT 1)"

#define MATCHED_ID    MATCHED_BY("m.vehicle_id = k.vehicle_id")
#define MATCHED_PLATE MATCHED_BY("m.plate = k.plate")
#define TRUCK_THEN                                                                                 \
    "v.valid_from <= k.day AND v.recorded_at <= $7 AND v.added <= k.day AND v.removed > k.day "    \
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version w WHERE w.vehicle_id = v.vehicle_id "           \
    "AND w.recorded_at <= $7 AND w.valid_from <= k.day AND (w.valid_from > v.valid_from OR "       \
    "(w.valid_from = v.valid_from AND w.version > v.version)))"

/* The trips as the ledger had them at the instant, and what the register then said of their trucks. */
#define KNOWN_TRIPS                                                                                \
    "(SELECT k.site_id AS site_id, k.day AS day, k.direction AS direction, "                       \
    "CASE WHEN v.vehicle_id IS NULL THEN 0 ELSE 1 END AS matched, "                                \
    "COALESCE(v.energy, k.energy) AS energy, COALESCE(v.stage, k.stage) AS stage, 1 AS trips, "    \
    "CASE WHEN k.tonnes > 0 THEN 1 ELSE 0 END AS loaded, COALESCE(k.tonnes, 0) AS tonnes FROM "    \
    "(SELECT g.site_id AS site_id, (g.at_ms + 28800000) / 86400000 AS day, g.direction AS "        \
    "direction, g.vehicle_id AS vehicle_id, g.plate AS plate, g.energy AS energy, "                \
    "g.stage AS stage, g.tonnes AS tonnes "                                                        \
    "FROM gate_trip g WHERE g.at_ms >= CAST($1 AS BIGINT) * 86400000 - 28800000 "                  \
    "AND g.at_ms < (CAST($2 AS BIGINT) + 1) * 86400000 - 28800000 AND g.recorded_at <= $7 "        \
    "UNION ALL SELECT r.site_id, (r.at_ms + 28800000) / 86400000, r.direction, r.vehicle_id, "     \
    "c.plate, r.energy, r.stage, r.tonnes FROM gate_trip_replaced r JOIN gate_trip c "             \
    "ON c.site_id = r.site_id AND c.at_ms = r.at_ms AND c.gate = r.gate "                          \
    "AND c.direction = r.direction AND c.mark = r.mark "                                           \
    "WHERE r.at_ms >= CAST($1 AS BIGINT) * 86400000 - 28800000 "                                   \
    "AND r.at_ms < (CAST($2 AS BIGINT) + 1) * 86400000 - 28800000 "                                \
    "AND r.recorded_at <= $7 AND r.replaced_at > $7) AS k "                                        \
    "LEFT JOIN vehicle_version v ON v.vehicle_id = COALESCE(" MATCHED_ID ", " MATCHED_PLATE ") "   \
    "AND " TRUCK_THEN ")"

#define USAGE(keys, group, source)                                                                 \
    "SELECT " keys ", g.direction, g.matched, g.energy, g.stage, CAST(SUM(g.trips) AS BIGINT), "   \
    "CAST(SUM(g.loaded) AS BIGINT), CAST(SUM(g.tonnes) AS BIGINT) FROM " SITES                     \
    " CROSS JOIN " source " g WHERE g.site_id = t.site_id AND g.day >= $1 AND g.day <= $2 "        \
    "AND (CAST($3 AS TEXT) = '' OR g.site_id = $3) AND (CAST($4 AS TEXT) = '' OR t.org_id = $4) "  \
    "AND (CAST($5 AS BIGINT) = 0 OR (CAST($5 AS BIGINT) >> CAST(t.owner_kind AS INTEGER)) & 1 "    \
    "= 1) AND (CAST($6 AS BIGINT) = 0 OR g.direction = $6) "                                       \
    "GROUP BY " group "g.direction, g.matched, g.energy, g.stage HAVING SUM(g.trips) <> 0 "        \
    "ORDER BY " group "g.direction, g.matched, g.energy, g.stage"

static const char SUM_ALL[] = USAGE("'', '', 0", "", "gate_day");
static const char SUM_BY_SITE[] = USAGE("g.site_id, '', 0", "g.site_id, ", "gate_day");
static const char SUM_BY_DAY[] = USAGE("'', '', g.day", "g.day, ", "gate_day");
static const char SUM_BY_ORG[] = USAGE("'', t.org_id, 0", "t.org_id, ", "gate_day");
static const char KNOWN_ALL[] = USAGE("'', '', 0", "", KNOWN_TRIPS);
static const char KNOWN_BY_SITE[] = USAGE("g.site_id, '', 0", "g.site_id, ", KNOWN_TRIPS);
static const char KNOWN_BY_DAY[] = USAGE("'', '', g.day", "g.day, ", KNOWN_TRIPS);
static const char KNOWN_BY_ORG[] = USAGE("'', t.org_id, 0", "t.org_id, ", KNOWN_TRIPS);

static const char TOTALS[] =
    "SELECT CAST(COALESCE(SUM(CASE WHEN matched = 0 THEN trips ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(trips), 0) AS BIGINT) FROM gate_day";

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static struct store_gate_sum read_sum(const struct sql_rows *rows)
{
    return (struct store_gate_sum){
        .site_id = sql_column_text(rows, 0),
        .org_id = sql_column_text(rows, 1),
        .day = (int32_t)sql_column_int(rows, 2),
        .direction = (int)sql_column_int(rows, 3),
        .matched = sql_column_int(rows, 4) != 0,
        .energy = (int)sql_column_int(rows, 5),
        .stage = (int)sql_column_int(rows, 6),
        .trips = sql_column_int(rows, 7),
        .loaded = sql_column_int(rows, 8),
        .tonnes = sql_column_int(rows, 9),
    };
}

enum err store_gate_usage(struct sql *db, const struct store_gate_query *q, store_gate_row *each,
                          void *arg, struct fault *fault)
{
    static const char *const texts[][2] = {[GATE_BY_NOTHING] = {SUM_ALL, KNOWN_ALL},
                                           [GATE_BY_SITE] = {SUM_BY_SITE, KNOWN_BY_SITE},
                                           [GATE_BY_DAY] = {SUM_BY_DAY, KNOWN_BY_DAY},
                                           [GATE_BY_ORG] = {SUM_BY_ORG, KNOWN_BY_ORG}};
    struct sql_rows *rows =
        sql_query(db, texts[q->by][q->known_ms != 0],
                  SQL_VALUES(sql_int(q->from), sql_int(q->to), sql_text(or_empty(q->site_id)),
                             sql_text(or_empty(q->org_id)), sql_int(q->owner_kinds),
                             sql_int(q->direction), sql_int(store_known(q->known_ms))));

    while (sql_next(rows)) {
        struct store_gate_sum sum = read_sum(rows);
        each(arg, &sum);
    }
    return sql_done(rows, fault);
}

enum err store_gate_totals(struct sql *db, int64_t *unmatched, int64_t *trips, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, TOTALS, SQL_NO_VALUES);

    *unmatched = *trips = 0;
    if (sql_next(rows)) {
        *unmatched = sql_column_int(rows, 0);
        *trips = sql_column_int(rows, 1);
    }
    return sql_done(rows, fault);
}
