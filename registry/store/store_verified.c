#include "registry/store/store_verified.h"

#include <stdio.h>

/* The hours of the span that belong to the binding. A civil day begins eight hours before UTC's. */
#define OF_BINDING                                                                                 \
    "FROM unit_hour h WHERE h.unit_id = b.unit_id "                                                \
    "AND h.hour >= CAST($2 AS BIGINT) * 24 - 8 AND h.hour < (CAST($3 AS BIGINT) + 1) * 24 - 8 "    \
    "AND h.hour >= b.valid_from * 24 - 8 AND h.hour < b.valid_to * 24 - 8"

/* The vehicles $4 ≤ id ≤ $5 that were heard of, and those of which something is found as of $3. Of all
 * vehicles it begins at the units that were ever heard of: most of a large register never were. */
#define OF_ALL  "unit_total u CROSS JOIN unit_binding b WHERE b.unit_id = u.unit_id AND "
#define OF_SPAN "unit_binding b WHERE b.vehicle_id >= $4 AND b.vehicle_id <= $5 AND "
#define HEARD(whose)                                                                               \
    "SELECT b.vehicle_id AS vehicle_id, 1 AS heard, MAX((SELECT MAX(h.hour) " OF_BINDING           \
    " AND (h.engine_ms > 0 OR h.fuel_ul > 0))) AS burned_hour "                                    \
    "FROM " whose "b.valid_from <= $3 AND b.valid_to > $2 "                                        \
    "AND EXISTS (SELECT 1 " OF_BINDING ") GROUP BY b.vehicle_id"
#define KNOWN_OF(whose)                                                                            \
    "SELECT x.vehicle_id AS vehicle_id, MAX(x.heard) AS heard, MAX(x.burned_hour) AS burned_hour " \
    "FROM (" HEARD(                                                                                \
        whose) " UNION ALL SELECT f.subject, 0, CAST(NULL AS BIGINT) FROM finding_span s "         \
               "JOIN finding f ON f.finding_no = s.finding_no WHERE s.to_day >= $3 "               \
               "AND s.from_day <= $3 "                                                             \
               "AND f.subject_kind = 1 AND f.subject >= $4 AND f.subject <= $5) AS x "             \
               "GROUP BY x.vehicle_id"

/* Did an engine run since the vehicle is declared with the energy of v? In the last hour in which one ran
 * and ever after, up to $3, no other energy was in force: what ran before is what it was then. */
#define BURNED                                                                                     \
    "CASE WHEN t.burned_hour IS NULL THEN 0 ELSE (SELECT CASE WHEN MIN(x.energy) = v.energy "      \
    "AND MAX(x.energy) = v.energy THEN 1 ELSE 0 END FROM vehicle_version x "                       \
    "WHERE x.vehicle_id = v.vehicle_id AND x.valid_from <= $3 "                                    \
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version y WHERE y.vehicle_id = x.vehicle_id "           \
    "AND ((y.valid_from = x.valid_from AND y.version > x.version) OR "                             \
    "(y.valid_from > x.valid_from AND y.valid_from * 24 - 8 <= t.burned_hour)))) END"

/* v is the state of its vehicle as of a day, with its owner's kind and its exemptions. */
#define STATES(day, whose)                                                                         \
    "SELECT v.category, v.energy, v.stage, v.built_up, v.area, v.owner_id, "                       \
    "COALESCE((SELECT o.kind FROM org_version o WHERE o.org_id = v.owner_id "                      \
    "AND o.valid_from <= " day " ORDER BY o.valid_from DESC, o.version DESC LIMIT 1), 0), "        \
    "COALESCE((SELECT SUM(DISTINCT CAST(1 AS BIGINT) << CAST(e.reason AS INTEGER)) "               \
    "FROM exemption_version e WHERE e.vehicle_id = v.vehicle_id AND e.from_day <= " day            \
    " AND e.until_day > " day " AND NOT EXISTS (SELECT 1 FROM exemption_version f "                \
    "WHERE f.vehicle_id = e.vehicle_id AND f.reason = e.reason AND f.document = e.document "       \
    "AND f.from_day = e.from_day AND f.version > e.version)), 0), " BURNED ", v.vehicle_id, "      \
    "t.heard, "                                                                                    \
    "COALESCE(v.disclosure_no, '') "                                                               \
    "FROM (" KNOWN_OF(whose) ") AS t CROSS JOIN vehicle_version v "                                \
                             "WHERE v.vehicle_id = t.vehicle_id AND v.valid_from <= " day          \
                             " AND NOT EXISTS (SELECT 1 FROM vehicle_version w "                   \
                             "WHERE w.vehicle_id = v.vehicle_id AND w.valid_from <= " day          \
                             " AND (w.valid_from > v.valid_from OR "                               \
                             "(w.valid_from = v.valid_from AND w.version > v.version)))"

