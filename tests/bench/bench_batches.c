/*
 * bench_batches: makes the batches that a gateway would send for a simulated fleet, one file each, so that a
 * benchmark can send them without paying for their making.
 *
 *     bench_batches UNITS SECONDS ROWS_PER_BATCH DIR [GATEWAY SEED [INTERVAL_S]]
 *
 * prints how many samples and batches there are. Units are sim-0001 …, or GATEWAY.SEED-0001 … of a journal of
 * their own; each sends every INTERVAL_S seconds, 10 where nothing is said.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/batch/batch.h"
#include "shared/when.h"
#include "tests/unit_tool/fleet.h"
#include "tests/unit_tool/random.h"

#define INTERVAL_S 10

struct maker {
    struct batch_builder *builder;
    const char *dir;
    uint64_t position, first, samples, bytes;
    unsigned batches;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_batches: %s\n", what);
    exit(3); /* one thread. NOLINT(concurrency-mt-unsafe) */
}

static void write_batch(struct maker *m)
{
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct fault fault = {0};
    char path[512];
    FILE *file = NULL;

    if (batch_builder_finish(m->builder, m->position, &bytes, &len, &fault) != ERR_OK)
        die(fault.text);
    snprintf(path, sizeof path, "%s/%06u.batch", m->dir, m->batches++);
    file = fopen(path, "we");
    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        die(path);
    m->bytes += len;
    m->first = m->position;
    batch_builder_begin(m->builder, m->first, m->first);
}

int main(int argc, char **argv)
{
    uint8_t journal_id[BATCH_JOURNAL_ID_BYTES] = "bench-journal-1";
    const char *gateway = "gw-1";
    char prefix[24] = "sim";
    struct fleet_options options = {.prefix = prefix, .seed = 1, .interval_ms = INTERVAL_S * 1000};
    struct random jitter = {.state = 1};
    struct maker m = {0};
    struct source *source = NULL;
    struct reading reading;
    size_t rows = 0;

    if (argc != 5 && argc != 7 && argc != 8)
        die("usage: bench_batches UNITS SECONDS ROWS_PER_BATCH DIR [GATEWAY SEED [INTERVAL_S]]");
    options.units = (unsigned)strtoul(argv[1], NULL, 10);
    options.duration_ms = strtoll(argv[2], NULL, 10) * 1000;
    rows = strtoul(argv[3], NULL, 10);
    m.dir = argv[4];
    if (argc == 8)
        options.interval_ms = strtoll(argv[7], NULL, 10) * 1000;
    if (options.units == 0 || options.duration_ms <= 0 || rows == 0 || options.interval_ms <= 0)
        die("UNITS, SECONDS, ROWS_PER_BATCH and INTERVAL_S are numbers above 0");
    if (argc >= 7) {
        gateway = argv[5];
        snprintf(prefix, sizeof prefix, "%.16s.%.6s", gateway, argv[6]);
        snprintf((char *)journal_id, sizeof journal_id, "%.15s", prefix);
        options.seed = jitter.state = strtoull(argv[6], NULL, 10);
    }
    when_instant_parse("2025-06-30T00:00:00Z", &options.start_ms);
    source = fleet_open(&options);
    m.builder = batch_builder_create(gateway, journal_id);
    batch_builder_begin(m.builder, 0, 0);
    while (source_next(source, &reading, NULL) == ERR_OK) {
        int64_t received_ms = reading.sample.at_ms + 40 + random_below(&jitter, 400);
        batch_builder_add_samples(m.builder, reading.unit, FORMAT_SENML_CBOR, m.position++,
                                  received_ms, &reading.sample, 1);
        m.samples++;
        if (batch_builder_rows(m.builder) >= rows)
            write_batch(&m);
    }
    if (batch_builder_rows(m.builder) > 0)
        write_batch(&m);
    printf("{\"samples\": %" PRIu64 ", \"batches\": %u, \"bytes\": %" PRIu64 "}\n", m.samples,
           m.batches, m.bytes);
    batch_builder_destroy(m.builder);
    source_close(source);
    return 0;
}
