/*
 * bench_decode: payloads as units send them → samples → batches, as the gateway does it, in one
 * thread. The payloads are made before by the encoders of evroll-unit and lie in memory.
 *
 *     readings ─▶ packs ─ encoder ─▶ payloads ─┬─ codec_decode                          decode
 *                                              └─ decode_entry ─▶ batch_builder_finish  batch
 *
 *     bench_decode CASE DIR     prints samples, bytes and seconds of CPU as JSON; DIR is for the
 *                               files that the gateway's decoder keeps beside it
 *     bench_decode --list       prints the names of the cases
 *
 * Seconds are this process's own: what else the machine does does not count. Each half is run until
 * ENOUGH_MS have been spent on it.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/decode/decode.h"
#include "gateway/uplink/uplink.h"
#include "shared/when.h"
#include "tests/unit_tool/encoder.h"
#include "tests/unit_tool/fleet.h"
#include "tests/unit_tool/random.h"

#define UNITS         1000
#define TICKS         120 /* readings of each unit; every pack below is a divisor of it */
#define PACK_MAX      10
#define ENOUGH_MS     1000
#define EDITION_2016  2016
#define EDITION_2025  2025
#define LATENCY_MS    40
#define JITTER_MS     400
#define STEADY_LINGER 3 /* readings of a unit while a batch lingers: 30 s, one each 10 s */

typedef struct source *open_source(const struct fleet_options *options);

static open_source steady_open;

static const struct bench_case {
    const char *name;
    struct encoder_options how;
    enum codec_layout layout; /* what the gateway is told of it */
    unsigned pack;            /* samples in a payload */
    int64_t interval_ms;
    open_source *open;
    bool engines; /* only vehicles with one: who sends frames of emission terminals */
    size_t batch_rows;
} cases[] = {
    {.name = "senml-json-1", .how = {.format = FORMAT_SENML_JSON}, .pack = 1},
    {.name = "senml-json-8", .how = {.format = FORMAT_SENML_JSON}, .pack = 8},
    {.name = "senml-cbor-1", .how = {.format = FORMAT_SENML_CBOR}, .pack = 1},
    {.name = "senml-cbor-8", .how = {.format = FORMAT_SENML_CBOR}, .pack = 8},
    {.name = "gbt32960-2016",
     .how = {.format = FORMAT_GBT32960, .edition = EDITION_2016},
     .pack = 1},
    {.name = "gbt32960-2025",
     .how = {.format = FORMAT_GBT32960, .edition = EDITION_2025},
     .pack = 1},
    {.name = "gb17691-1",
     .how = {.format = FORMAT_GB17691, .layout = CODEC_LAYOUT_L1},
     .pack = 1,
     .interval_ms = 1000,
     .engines = true},
    {.name = "gb17691-10",
     .how = {.format = FORMAT_GB17691, .layout = CODEC_LAYOUT_L1},
     .pack = 10,
     .interval_ms = 1000,
     .engines = true},
    {.name = "gb17691-10-told",
     .how = {.format = FORMAT_GB17691, .layout = CODEC_LAYOUT_L1},
     .layout = CODEC_LAYOUT_L1,
     .pack = 10,
     .interval_ms = 1000,
     .engines = true},
    {.name = "steady",
     .how = {.format = FORMAT_SENML_CBOR},
     .pack = 1,
     .open = steady_open,
     .batch_rows = (size_t)UNITS * STEADY_LINGER},
    {.name = "steady-backlog",
     .how = {.format = FORMAT_SENML_CBOR},
     .pack = 1,
     .open = steady_open,
     .batch_rows = (size_t)UPLINK_ROWS_MAX * UPLINK_BACKLOG_FACTOR},
};

#define CASE_COUNT (sizeof cases / sizeof cases[0])

static void die(const char *what)
{
    fprintf(stderr, "bench_decode: %s\n", what);
    exit(3); /* one thread. NOLINT(concurrency-mt-unsafe) */
}

/* ---- a fleet that drives straight on ---- */

struct steady {
    struct source source; /* first: the interface is the object */
    struct fleet_options options;
    struct steady_unit {
        char name[40];
        double lat, lon, east, odo_km, soc, hours, kmh;
        int64_t phase_ms;
    } units[UNITS];
    unsigned next;
    int64_t elapsed_ms;
};

/* Ten signals of an electric vehicle: speed, current and states stand still, the place moves on, the
 * odometer by a tenth and the hours by a twentieth now and then, the charge by a percent in minutes. */
static void steady_sample(struct steady_unit *unit, int64_t at_ms, double seconds, struct sample *s)
{
    double km = unit->kmh * seconds / 3600;

    unit->lon += km / 91.1 * unit->east; /* at 35° north */
    unit->lat += km / 111.3 * (1 - unit->east);
    unit->odo_km += km;
    unit->soc -= km / 3;
    unit->hours += seconds / 3600;
    *s = (struct sample){.at_ms = at_ms};
    sample_set_number(s, SIGNAL_LAT, unit->lat);
    sample_set_number(s, SIGNAL_LON, unit->lon);
    sample_set_number(s, SIGNAL_SPEED, unit->kmh);
    sample_set_number(s, SIGNAL_ODO, floor(unit->odo_km * 10) / 10);
    sample_set_number(s, SIGNAL_SOC, floor(unit->soc));
    sample_set_number(s, SIGNAL_BATT_V, 560 + floor(unit->soc) / 2);
    sample_set_number(s, SIGNAL_BATT_A, 41.5);
    sample_set(s, SIGNAL_CHARGING, 0);
    sample_set(s, SIGNAL_MODE, RUN_MODE_ELECTRIC);
    sample_set_number(s, SIGNAL_HOURS, floor(unit->hours * 20) / 20);
}

