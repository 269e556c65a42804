#include "registry/store/store_bindings.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"

#define COLUMNS "b.unit_id, b.vehicle_id, b.valid_from, b.valid_to"

static const char OF_VEHICLE[] =
    "SELECT " COLUMNS " FROM unit_binding b WHERE b.vehicle_id = $1 ORDER BY b.valid_from";
static const char OF_UNIT[] =
    "SELECT " COLUMNS " FROM unit_binding b WHERE b.unit_id = $1 ORDER BY b.valid_from";
static const char ON_DAY[] =
    "SELECT " COLUMNS " FROM unit_binding b WHERE b.unit_id > $1 AND b.valid_from <= $2 "
    "AND b.valid_to > $2 ORDER BY b.unit_id LIMIT $3";
static const char CLASH[] =
    "SELECT " COLUMNS " FROM unit_binding b WHERE b.unit_id = $1 AND b.vehicle_id <> $2 "
    "AND b.valid_from < $4 AND b.valid_to > $3 ORDER BY b.valid_from LIMIT 1";
static const char PUT[] =
    "INSERT INTO unit_binding (unit_id, vehicle_id, valid_from, valid_to) VALUES ($1, $2, $3, $4)";
static const char DROP[] =
    "DELETE FROM unit_binding WHERE unit_id = $1 AND vehicle_id = $2 AND valid_from = $3";

static void binding_read(const struct sql_rows *rows, struct store_binding *b)
{
    *b = (struct store_binding){.from = (int32_t)sql_column_int(rows, 2),
                                .to = (int32_t)sql_column_int(rows, 3)};
    snprintf(b->unit, sizeof b->unit, "%s", sql_column_text(rows, 0));
    snprintf(b->vehicle_id, sizeof b->vehicle_id, "%s", sql_column_text(rows, 1));
}

static enum err read_all(struct sql_rows *rows, struct arena *arena, struct store_bindings *out,
                         struct fault *fault)
{
    size_t cap = 0;

    *out = (struct store_bindings){0};
    while (sql_next(rows)) {
        if (out->count == cap) {
            struct store_binding *old = out->items;
            cap = cap == 0 ? 4 : cap * 2;
            out->items = ARENA_ARRAY(arena, struct store_binding, cap);
            if (old != NULL)
                memcpy(out->items, old, out->count * sizeof *old);
        }
        binding_read(rows, &out->items[out->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_bindings_of_vehicle(struct sql *db, const char *vehicle_id, struct arena *arena,
                                   struct store_bindings *out, struct fault *fault)
{
    return read_all(sql_query(db, OF_VEHICLE, SQL_VALUES(sql_text(vehicle_id))), arena, out, fault);
}

enum err store_bindings_of_unit(struct sql *db, const char *unit, struct arena *arena,
                                struct store_bindings *out, struct fault *fault)
{
    return read_all(sql_query(db, OF_UNIT, SQL_VALUES(sql_text(unit))), arena, out, fault);
}

enum err store_bindings_on(struct sql *db, int32_t day, const char *after, int64_t limit,
                           struct arena *arena, struct store_bindings *out, struct fault *fault)
{
    return read_all(
        sql_query(db, ON_DAY,
                  SQL_VALUES(sql_text(after == NULL ? "" : after), sql_int(day), sql_int(limit))),
        arena, out, fault);
}

enum err store_binding_clash(struct sql *db, const struct store_binding *wanted,
                             struct store_binding *clash, bool *found, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, CLASH,
                  SQL_VALUES(sql_text(wanted->unit), sql_text(wanted->vehicle_id),
                             sql_int(wanted->from), sql_int(wanted->to)));

    *found = sql_next(rows);
    if (*found)
        binding_read(rows, clash);
    return sql_done(rows, fault);
}

enum err store_binding_put(struct sql *db, const struct store_binding *b, struct fault *fault)
{
    return sql_exec(
        db, PUT,
        SQL_VALUES(sql_text(b->unit), sql_text(b->vehicle_id), sql_int(b->from), sql_int(b->to)),
        NULL, fault);
}

enum err store_binding_drop(struct sql *db, const struct store_binding *b, struct fault *fault)
{
    return sql_exec(db, DROP,
                    SQL_VALUES(sql_text(b->unit), sql_text(b->vehicle_id), sql_int(b->from)), NULL,
                    fault);
}