#define STOCK(whose)                                                                               \
    STATES("$1", whose) " AND v.added <= $1 AND v.removed > $1 ORDER BY v.vehicle_id"
#define ADDED(whose)                                                                               \
    STATES("v.added", whose) " AND v.added <= $1 AND v.added >= $6 ORDER BY v.vehicle_id"
static const char STOCK_OF_ALL[] = STOCK(OF_ALL);
static const char STOCK_OF_SPAN[] = STOCK(OF_SPAN);
static const char ADDED_OF_ALL[] = ADDED(OF_ALL);
static const char ADDED_OF_SPAN[] = ADDED(OF_SPAN);

static const char REGISTER_BEGIN[] = "SELECT MIN(added) FROM vehicle_version";

static void heard_read(const struct sql_rows *rows, struct store_heard *heard)
{
    *heard = (struct store_heard){
        .dims =
            {
                .category = (int)sql_column_int(rows, 0),
                .energy = (int)sql_column_int(rows, 1),
                .stage = (int)sql_column_int(rows, 2),
                .built_up = sql_column_int(rows, 3) != 0,
                .owner_kind = (int)sql_column_int(rows, 6),
                .exempt = (unsigned)sql_column_int(rows, 7),
            },
        .burned = sql_column_int(rows, 8) != 0,
        .heard = sql_column_int(rows, 10) != 0,
    };
    snprintf(heard->dims.area, sizeof heard->dims.area, "%s", sql_column_text(rows, 4));
    snprintf(heard->vehicle_id, sizeof heard->vehicle_id, "%s", sql_column_text(rows, 9));
    snprintf(heard->disclosure_no, sizeof heard->disclosure_no, "%s", sql_column_text(rows, 11));
    snprintf(heard->owner_id, sizeof heard->owner_id, "%s", sql_column_text(rows, 5));
}

enum err store_heard_read(struct sql *db, const struct store_heard_query *query,
                          store_heard_row *each, void *arg, struct fault *fault)
{
    static const char *const texts[2][2] = {{STOCK_OF_ALL, STOCK_OF_SPAN},
                                            {ADDED_OF_ALL, ADDED_OF_SPAN}};
    bool added = query->measure == COUNT_ADDED;
    bool spanned = query->first != NULL || query->last != NULL;
    const struct sql_value values[] = {
        sql_int(query->to),
        sql_int(query->heard_from),
        sql_int(query->heard_to),
        sql_text(query->first == NULL ? "" : query->first),
        sql_text(query->last == NULL ? VEHICLE_ID_LAST : query->last),
        sql_int(query->from),
    };
    struct sql_rows *rows = sql_query(db, texts[added][spanned], values, added ? 6 : 5);

    while (sql_next(rows)) {
        struct store_heard heard;
        heard_read(rows, &heard);
        each(arg, &heard);
    }
    return sql_done(rows, fault);
}

enum err store_register_begin(struct sql *db, bool *found, int32_t *day, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, REGISTER_BEGIN, SQL_NO_VALUES);

    *found = false;
    if (sql_next(rows) && !sql_column_null(rows, 0)) {
        *found = true;
        *day = (int32_t)sql_column_int(rows, 0);
    }
    return sql_done(rows, fault);
}
