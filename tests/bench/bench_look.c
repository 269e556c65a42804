/*
 * bench_look: what it costs to make hours and findings of samples that are stored already.
 *
 *     bench_look DATABASE FILE.batch…     stores the batches, then prints the seconds of CPU that the
 *                                         rollup of their hours and the look at their units took
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "registry/findings/findings.h"
#include "registry/ingest/ingest.h"
#include "registry/rollup/rollup.h"

static void must(enum err err, const struct fault *fault)
{
    if (err == ERR_OK)
        return;
    fprintf(stderr, "bench_look: %s\n", fault->text);
    exit(3); /* one thread. NOLINT(concurrency-mt-unsafe) */
}

static double cpu_seconds(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint8_t *read_file(const char *path, struct arena *arena, size_t *len)
{
    FILE *file = fopen(path, "re");
    uint8_t *bytes = arena_alloc(arena, BATCH_LINE_BYTES_MAX, 1);

    if (file == NULL) {
        perror(path);
        exit(3); /* one thread. NOLINT(concurrency-mt-unsafe) */
    }
    *len = fread(bytes, 1, BATCH_LINE_BYTES_MAX, file);
    fclose(file);
    return bytes;
}

static void store(struct sql *db, const char *path)
{
    struct arena *arena = arena_create();
    struct ingest_result result;
    struct batch batch;
    struct fault fault = {0};
    size_t len = 0;
    uint8_t *bytes = read_file(path, arena, &len);

    must(batch_decode(bytes, len, arena, &batch, &fault), &fault);
    must(ingest_batch(db, &clock_system, 0, &batch, &result, &fault), &fault);
    arena_destroy(arena);
}

static double rollup_all(struct sql *db)
{
    struct fault fault = {0};
    double began = cpu_seconds();
    size_t did = 1;

    while (did > 0)
        must(rollup_step(db, &clock_system, ROLLUP_SLICE, &did, &fault), &fault);
    return cpu_seconds() - began;
}

static double look_at_all(struct sql *db)
{
    struct fault fault = {0};
    double began = cpu_seconds();
    size_t did = 1;

    while (did > 0)
        must(findings_step(db, &clock_system, 0, &did, &fault), &fault);
    return cpu_seconds() - began;
}

int main(int argc, char **argv)
{
    struct sql *db = NULL;
    struct fault fault = {0};
    double rolled = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_look DATABASE FILE.batch...\n");
        return 2;
    }
    must(sql_open(argv[1], &db, &fault), &fault);
    for (int i = 2; i < argc; i++)
        store(db, argv[i]);
    rolled = rollup_all(db);
    printf("{\"rollup\": %.6f, \"findings\": %.6f}\n", rolled, look_at_all(db));
    sql_close(db);
    return 0;
}
