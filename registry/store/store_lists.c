#include "registry/store/store_lists.h"

#include <stdio.h>

/* A civil day begins eight hours before UTC's. */
#define SUM(column) "COALESCE(CAST(SUM(h." column ") AS BIGINT), 0)"
static const char USE[] = "SELECT COUNT(*), " SUM("distance_m") ", " SUM("electric_m") ", " SUM(
    "discharged_mwh") ", " SUM("charged_mwh") ", " SUM("fuel_ul") " FROM unit_binding b JOIN "
                                                                  "unit_hour h "
                                                                  "ON h.unit_id = b.unit_id "
                                                                  "AND h.hour >= b.valid_from * 24 "
                                                                  "- 8 "
                                                                  "AND h.hour < b.valid_to * 24 - "
                                                                  "8 "
                                                                  "WHERE b.vehicle_id = $1 "
                                                                  "AND h.hour >= CAST($2 AS "
                                                                  "BIGINT) * 24 - 8 "
                                                                  "AND h.hour < (CAST($3 AS "
                                                                  "BIGINT) + 1) * 24 - 8";

/* It begins at the units that were ever heard of: most of a large register never were. */
static const char DISTANCES[] =
    "SELECT b.vehicle_id, CAST(SUM(h.distance_m) AS BIGINT) "
    "FROM unit_total u CROSS JOIN unit_binding b JOIN unit_hour h ON h.unit_id = b.unit_id "
    "AND h.hour >= b.valid_from * 24 - 8 AND h.hour < b.valid_to * 24 - 8 "
    "WHERE b.unit_id = u.unit_id AND b.valid_from <= $2 AND b.valid_to > $1 "
    "AND h.hour >= CAST($1 AS BIGINT) * 24 - 8 AND h.hour < (CAST($2 AS BIGINT) + 1) * 24 - 8 "
    "AND EXISTS (SELECT 1 FROM vehicle_version v WHERE v.vehicle_id = b.vehicle_id "
    "AND (CAST($3 AS BIGINT) = 0 OR "
    "((CAST($3 AS BIGINT) >> CAST(v.category AS INTEGER)) & 1) <> 0) "
    "AND ($4 = '' OR v.owner_id = $4)) GROUP BY b.vehicle_id ORDER BY b.vehicle_id";

/* v is the last version of its day, p the one that held on the day before. */
static const char TRANSFERS[] =
    "SELECT v.vehicle_id, v.valid_from, v.plate, v.category, v.energy, v.stage, v.owner_id, "
    "v.area, v.built_up, p.owner_id FROM vehicle_version v "
    "JOIN vehicle_version p ON p.vehicle_id = v.vehicle_id AND p.valid_from < v.valid_from "
    "WHERE v.valid_from >= $1 AND v.valid_from <= $2 "
    "AND (v.valid_from, v.vehicle_id) > ($3, $4) "
    "AND v.owner_id <> p.owner_id AND v.removed > v.valid_from AND v.added < v.valid_from "
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version w WHERE w.vehicle_id = v.vehicle_id "
    "AND w.valid_from = v.valid_from AND w.version > v.version) "
    "AND NOT EXISTS (SELECT 1 FROM vehicle_version q WHERE q.vehicle_id = v.vehicle_id "
    "AND q.valid_from < v.valid_from AND (q.valid_from > p.valid_from OR "
    "(q.valid_from = p.valid_from AND q.version > p.version))) "
    "ORDER BY v.valid_from, v.vehicle_id LIMIT $5";

static const char BY_PLATE[] =
    "SELECT DISTINCT vehicle_id FROM vehicle_version WHERE plate = $1 ORDER BY vehicle_id";

static enum err give_ids(struct sql_rows *rows, store_id_row *each, void *arg, struct fault *fault)
{
    while (sql_next(rows))
        each(arg, sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

enum err store_lists_by_plate(struct sql *db, const char *plate, store_id_row *each, void *arg,
                              struct fault *fault)
{
    return give_ids(sql_query(db, BY_PLATE, SQL_VALUES(sql_text(plate))), each, arg, fault);
}

enum err store_lists_distances(struct sql *db, const struct store_distance_search *search,
                               store_distance_row *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, DISTANCES,
        SQL_VALUES(sql_int(search->from), sql_int(search->to), sql_int(search->categories),
                   sql_text(search->owner_id == NULL ? "" : search->owner_id)));

    while (sql_next(rows))
        each(arg, sql_column_text(rows, 0), sql_column_int(rows, 1));
    return sql_done(rows, fault);
}

enum err store_lists_use(struct sql *db, const char *vehicle_id, int32_t from, int32_t to,
                         struct store_use *use, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, USE, SQL_VALUES(sql_text(vehicle_id), sql_int(from), sql_int(to)));

    *use = (struct store_use){0};
    if (sql_next(rows))
        *use = (struct store_use){
            .hours = sql_column_int(rows, 0),
            .distance_m = sql_column_int(rows, 1),
            .electric_m = sql_column_int(rows, 2),
            .discharged_mwh = sql_column_int(rows, 3),
            .charged_mwh = sql_column_int(rows, 4),
            .fuel_ul = sql_column_int(rows, 5),
        };
    return sql_done(rows, fault);
}

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text == NULL ? "" : text);
}

static void transfer_read(const struct sql_rows *rows, struct store_transfer *t)
{
    *t = (struct store_transfer){.now = {
                                     .valid_from = (int32_t)sql_column_int(rows, 1),
                                     .category = (int)sql_column_int(rows, 3),
                                     .energy = (int)sql_column_int(rows, 4),
                                     .stage = (int)sql_column_int(rows, 5),
                                     .built_up = sql_column_int(rows, 8) != 0,
                                 }};
    copy_text(t->now.vehicle_id, sizeof t->now.vehicle_id, sql_column_text(rows, 0));
    copy_text(t->now.plate, sizeof t->now.plate, sql_column_text(rows, 2));
    copy_text(t->now.owner_id, sizeof t->now.owner_id, sql_column_text(rows, 6));
    copy_text(t->now.area, sizeof t->now.area, sql_column_text(rows, 7));
    copy_text(t->from_owner, sizeof t->from_owner, sql_column_text(rows, 9));
}

enum err store_lists_transfers(struct sql *db, const struct store_transfer_search *s,
                               store_transfer_row *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, TRANSFERS,
                  SQL_VALUES(sql_int(s->from), sql_int(s->to), sql_int(s->after_day),
                             sql_text(s->after_id), sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_transfer transfer;
        transfer_read(rows, &transfer);
        each(arg, &transfer);
    }
    return sql_done(rows, fault);
}
