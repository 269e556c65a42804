#include "registry/store/store_gate_usage.h"

#include "registry/store/sql.h"
#include "registry/store/store_gate_known.h"
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

#define KNOWN_TRIPS                                                                                \
    "(SELECT x.site_id AS site_id, x.day AS day, x.direction AS direction, "                       \
    "CASE WHEN x.matched = '' THEN 0 ELSE 1 END AS matched, x.used_energy AS energy, "             \
    "x.used_stage AS stage, 1 AS trips, CASE WHEN x.tonnes > 0 THEN 1 ELSE 0 END AS loaded, "      \
    "COALESCE(x.tonnes, 0) AS tonnes FROM " STORE_GATE_KNOWN("$7") " AS x)"

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
