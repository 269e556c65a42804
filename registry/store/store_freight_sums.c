#include "registry/store/store_freight_sums.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_finding_queue.h"

static const char CLEAR[] =
    "DELETE FROM freight_sum WHERE org_id = $1 AND first_month = $2 AND months = $3";
static const char ADD[] =
    "INSERT INTO freight_sum (org_id, first_month, months, commodity, mode, direction, container, "
    "km, counterpart, tonnes, tonne_km) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (org_id, first_month, months, commodity, mode, direction, container, km, "
    "counterpart) DO UPDATE SET tonnes = freight_sum.tonnes + excluded.tonnes, "
    "tonne_km = freight_sum.tonne_km + excluded.tonne_km";

#define SUMS "freight_sum"

/* The same from the lines of the versions that were in force at $12. Versions come into force in
 * the order of their numbers. */
#define LINES                                                                                      \
    "(SELECT l.org_id, r.first_month, r.months, l.commodity, l.mode, l.direction, l.container, "   \
    "l.km, l.counterpart, l.tonnes, CASE WHEN l.km < 0 THEN 0 ELSE l.tonnes * l.km END AS "        \
    "tonne_km FROM freight_line l JOIN freight_report r ON r.org_id = l.org_id "                   \
    "AND r.period = l.period JOIN (SELECT f.org_id, f.period, MAX(f.version) AS version "          \
    "FROM freight_version f WHERE f.accepted_at > 0 AND f.accepted_at <= $12 "                     \
    "GROUP BY f.org_id, f.period) v ON v.org_id = l.org_id AND v.period = l.period "               \
    "AND v.version = l.version WHERE l.leg = 1 AND l.tonnes > 0)"

_Static_assert(STORE_FREIGHT_MAIN == 1 && STORE_FREIGHT_OUT == 2, "the numbers in the statements");

/* $1, $2 months; $3 commodities; $4 containers; $5 directions; $6, $7 km; $8 org; $9 industries;
 * $10 day; $11 once. The receiver's line is left out when the sender reports the same goods to it
 * for an overlapping period. Of a line that was corrected to nothing a sum of 0 stays, which is none. */
#define READ(source, whose)                                                                        \
    "SELECT s.org_id, s.first_month, s.months, s.commodity, s.mode, s.direction, "                 \
    "CAST(SUM(s.tonnes) AS BIGINT), "                                                              \
    "CAST(SUM(CASE WHEN s.km < 0 THEN 0 ELSE s.tonnes END) AS BIGINT), "                           \
    "CAST(SUM(s.tonne_km) AS BIGINT) FROM " source " s "                                           \
    "WHERE s.tonnes > 0 AND s.first_month >= $1 AND s.first_month + s.months - 1 <= $2 "           \
    "AND (CAST($3 AS BIGINT) = 0 OR ((CAST($3 AS BIGINT) >> CAST(s.commodity AS INTEGER)) & 1) "   \
    "= 1 OR (CAST($4 AS BIGINT) = 1 AND s.container = 1)) "                                        \
    "AND (CAST($5 AS BIGINT) = 0 OR "                                                              \
    "((CAST($5 AS BIGINT) >> CAST(s.direction AS INTEGER)) & 1) = 1) "                             \
    "AND (CAST($6 AS BIGINT) < 0 OR s.km >= $6) "                                                  \
    "AND (CAST($7 AS BIGINT) < 0 OR (s.km >= 0 AND s.km <= $7)) "                                  \
    "AND " whose " "                                                                               \
    "AND (CAST($9 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM org_version o "                          \
    "WHERE o.org_id = s.org_id AND o.valid_from <= $10 "                                           \
    "AND ((CAST($9 AS BIGINT) >> CAST(o.industry AS INTEGER)) & 1) = 1 "                           \
    "AND NOT EXISTS (SELECT 1 FROM org_version w WHERE w.org_id = o.org_id "                       \
    "AND w.valid_from <= $10 AND (w.valid_from > o.valid_from "                                    \
    "OR (w.valid_from = o.valid_from AND w.version > o.version))))) "                              \
    "AND (CAST($11 AS BIGINT) = 0 OR s.direction = 2 OR NOT EXISTS (SELECT 1 FROM " source " d "   \
    "WHERE d.org_id = s.counterpart AND d.counterpart = s.org_id AND d.direction = 2 "             \
    "AND d.tonnes > 0 AND d.commodity = s.commodity AND d.first_month < s.first_month + s.months " \
    "AND s.first_month < d.first_month + d.months "                                                \
    "AND d.first_month >= $1 AND d.first_month + d.months - 1 <= $2)) "                            \
    "GROUP BY s.org_id, s.first_month, s.months, s.commodity, s.mode, s.direction "                \
    "ORDER BY s.org_id, s.first_month, s.months, s.commodity, s.mode, s.direction"

