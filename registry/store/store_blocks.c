#include "registry/store/store_blocks.h"

static const char INSERT[] =
    "INSERT INTO block (unit_id, hour, journal_no, first_position, part, row_count, bytes) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
static const char INSERT_EIGHT[] =
    "INSERT INTO block (unit_id, hour, journal_no, first_position, part, row_count, bytes) VALUES "
    "($1, $2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13, $14), "
    "($15, $16, $17, $18, $19, $20, $21), ($22, $23, $24, $25, $26, $27, $28), "
    "($29, $30, $31, $32, $33, $34, $35), ($36, $37, $38, $39, $40, $41, $42), "
    "($43, $44, $45, $46, $47, $48, $49), ($50, $51, $52, $53, $54, $55, $56)";
static const char ROWS[] =
    "SELECT COALESCE(SUM(row_count), 0) FROM block WHERE unit_id = $1 AND hour = $2";
static const char LOAD[] =
    "SELECT journal_no, first_position, part, row_count, bytes FROM block "
    "WHERE unit_id = $1 AND hour = $2 ORDER BY journal_no, first_position, part";
static const char DELETE[] = "DELETE FROM block WHERE unit_id = $1 AND hour = $2";
static const char NEXT_HOUR[] = "SELECT MIN(hour) FROM block WHERE unit_id = $1 AND hour >= $2";

#define COLUMNS 7
#define EIGHT   8

static void values_of(const struct store_block *block, struct sql_value values[static COLUMNS])
{
    values[0] = sql_text(block->unit);
    values[1] = sql_int(block->hour);
    values[2] = sql_int(block->journal_no);
    values[3] = sql_int(block->first_position);
    values[4] = sql_int(block->part);
    values[5] = sql_int(block->row_count);
    values[6] = sql_bytes(block->bytes, block->len);
}

enum err store_block_insert(struct sql *db, const struct store_block *block, struct fault *fault)
{
    struct sql_value values[COLUMNS];

    values_of(block, values);
    return sql_send(db, INSERT, values, COLUMNS, fault);
}

enum err store_blocks_insert(struct sql *db, const struct store_block *blocks, size_t count,
                             struct fault *fault)
{
    struct sql_value values[EIGHT * COLUMNS];
    enum err err = ERR_OK;
    size_t at = 0;

    for (; err == ERR_OK && count - at >= EIGHT; at += EIGHT) {
        for (size_t i = 0; i < EIGHT; i++)
            values_of(&blocks[at + i], values + i * COLUMNS);
        err = sql_send(db, INSERT_EIGHT, values, EIGHT * COLUMNS, fault);
    }
    for (; err == ERR_OK && at < count; at++)
        err = store_block_insert(db, &blocks[at], fault);
    return err;
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

enum err store_blocks_rows(struct sql *db, const char *unit, int64_t hour, int64_t *rows,
                           struct fault *fault)
{
    struct sql_rows *answer = sql_query(db, ROWS, SQL_VALUES(sql_text(unit), sql_int(hour)));

    *rows = sql_next(answer) ? sql_column_int(answer, 0) : 0;
    return sql_done(answer, fault);
}

enum err store_blocks_load(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                           struct store_block **blocks, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, LOAD, SQL_VALUES(sql_text(unit), sql_int(hour)));
    size_t room = 0;

    *count = 0;
    *blocks = NULL;
    while (sql_next(rows)) {
        struct store_block *block = NULL;

        *blocks = arena_grow(arena, *blocks, *count, 1, &room, sizeof **blocks);
        block = &(*blocks)[(*count)++];
        *block = read_block(rows, arena);
        block->unit = unit;
        block->hour = hour;
    }
    return sql_done(rows, fault);
}

enum err store_blocks_delete(struct sql *db, const char *unit, int64_t hour, struct fault *fault)
{
    return sql_send(db, DELETE, SQL_VALUES(sql_text(unit), sql_int(hour)), fault);
}

enum err store_blocks_next_hour(struct sql *db, const char *unit, int64_t from, bool *found,
                                int64_t *hour, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, NEXT_HOUR, SQL_VALUES(sql_text(unit), sql_int(from)));

    *found = sql_next(rows) && !sql_column_null(rows, 0);
    *hour = *found ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}
