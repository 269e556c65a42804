/*
 * bench_fdatasync: what a gateway would do that syncs for each message: append to a journal and
 * fdatasync, one after the other. An upper bound, for there is neither TLS nor MQTT in it.
 *
 *     bench_fdatasync DIR SECONDS     prints messages a second
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/journal/journal.h"
#include "shared/clock.h"

#define PAYLOAD 200

static int fail(const struct fault *fault)
{
    fprintf(stderr, "bench_fdatasync: %s\n", fault->text);
    return 3;
}

int main(int argc, char **argv)
{
    static const uint8_t payload[PAYLOAD];
    struct journal_entry entry = {.unit = "sim-0001",
                                  .format = FORMAT_SENML_CBOR,
                                  .payload = payload,
                                  .payload_len = PAYLOAD};
    struct journal_writer *writer = NULL;
    struct journal_syncer *syncer = NULL;
    struct fault fault = {0};
    int64_t begun_ms = 0, took_ms = 0, wanted_ms = 0;
    uint64_t synced = 0;

    if (argc != 3 || (wanted_ms = strtol(argv[2], NULL, 10) * 1000) <= 0)
        return 2;
    if (journal_writer_open(&(struct journal_options){.dir = argv[1]}, &writer, &fault) != ERR_OK ||
        journal_syncer_open(argv[1], &syncer, &fault) != ERR_OK)
        return fail(&fault);
    begun_ms = clock_mono_ms(&clock_system);
    while ((took_ms = clock_mono_ms(&clock_system) - begun_ms) < wanted_ms)
        if (journal_append(writer, &entry, NULL) != ERR_OK ||
            journal_sync(syncer, &synced, &fault) != ERR_OK)
            return fail(&fault);
    printf("%.0f\n", (double)synced * 1000 / (double)took_ms);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    return 0;
}
