/*
 * bench_rows: the peer of ingest: the same samples, a row each, through one prepared INSERT into SQLite, one
 * transaction a batch, with the durability settings the registry uses. Reading and decoding the batches is
 * not timed.
 *
 *     bench_rows DATABASE FILE.batch…      prints samples and seconds
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/batch/batch.h"
#include "shared/clock.h"

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "CREATE TABLE sample(unit TEXT, at BIGINT, position BIGINT, received BIGINT, format BIGINT, "
    "lat BIGINT,"
    " lon BIGINT, speed BIGINT, odo BIGINT, soc BIGINT, batt_v BIGINT, batt_a BIGINT, charging "
    "BIGINT,"
    " mode BIGINT, rpm BIGINT, fuel BIGINT, hours BIGINT, nox BIGINT, urea BIGINT, mil BIGINT,"
    " PRIMARY KEY (unit, at, position))";
static const char insert[] = "INSERT INTO sample VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                             " ON CONFLICT DO NOTHING";

struct decoded {
    const char *unit;
    struct block block;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_rows: %s\n", what);
    exit(3); /* one thread. NOLINT(concurrency-mt-unsafe) */
}

static uint8_t *read_file(const char *path, struct arena *arena, size_t *len)
{
    FILE *file = fopen(path, "re");
    uint8_t *bytes = arena_alloc(arena, BATCH_LINE_BYTES_MAX, 1);

    if (file == NULL)
        die(path);
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
        die(fault.text);
    arena_destroy(raw);
    *out = ARENA_ARRAY(arena, struct decoded, batch.block_count);
    for (size_t i = 0; i < batch.block_count; i++) {
        (*out)[i].unit = batch.blocks[i].unit;
        if (block_decode(batch.blocks[i].bytes, batch.blocks[i].len, arena, &(*out)[i].block,
                         &fault) != ERR_OK)
            die(fault.text);
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
        die("insert");
    sqlite3_reset(statement);
}

static size_t insert_batch(sqlite3 *db, sqlite3_stmt *statement, const struct decoded *blocks,
                           size_t count)
{
    size_t rows = 0;

    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < blocks[i].block.count; j++, rows++)
            insert_row(statement, blocks[i].unit, &blocks[i].block.rows[j]);
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        die("commit");
    return rows;
}

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    size_t rows = 0;
    int64_t spent_ms = 0;

    if (argc < 3)
        die("usage: bench_rows DATABASE FILE.batch…");
    if (sqlite3_open(argv[1], &db) != SQLITE_OK ||
        sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, insert, -1, &statement, NULL) != SQLITE_OK)
        die(sqlite3_errmsg(db));
    for (int i = 2; i < argc; i++) {
        struct arena *arena = arena_create();
        struct decoded *blocks = NULL;
        size_t count = decode(argv[i], arena, &blocks);
        int64_t began_ms = clock_mono_ms(&clock_system);
        rows += insert_batch(db, statement, blocks, count);
        spent_ms += clock_mono_ms(&clock_system) - began_ms;
        arena_destroy(arena);
    }
    printf("{\"samples\": %zu, \"seconds\": %.3f}\n", rows, (double)spent_ms / 1000);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return 0;
}