/* Apart, because only the second begins at the enterprise's own rows. */
#define ANYBODY "CAST($8 AS TEXT) = ''"
#define ONE     "s.org_id = $8"
static const char SUMS_OF_ALL[] = READ(SUMS, ANYBODY);
static const char SUMS_OF_ONE[] = READ(SUMS, ONE);
static const char LINES_OF_ALL[] = READ(LINES, ANYBODY);
static const char LINES_OF_ONE[] = READ(LINES, ONE);

/* An enterprise's id has these characters only; the name of a place need not stand apart. */
static const char *counterpart_id(const char *counterpart)
{
    for (const char *c = counterpart; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("._-", *c) == NULL)
            return "";
    return counterpart;
}

enum err store_freight_sums_add(struct sql *db, const struct store_freight_report *r,
                                const struct store_freight_line *l, int sign, struct fault *fault)
{
    if (l->leg != STORE_FREIGHT_MAIN || l->tonnes <= 0)
        return ERR_OK;
    return sql_exec(db, ADD,
                    SQL_VALUES(sql_text(r->key.org_id), sql_int(r->first_month), sql_int(r->months),
                               sql_int(l->commodity), sql_int(l->mode), sql_int(l->direction),
                               sql_int(l->container), sql_int(l->km),
                               sql_text(counterpart_id(l->counterpart)), sql_int(sign * l->tonnes),
                               sql_int(l->km < 0 ? 0 : sign * l->tonnes * l->km)),
                    NULL, fault);
}

/* The findings hold it against the gates. */
static enum err queue_findings(struct sql *db, const struct store_freight_report *r,
                               struct fault *fault)
{
    char subject[sizeof r->key.org_id + FREIGHT_PERIOD_SIZE];

    snprintf(subject, sizeof subject, "%s/%s", r->key.org_id, r->key.period);
    return store_finding_queue_put(db, FINDING_OF_REPORT, subject, 0, r->recorded_at, fault);
}

enum err store_freight_sums_put(struct sql *db, const struct store_freight_report *r,
                                const struct store_freight_line *lines, size_t count,
                                struct fault *fault)
{
    enum err err = sql_exec(
        db, CLEAR, SQL_VALUES(sql_text(r->key.org_id), sql_int(r->first_month), sql_int(r->months)),
        NULL, fault);

    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = store_freight_sums_add(db, r, &lines[i], 1, fault);
    return err == ERR_OK ? queue_findings(db, r, fault) : err;
}

static void give_row(const struct sql_rows *rows, store_freight_sum_row *each, void *arg)
{
    struct store_freight_sum sum = {
        .first_month = sql_column_int(rows, 1),
        .months = sql_column_int(rows, 2),
        .commodity = (int)sql_column_int(rows, 3),
        .mode = (int)sql_column_int(rows, 4),
        .direction = (int)sql_column_int(rows, 5),
        .tonnes = sql_column_int(rows, 6),
        .measured = sql_column_int(rows, 7),
        .tonne_km = sql_column_int(rows, 8),
    };

    snprintf(sum.org_id, sizeof sum.org_id, "%s", sql_column_text(rows, 0));
    each(arg, &sum);
}

enum err store_freight_sums_read(struct sql *db, const struct store_freight_query *q,
                                 store_freight_sum_row *each, void *arg, struct fault *fault)
{
    static const char *const texts[2][2] = {{SUMS_OF_ALL, SUMS_OF_ONE},
                                            {LINES_OF_ALL, LINES_OF_ONE}};
    bool known = q->known_at != 0;
    const struct sql_value values[] = {
        sql_int(q->from_month),  sql_int(q->to_month),
        sql_int(q->commodities), sql_int(q->containers),
        sql_int(q->directions),  sql_int(q->km_min),
        sql_int(q->km_max),      sql_text(q->org_id == NULL ? "" : q->org_id),
        sql_int(q->industries),  sql_int(q->day),
        sql_int(q->once),        sql_int(q->known_at),
    };
    struct sql_rows *rows = sql_query(db, texts[known][q->org_id != NULL], values, known ? 12 : 11);

    while (sql_next(rows))
        give_row(rows, each, arg);
    return sql_done(rows, fault);
}
