#include "registry/ingest/sorting.h"

#include <stdlib.h>
#include <string.h>

#include "registry/ingest/arrival.h"
#include "registry/store/store_queue.h"
#include "shared/batch/block.h"
#include "shared/log.h"

#define BATCHES_MAX 256

/* What one transaction takes out and stores. */
struct work {
    struct sql *db;
    struct arena *arena;
    struct store_arrival *arrivals; /* the oldest first */
    size_t arrival_count, taken;
    struct store_block *blocks;
    size_t count, room;
};

/* ---- taking ---- */

static struct store_block *room_for(struct work *w, size_t more)
{
    w->blocks = arena_grow(w->arena, w->blocks, w->count, more, &w->room, sizeof *w->blocks);
    w->count += more;
    return w->blocks + w->count - more;
}

/* What cannot be read is missing in the balance, and does not keep the rest from being sorted. */
static enum err put_aside(struct work *w, const struct store_arrival *arrival, size_t count,
                          const struct fault *why, struct fault *fault)
{
    log_error(
        "sorting",
        "journal %lld, position %lld: of the batch only %zu of %lld blocks can be read, it is "
        "kept in arrival_damaged: %s",
        (long long)arrival->journal_no, (long long)arrival->first_position, count,
        (long long)arrival->hours, why->text);
    return store_arrival_put_aside(w->db, arrival, fault);
}

static enum err add_blocks(struct work *w, const struct store_arrival *arrival, struct fault *fault)
{
    struct store_block *blocks = NULL;
    struct fault why;
    size_t count = 0;
    enum err err = ERR_OK;

    if (arrival_decode(arrival, w->arena, &blocks, &count, &why) != ERR_OK)
        err = put_aside(w, arrival, count, &why, fault);
    if (count > 0)
        memcpy(room_for(w, count), blocks, count * sizeof *blocks);
    return err;
}

static enum err take(struct work *w, struct fault *fault)
{
    int64_t rows = 0;
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < w->arrival_count; i++) {
        struct store_arrival *arrival = &w->arrivals[i];
        bool taken = false;

        rows += arrival->row_count;
        if (i > 0 && rows > SORTING_ROWS)
            break;
        err = store_arrival_take(w->db, w->arena, arrival, &taken, fault);
        w->taken += taken;
        if (err == ERR_OK && taken)
            err = add_blocks(w, arrival, fault);
    }
    return err;
}

/* ---- blocks ---- */

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int hour_compare(const struct store_block *a, const struct store_block *b)
{
    int sign = strcmp(a->unit, b->unit);

    return sign != 0 ? sign : order(a->hour, b->hour);
}

static int block_compare(const void *left, const void *right)
{
    const struct store_block *a = left, *b = right;
    const int signs[] = {hour_compare(a, b), order(a->journal_no, b->journal_no),
                         order(a->first_position, b->first_position), order(a->part, b->part)};

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i] != 0)
            return signs[i];
    return 0;
}

/* How many of `blocks` are of the hour and the journal of the first, and fit into one block. */
static size_t alike(const struct store_block *blocks, size_t count)
{
    int64_t rows = blocks[0].row_count;
    size_t same = 1;

    while (same < count && hour_compare(&blocks[0], &blocks[same]) == 0 &&
           blocks[0].journal_no == blocks[same].journal_no &&
           rows + blocks[same].row_count <= BLOCK_ROWS_MAX)
        rows += blocks[same++].row_count;
    return same;
}

/* All rows of `blocks`, one after the other; false: one cannot be read. */
static bool join(const struct store_block *blocks, size_t count, struct arena *arena,
                 struct block *rows)
{
    size_t room = 0;

    for (size_t i = 0; i < count; i++)
        room += (size_t)blocks[i].row_count;
    *rows = (struct block){.rows = ARENA_ARRAY(arena, struct block_row, room)};
    for (size_t i = 0; i < count; i++) {
        struct block part = {0};

        if (block_decode(blocks[i].bytes, blocks[i].len, arena, &part, NULL) != ERR_OK ||
            rows->count + part.count > room)
            return false;
        memcpy(rows->rows + rows->count, part.rows, part.count * sizeof part.rows[0]);
        rows->count += part.count;
    }
    return true;
}

/* The first becomes all of them. What the rollup will not be able to read is left as it came. */
static bool merge(struct work *w, struct store_block *blocks, size_t count)
{
    struct arena *scratch = arena_create();
    struct block rows;
    uint8_t *bytes = NULL;
    bool joined = join(blocks, count, scratch, &rows);

    if (joined) {
        block_encode(&rows, w->arena, &bytes, &blocks[0].len);
        blocks[0].bytes = bytes;
        blocks[0].row_count = (int64_t)rows.count;
    }
    arena_destroy(scratch);
    return joined;
}

static void merge_alike(struct work *w)
{
    size_t kept = 0, same = 0;

    qsort(w->blocks, w->count, sizeof w->blocks[0], block_compare);
    for (size_t i = 0; i < w->count; i += same) {
        same = alike(w->blocks + i, w->count - i);
        if (same > 1 && !merge(w, w->blocks + i, same))
            same = 1;
        w->blocks[kept++] = w->blocks[i];
    }
    w->count = kept;
}

/* ---- storing ---- */

/* Each hour once, by unit and hour: rows of the queue are locked in the order in which the rollup
 * locks them. */
static enum err queue(const struct work *w, struct fault *fault)
{
    struct store_queue_rows *entries = ARENA_ARRAY(w->arena, struct store_queue_rows, w->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < w->count; i++) {
        const struct store_block *block = &w->blocks[i];

        if (i == 0 || hour_compare(block - 1, block) != 0)
            entries[count++] = (struct store_queue_rows){block->unit, block->hour, 0};
        entries[count - 1].rows_new += block->row_count;
    }
    return store_queue_put_all(w->db, entries, count, w->arrivals[0].arrived_ms, fault);
}

static enum err sort(struct work *w, struct fault *fault)
{
    enum err err = take(w, fault);

    if (err != ERR_OK || w->count == 0)
        return err;
    merge_alike(w);
    err = store_blocks_insert(w->db, w->blocks, w->count, fault);
    return err == ERR_OK ? queue(w, fault) : err;
}

/* None while another process is at it: it would wait for the batches that that one took. */
static enum err transact(struct work *w, struct fault *fault)
{
    bool alone = false;
    enum err err = sql_begin(w->db, SQL_WRITE_SHARED, fault);

    if (err != ERR_OK)
        return err;
    err = sql_try_lock(w->db, SQL_LOCK_SORTING, &alone, fault);
    if (err == ERR_OK && alone)
        err = sort(w, fault);
    if (err == ERR_OK)
        return sql_commit(w->db, fault);
    sql_rollback(w->db);
    return err;
}

enum err sorting_step(struct sql *db, int64_t before_ms, int64_t later_ms, size_t *did,
                      struct fault *fault)
{
    const struct store_arrivals_ask ask = {BATCHES_MAX, before_ms, later_ms};
    struct work w = {.db = db, .arena = arena_create()};
    enum err err = store_arrivals_list(db, w.arena, &ask, &w.arrivals, &w.arrival_count, fault);

    if (err == ERR_OK && w.arrival_count > 0)
        err = transact(&w, fault);
    *did = err == ERR_OK ? w.taken : 0;
    arena_destroy(w.arena);
    return err;
}
