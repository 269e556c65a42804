#include "registry/store/store_rooms.h"

#include <stdio.h>

static const char PUT[] =
    "INSERT INTO journal_room (gateway, name, used_bytes, budget_bytes, waiting, minutes, at_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (gateway, name) DO UPDATE SET "
    "used_bytes = $3, budget_bytes = $4, waiting = $5, minutes = $6, at_ms = $7";
static const char LIST[] =
    "SELECT gateway, name, used_bytes, budget_bytes, waiting, COALESCE(minutes, -1), at_ms "
    "FROM journal_room ORDER BY gateway, name LIMIT $1";

enum err store_room_put(struct sql *db, const struct store_room *room, struct fault *fault)
{
    return sql_exec(
        db, PUT,
        SQL_VALUES(sql_text(room->gateway), sql_text(room->name), sql_int(room->used_bytes),
                   sql_int(room->budget_bytes), sql_int(room->waiting),
                   room->minutes < 0 ? sql_null() : sql_int(room->minutes), sql_int(room->at_ms)),
        NULL, fault);
}

static void read_room(const struct sql_rows *rows, struct store_room *room)
{
    *room = (struct store_room){.used_bytes = sql_column_int(rows, 2),
                                .budget_bytes = sql_column_int(rows, 3),
                                .waiting = sql_column_int(rows, 4),
                                .minutes = sql_column_int(rows, 5),
                                .at_ms = sql_column_int(rows, 6)};
    snprintf(room->gateway, sizeof room->gateway, "%s", sql_column_text(rows, 0));
    snprintf(room->name, sizeof room->name, "%s", sql_column_text(rows, 1));
}

enum err store_rooms_list(struct sql *db, struct arena *arena, int64_t limit,
                          struct store_room **rooms, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, LIST, SQL_VALUES(sql_int(limit)));

    *count = 0;
    *rooms = ARENA_ARRAY(arena, struct store_room, (size_t)limit + 1);
    while (*count < (size_t)limit && sql_next(rows))
        read_room(rows, &(*rooms)[(*count)++]);
    return sql_done(rows, fault);
}
