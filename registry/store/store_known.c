#include "registry/store/store_known.h"

#include "registry/store/sql.h"
#include "shared/when.h"

/* The conditions of vehicle_version and gate_trip are those of their indexes. PostgreSQL may believe that
 * any version will do and read the table until one does; the order keeps it to the index. */
static const char CHANGED[] =
    "SELECT 1 FROM org_version WHERE recorded_at > $2 AND valid_from <= $1 "
    "UNION ALL SELECT 1 FROM site_version WHERE recorded_at > $2 AND valid_from <= $1 "
    "UNION ALL SELECT 1 FROM statistic_version WHERE recorded_at > $2 AND until_day - 1 <= $1 "
    "UNION ALL SELECT 1 FROM exception_version WHERE recorded_at > $2 AND from_day <= $1 "
    "UNION ALL SELECT 1 FROM freight_version v JOIN freight_report r ON r.org_id = v.org_id "
    "AND r.period = v.period WHERE v.accepted_at > $2 AND r.first_month + r.months - 1 <= $3 "
    "UNION ALL SELECT 1 FROM gate_trip WHERE recorded_at > at_ms + 86400000 AND recorded_at > $2 "
    "AND at_ms < (CAST($1 AS BIGINT) + 1) * 86400000 - 28800000 "
    "UNION ALL SELECT 1 FROM (SELECT recorded_at FROM vehicle_version WHERE version > 1 "
    "AND recorded_at >= (valid_from + 2) * 86400000 - 28800000 AND recorded_at > $2 "
    "AND valid_from <= $1 ORDER BY recorded_at LIMIT 1) AS v LIMIT 1";

enum err store_known_changed(struct sql *db, int32_t day, int64_t known_ms, bool *changed,
                             struct fault *fault)
{
    struct when_date date = when_date(day);
    struct sql_rows *rows = sql_query(
        db, CHANGED,
        SQL_VALUES(sql_int(day), sql_int(known_ms), sql_int(date.year * 12 + date.month - 1)));

    *changed = sql_next(rows);
    return sql_done(rows, fault);
}