static enum err steady_next(struct source *source, struct reading *reading, struct fault *fault)
{
    struct steady *fleet = (struct steady *)source;
    const struct fleet_options *o = &fleet->options;
    struct steady_unit *unit = &fleet->units[fleet->next];

    (void)fault;
    if (fleet->elapsed_ms >= o->duration_ms)
        return ERR_NOT_FOUND;
    *reading = (struct reading){.unit = unit->name};
    steady_sample(unit, o->start_ms + fleet->elapsed_ms + unit->phase_ms,
                  (double)o->interval_ms / 1000, &reading->sample);
    if (++fleet->next == o->units) {
        fleet->next = 0;
        fleet->elapsed_ms += o->interval_ms;
    }
    return ERR_OK;
}

static void steady_close(struct source *source)
{
    free(source);
}

/* The units report one after the other within an interval. */
static struct source *steady_open(const struct fleet_options *options)
{
    struct steady *fleet = mem_alloc(1, sizeof *fleet);
    struct random random = {.state = options->seed};

    fleet->source = (struct source){.next = steady_next, .close = steady_close};
    fleet->options = *options;
    for (unsigned i = 0; i < options->units; i++) {
        struct steady_unit *unit = &fleet->units[i];

        fleet_unit_name(options, i, unit->name);
        unit->lat = random_between(&random, 34.9, 35.2);
        unit->lon = random_between(&random, 112.4, 112.8);
        unit->east = random_between(&random, 0, 1);
        unit->odo_km = random_between(&random, 2000, 180000);
        unit->soc = random_between(&random, 40, 95);
        unit->hours = random_between(&random, 100, 9000);
        unit->kmh = floor(random_between(&random, 20, 70));
        unit->phase_ms = options->interval_ms * i / options->units;
    }
    return &fleet->source;
}

/* ---- payloads ---- */

struct payloads {
    const struct bench_case *test;
    struct arena *arena;
    struct encoder *encoder;
    struct random jitter;
    struct journal_entry *entries; /* as the journal would hand them out */
    size_t count, samples;
    uint64_t bytes;
};

struct pack {
    const char *unit;
    const char *vehicle;
    struct sample samples[PACK_MAX];
    size_t count;
};

static void add_payload(struct payloads *all, const struct pack *pack)
{
    struct journal_entry *entry = &all->entries[all->count];
    struct encoder_message message = {0};
    struct fault fault = {0};

    if (encoder_samples(all->encoder, pack->unit, pack->vehicle, pack->samples, pack->count,
                        all->arena, &message, &fault) != ERR_OK)
        die(fault.text);
    *entry =
        (struct journal_entry){.position = all->count,
                               .received_ms = pack->samples[pack->count - 1].at_ms + LATENCY_MS +
                                              random_below(&all->jitter, JITTER_MS),
                               .format = all->test->how.format,
                               .payload = message.at,
                               .payload_len = message.len};
    snprintf(entry->unit, sizeof entry->unit, "%s", pack->unit);
    all->count++;
    all->samples += pack->count;
    all->bytes += message.len;
}

static void take_reading(struct payloads *all, struct pack *pack, const struct reading *reading)
{
    if (all->test->engines && !sample_has(&reading->sample, SIGNAL_RPM))
        return;
    pack->unit = reading->unit;
    pack->vehicle = reading->vehicle;
    pack->samples[pack->count++] = reading->sample;
    if (pack->count < all->test->pack)
        return;
    add_payload(all, pack);
    pack->count = 0;
}

static void make_payloads(const struct bench_case *test, struct payloads *all)
{
    struct fleet_options options = {.prefix = "sim", .units = UNITS, .seed = 1};
    struct pack *packs = mem_alloc(UNITS, sizeof *packs);
    struct source *source = NULL;
    struct reading reading;
    struct fault fault = {0};

    *all = (struct payloads){.test = test, .arena = arena_create(), .jitter = {.state = 1}};
    all->entries = mem_alloc((size_t)UNITS * TICKS / test->pack, sizeof *all->entries);
    if (encoder_create(&test->how, &all->encoder, &fault) != ERR_OK)
        die(fault.text);
    options.interval_ms = test->interval_ms != 0 ? test->interval_ms : 10000;
    options.duration_ms = options.interval_ms * TICKS;
    when_instant_parse("2025-06-30T00:00:00Z", &options.start_ms);
    source = test->open != NULL ? test->open(&options) : fleet_open(&options);
    for (size_t i = 0; source_next(source, &reading, &fault) == ERR_OK; i++)
        take_reading(all, &packs[i % UNITS], &reading);
    free(packs);
    source_close(source);
}

