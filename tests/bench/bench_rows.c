/*
 * bench_rows: the peer of ingest: the same samples, a row each, through one prepared INSERT into SQLite or
 * through COPY in binary form into PostgreSQL (an address postgresql:…), one transaction a batch, with the
 * durability settings the registry uses. Reading and decoding the batches is not timed.
 *
 *     bench_rows DATABASE FILE.batch…      prints samples and seconds
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/clock.h"
#include "tests/bench/bench_rows.h"

static const char schema[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                             "CREATE TABLE sample(" ROWS_COLUMNS ")";
static const char insert[] = "INSERT INTO sample VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                             " ON CONFLICT DO NOTHING";

void rows_die(const char *what)
{
    fprintf(stderr, "bench_rows: %s\n", what);
    exit(3); /* one thread. NOLINT(concurrency-mt-unsafe) */
}

static uint8_t *read_file(const char *path, struct arena *arena, size_t *len)
{
    FILE *file = fopen(path, "re");
    uint8_t *bytes = arena_alloc(arena, BATCH_LINE_BYTES_MAX, 1);

    if (file == NULL)
        rows_die(path);
    *len = fread(bytes, 1, BATCH_LINE_BYTES_MAX, file);
    fclose(file);
    return bytes;
}

static size_t decode(const char *path, struct arena *arena, struct decoded **out)
{
    struct arena *raw = arena_create();
    struct batch batch;
    struct fault fault = {0};
    size_t len = 0;
    uint8_t *bytes = read_file(path, raw, &len);

    if (batch_decode(bytes, len, arena, &batch, &fault) != ERR_OK)
        rows_die(fault.text);
    arena_destroy(raw);
    *out = ARENA_ARRAY(arena, struct decoded, batch.block_count);
    for (size_t i = 0; i < batch.block_count; i++) {
        (*out)[i].unit = batch.blocks[i].unit;
        if (block_decode(batch.blocks[i].bytes, batch.blocks[i].len, arena, &(*out)[i].block,
                         &fault) != ERR_OK)
            rows_die(fault.text);
    }
    return batch.block_count;
}

static void insert_row(sqlite3_stmt *statement, const char *unit, const struct block_row *row)
{
    sqlite3_bind_text(statement, 1, unit, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, row->sample.at_ms);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)row->position);
    sqlite3_bind_int64(statement, 4, row->received_ms);
    sqlite3_bind_int(statement, 5, (int)row->format);
    for (int id = 0; id < SIGNAL_COUNT; id++)
        if (sample_has(&row->sample, (enum signal_id)id))
            sqlite3_bind_int64(statement, 6 + id, row->sample.value[id]);
        else
            sqlite3_bind_null(statement, 6 + id);
    if (sqlite3_step(statement) != SQLITE_DONE)
        rows_die("insert");
    sqlite3_reset(statement);
}

/* ---- SQLite ---- */

struct loop {
    sqlite3 *db;
    sqlite3_stmt *statement;
};

static void *loop_open(const char *path)
{
    struct loop *loop = mem_alloc(1, sizeof *loop);

    if (sqlite3_open(path, &loop->db) != SQLITE_OK ||
        sqlite3_exec(loop->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(loop->db, insert, -1, &loop->statement, NULL) != SQLITE_OK)
        rows_die(sqlite3_errmsg(loop->db));
    return loop;
}

static size_t loop_batch(void *arg, const struct decoded *blocks, size_t count)
{
    struct loop *loop = arg;
    size_t rows = 0;

    sqlite3_exec(loop->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < blocks[i].block.count; j++, rows++)
            insert_row(loop->statement, blocks[i].unit, &blocks[i].block.rows[j]);
    if (sqlite3_exec(loop->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        rows_die("commit");
    return rows;
}

static void loop_close(void *arg)
{
    struct loop *loop = arg;

    sqlite3_finalize(loop->statement);
    sqlite3_close(loop->db);
    free(loop);
}

static const struct target {
    void *(*open)(const char *where);
    size_t (*batch)(void *open, const struct decoded *blocks, size_t count);
    void (*close)(void *open);
} targets[] = {
    {loop_open, loop_batch, loop_close},
    {rows_copy_open, rows_copy_batch, rows_copy_close},
};

int main(int argc, char **argv)
{
    const struct target *target = NULL;
    void *open = NULL;
    size_t rows = 0;
    int64_t spent_ms = 0;

    if (argc < 3)
        rows_die("usage: bench_rows DATABASE FILE.batch…");
    target = &targets[strncmp(argv[1], "postgresql:", 11) == 0];
    open = target->open(argv[1]);
    for (int i = 2; i < argc; i++) {
        struct arena *arena = arena_create();
        struct decoded *blocks = NULL;
        size_t count = decode(argv[i], arena, &blocks);
        int64_t began_ms = clock_mono_ms(&clock_system);
        rows += target->batch(open, blocks, count);
        spent_ms += clock_mono_ms(&clock_system) - began_ms;
        arena_destroy(arena);
    }
    printf("{\"samples\": %zu, \"seconds\": %.3f}\n", rows, (double)spent_ms / 1000);
    target->close(open);
    return 0;
}
