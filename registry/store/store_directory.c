#include "registry/store/store_directory.h"

#include <stdio.h>

/* Either half gives a page of its own, so that neither is read to its end for one. */
#define BOUND                                                                                      \
    "SELECT b.unit_id AS unit_id, v.category AS category FROM unit_binding b "                     \
    "JOIN vehicle_version v ON v.vehicle_id = b.vehicle_id "                                       \
    "WHERE b.unit_id > $1 AND b.valid_from <= $2 AND b.valid_to > $2 "                             \
    "AND v.valid_from <= $2 AND NOT EXISTS (SELECT 1 FROM vehicle_version w "                      \
    "WHERE w.vehicle_id = v.vehicle_id AND w.valid_from <= $2 AND (w.valid_from > v.valid_from "   \
    "OR (w.valid_from = v.valid_from AND w.version > v.version))) ORDER BY b.unit_id LIMIT $3"
#define REGISTERED                                                                                 \
    "SELECT t.unit_id AS unit_id, CAST(0 AS BIGINT) AS category FROM terminal t "                  \
    "WHERE t.unit_id > $1 ORDER BY t.unit_id LIMIT $3"

static const char READ[] =
    "SELECT u.unit_id, MAX(u.category), COALESCE(MAX(s.interval_s), MAX(c.interval_s), 0), "
    "COALESCE(MAX(t.denied_ms), 0), COALESCE(MAX(s.signals), MAX(c.signals), '') "
    "FROM (SELECT unit_id, category FROM (" BOUND ") AS bound "
    "UNION ALL SELECT unit_id, category FROM (" REGISTERED ") AS registered) AS u "
    "LEFT JOIN unit_setting s ON s.unit_id = u.unit_id "
    "LEFT JOIN category_setting c ON c.category = u.category "
    "LEFT JOIN terminal t ON t.unit_id = u.unit_id "
    "GROUP BY u.unit_id ORDER BY u.unit_id LIMIT $3";

enum err store_directory_read(struct sql *db, int32_t day, const char *after, int64_t limit,
                              struct arena *arena, struct store_directory *out, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, READ, SQL_VALUES(sql_text(after == NULL ? "" : after), sql_int(day), sql_int(limit)));

    *out = (struct store_directory){
        .items = ARENA_ARRAY(arena, struct store_directory_unit, (size_t)limit)};
    while (sql_next(rows)) {
        struct store_directory_unit *unit = &out->items[out->count++];
        snprintf(unit->unit, sizeof unit->unit, "%s", sql_column_text(rows, 0));
        unit->category = (int)sql_column_int(rows, 1);
        unit->interval_s = sql_column_int(rows, 2);
        unit->denied = sql_column_int(rows, 3) > 0;
        snprintf(unit->signals, sizeof unit->signals, "%s", sql_column_text(rows, 4));
    }
    return sql_done(rows, fault);
}
