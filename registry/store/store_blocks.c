#include "registry/store/store_blocks.h"

static const char INSERT[] =
    "INSERT INTO block (unit_id, hour, journal_no, first_position, part, row_count, bytes) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
static const char COUNT[] = "SELECT COUNT(*) FROM block WHERE unit_id = $1 AND hour = $2";
static const char LOAD[] =
    "SELECT journal_no, first_position, part, row_count, bytes FROM block "
    "WHERE unit_id = $1 AND hour = $2 ORDER BY journal_no, first_position, part";
static const char DELETE[] = "DELETE FROM block WHERE unit_id = $1 AND hour = $2";
static const char NEXT_HOUR[] = "SELECT MIN(hour) FROM block WHERE unit_id = $1 AND hour >= $2";

enum err store_block_insert(struct sql *db, const struct store_block *block, struct fault *fault)
{
    return sql_send(db, INSERT,
                    SQL_VALUES(sql_text(block->unit), sql_int(block->hour),
                               sql_int(block->journal_no), sql_int(block->first_position),
                               sql_int(block->part), sql_int(block->row_count),
                               sql_bytes(block->bytes, block->len)),
                    fault);
}

static struct store_block read_block(const struct sql_rows *rows, struct arena *arena)
{
    struct store_block block = {
        .journal_no = sql_column_int(rows, 0),
        .first_position = sql_column_int(rows, 1),
        .part = sql_column_int(rows, 2),
        .row_count = sql_column_int(rows, 3),
    };
    const uint8_t *bytes = sql_column_bytes(rows, 4, &block.len);

    block.bytes = arena_copy(arena, bytes, block.len);
    return block;
}

enum err store_blocks_load(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                           struct store_block **blocks, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, COUNT, SQL_VALUES(sql_text(unit), sql_int(hour)));
    size_t room = sql_next(rows) ? (size_t)sql_column_int(rows, 0) : 0;
    enum err err = sql_done(rows, fault);

    *count = 0;
    *blocks = NULL;
    if (err != ERR_OK || room == 0)
        return err;
    *blocks = ARENA_ARRAY(arena, struct store_block, room);
    rows = sql_query(db, LOAD, SQL_VALUES(sql_text(unit), sql_int(hour)));
    while (*count < room && sql_next(rows)) {
        struct store_block *block = &(*blocks)[(*count)++];
        *block = read_block(rows, arena);
        block->unit = unit;
        block->hour = hour;
    }
    return sql_done(rows, fault);
}

enum err store_blocks_delete(struct sql *db, const char *unit, int64_t hour, struct fault *fault)
{
    return sql_exec(db, DELETE, SQL_VALUES(sql_text(unit), sql_int(hour)), NULL, fault);
}

enum err store_blocks_next_hour(struct sql *db, const char *unit, int64_t from, bool *found,
                                int64_t *hour, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, NEXT_HOUR, SQL_VALUES(sql_text(unit), sql_int(from)));

    *found = sql_next(rows) && !sql_column_null(rows, 0);
    *hour = *found ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}