static void free_payloads(struct payloads *all)
{
    encoder_destroy(all->encoder);
    arena_destroy(all->arena);
    free(all->entries);
}

/* ---- measuring ---- */

struct work {
    const struct payloads *payloads;
    struct arena *arena;
    struct decode *decode;
    struct batch_builder *builder;
    uint64_t line_bytes, batches; /* of the last round */
};

/* Another number of samples than went in would be another benchmark. */
static void expect_samples(const struct work *work, uint64_t samples)
{
    if (samples != work->payloads->samples)
        die("not every sample that was encoded was decoded");
}

static void decode_round(struct work *work)
{
    uint64_t samples = 0;

    for (size_t i = 0; i < work->payloads->count; i++) {
        const struct journal_entry *entry = &work->payloads->entries[i];
        struct codec_input input = {.unit = entry->unit,
                                    .received_ms = entry->received_ms,
                                    .bytes = entry->payload,
                                    .len = entry->payload_len,
                                    .layout = work->payloads->test->layout};
        struct codec_result result = {0};

        arena_reset(work->arena);
        if (codec_decode(entry->format, &input, work->arena, &result) != ERR_OK)
            die(result.fault.detail);
        samples += result.count;
    }
    expect_samples(work, samples);
}

static void finish_batch(struct work *work, uint64_t next)
{
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct fault fault = {0};

    if (batch_builder_finish(work->builder, next, &bytes, &len, &fault) != ERR_OK)
        die(fault.text);
    work->line_bytes += len;
    work->batches++;
    batch_builder_begin(work->builder, next, next);
}

static void batch_round(struct work *work)
{
    static const uint8_t journal_id[JOURNAL_ID_BYTES] = "bench-journal-1";
    size_t rows_max = work->payloads->test->batch_rows;
    uint64_t before = decode_counted(work->decode)->samples;

    if (rows_max == 0)
        rows_max = UPLINK_ROWS_MAX;
    work->line_bytes = work->batches = 0;
    decode_begin_journal(work->decode, journal_id);
    batch_builder_begin(work->builder, 0, 0);
    for (size_t i = 0; i < work->payloads->count; i++) {
        decode_entry(work->decode, &work->payloads->entries[i], work->builder);
        if (batch_builder_rows(work->builder) >= rows_max)
            finish_batch(work, i + 1);
    }
    if (batch_builder_rows(work->builder) > 0)
        finish_batch(work, work->payloads->count);
    expect_samples(work, decode_counted(work->decode)->samples - before);
    if (decode_counted(work->decode)->rejects > 0)
        die("the gateway's decoder refused a payload");
}

static double cpu_seconds(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Seconds a round; the first one, which warms up, does not count. */
static double measure(void (*round)(struct work *work), struct work *work)
{
    double began = 0, spent = 0;
    unsigned rounds = 0;

    round(work);
    for (began = cpu_seconds(); spent * 1000 < ENOUGH_MS; rounds++) {
        round(work);
        spent = cpu_seconds() - began;
    }
    return spent / rounds;
}

static void run(const struct bench_case *test, const char *dir)
{
    static const uint8_t journal_id[BATCH_JOURNAL_ID_BYTES] = "bench-journal-1";
    char rejects[512], outbox[512];
    struct codec_layout_rule layout = {.unit = "*", .layout = test->layout};
    struct decode_options options = {.rejects_dir = rejects,
                                     .outbox_dir = outbox,
                                     .layouts = &layout,
                                     .layout_count = test->layout != CODEC_LAYOUT_AUTO};
    struct payloads payloads;
    struct work work = {.payloads = &payloads, .arena = arena_create()};
    struct fault fault = {0};
    double decode_s = 0, batch_s = 0;

    snprintf(rejects, sizeof rejects, "%s/rejects", dir);
    snprintf(outbox, sizeof outbox, "%s/outbox", dir);
    if (decode_open(&options, &work.decode, &fault) != ERR_OK)
        die(fault.text);
    work.builder = batch_builder_create("gw-1", journal_id);
    make_payloads(test, &payloads);
    decode_s = measure(decode_round, &work);
    batch_s = measure(batch_round, &work);
    printf("{\"samples\": %zu, \"payloads\": %zu, \"payload_bytes\": %" PRIu64
           ", \"decode_s\": %.6f, \"batch_s\": %.6f, \"batches\": %" PRIu64
           ", \"line_bytes\": %" PRIu64 "}\n",
           payloads.samples, payloads.count, payloads.bytes, decode_s, batch_s, work.batches,
           work.line_bytes);
    free_payloads(&payloads);
    batch_builder_destroy(work.builder);
    decode_close(work.decode);
    arena_destroy(work.arena);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < CASE_COUNT; i++)
            puts(cases[i].name);
        return 0;
    }
    for (size_t i = 0; argc == 3 && i < CASE_COUNT; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            run(&cases[i], argv[2]);
            return 0;
        }
    }
    die("usage: bench_decode CASE DIR, or --list");
    return 3;
}
