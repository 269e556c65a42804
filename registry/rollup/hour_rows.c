#include "registry/rollup/hour_rows.h"

#include <string.h>

#include "registry/store/store_blocks.h"
#include "shared/log.h"

/* A merged block says whose each row is; on the line the whole block is of one journal. */
static void own_rows(struct block *block, int64_t journal_no)
{
    for (size_t i = 0; journal_no != 0 && i < block->count; i++)
        block->rows[i].source = (uint32_t)journal_no;
}

static bool decode(const struct store_block *stored, struct arena *arena, struct block *block)
{
    struct fault fault;

    if (block_decode(stored->bytes, stored->len, arena, block, &fault) != ERR_OK) {
        log_error("rollup",
                  "unit %s, hour %lld, journal %lld, position %lld: a stored block cannot be read "
                  "and is left out: %s",
                  stored->unit, (long long)stored->hour, (long long)stored->journal_no,
                  (long long)stored->first_position, fault.text);
        return false;
    }
    own_rows(block, stored->journal_no);
    return true;
}

static void join(const struct block *parts, size_t count, struct arena *arena, struct block *rows)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += parts[i].count;
    rows->rows = ARENA_ARRAY(arena, struct block_row, total);
    for (size_t i = 0; i < count; i++) {
        memcpy(rows->rows + rows->count, parts[i].rows, parts[i].count * sizeof rows->rows[0]);
        rows->count += parts[i].count;
    }
}

static enum err load_blocks(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                            struct hour_rows *loaded, struct fault *fault)
{
    struct store_block *stored = NULL;
    struct block *parts = NULL;
    size_t count = 0, good = 0;
    enum err err = store_blocks_load(db, arena, unit, hour, &stored, &count, fault);

    if (err != ERR_OK || count == 0)
        return err;
    parts = ARENA_ARRAY(arena, struct block, count);
    for (size_t i = 0; i < count; i++) {
        loaded->unmerged += stored[i].journal_no != 0;
        if (decode(&stored[i], arena, &parts[good]))
            good++;
    }
    loaded->blocks = count;
    loaded->undecodable = count - good;
    if (good == 1)
        loaded->rows = parts[0];
    else if (good > 1)
        join(parts, good, arena, &loaded->rows);
    (void)block_settle(&loaded->rows);
    return ERR_OK;
}

enum err hour_rows_load(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                        struct hour_rows *loaded, struct fault *fault)
{
    int64_t rows = 0;
    enum err err = store_blocks_rows(db, unit, hour, &rows, fault);

    memset(loaded, 0, sizeof *loaded);
    loaded->too_many = rows > HOUR_ROWS_MAX;
    return err == ERR_OK && !loaded->too_many ? load_blocks(db, arena, unit, hour, loaded, fault)
                                              : err;
}

enum err hour_rows_refuse(const char *unit, int64_t hour, struct fault *fault)
{
    char from[WHEN_INSTANT_TEXT];

    when_instant_format(hour * WHEN_HOUR_MS, from);
    return fault_set(
        fault, ERR_INPUT,
        "unit %s sent more than %d samples of the hour from %s, too many to be looked at; "
        "ask for the time before or behind it",
        unit, HOUR_ROWS_MAX, from);
}
