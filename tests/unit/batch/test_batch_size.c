/*
 * The size on the line, counted in bytes: the same on every machine. The fleet: 1,000 units, each
 * a sample every 10 s with ten signals, five of each in a batch; payloads arrive in a slightly
 * different order each round.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shared/batch/batch.h"
#include "tests/unit/batch/random_rows.h"

#define UNITS  1000
#define ROUNDS 5
#define START  1750000003000

static const uint8_t journal_id[BATCH_JOURNAL_ID_BYTES] = "0123456789abcdef";

struct vehicle {
    int64_t lat, lon, odo, speed, soc, volt, ampere, phase;
};

static void place(uint64_t *seed, struct vehicle *v)
{
    v->lat = 350600000 + (int64_t)random_below(seed, 1000000);
    v->lon = 1126000000 + (int64_t)random_below(seed, 1000000);
    v->odo = (int64_t)random_below(seed, 200000) * 1000;
    v->speed = (int64_t)random_below(seed, 60) * 1000;
    v->soc = (int64_t)random_below(seed, 100) * 100;
    v->volt = 500000 + (int64_t)random_below(seed, 1000) * 100;
    v->ampere = (int64_t)random_below(seed, 2000) * 100;
    v->phase = (int64_t)random_below(seed, 10000);
}

static void say(const struct vehicle *v, int64_t at_ms, struct sample *s)
{
    *s = (struct sample){.at_ms = at_ms};
    sample_set(s, SIGNAL_LAT, v->lat);
    sample_set(s, SIGNAL_LON, v->lon);
    sample_set(s, SIGNAL_SPEED, v->speed);
    sample_set(s, SIGNAL_ODO, v->odo);
    sample_set(s, SIGNAL_SOC, v->soc);
    sample_set(s, SIGNAL_BATT_V, v->volt);
    sample_set(s, SIGNAL_BATT_A, v->ampere);
    sample_set(s, SIGNAL_CHARGING, 0);
    sample_set(s, SIGNAL_MODE, RUN_MODE_ELECTRIC);
    sample_set(s, SIGNAL_MIL, 0);
}

/* A vehicle that keeps its course and speed; noise in nothing but the way here. */
static void cruise(uint64_t *seed, struct vehicle *v)
{
    (void)seed;
    v->lat += v->speed / 7;
    v->lon += v->speed / 5;
    v->odo += v->speed / 360;
}

/* A vehicle in traffic: everything moves by chance. */
static void drive(uint64_t *seed, struct vehicle *v)
{
    v->speed = (int64_t)random_below(seed, 600) * 100;
    v->lat += (int64_t)random_below(seed, 20000) - 10000;
    v->lon += (int64_t)random_below(seed, 20000) - 10000;
    v->odo += v->speed / 360 / 100 * 100;
    v->volt += ((int64_t)random_below(seed, 20) - 10) * 100;
    v->ampere = (int64_t)random_below(seed, 2000) * 100;
}

static double bytes_per_sample(void (*move)(uint64_t *, struct vehicle *))
{
    struct batch_builder *builder = batch_builder_create("jiyuan-depot-1", journal_id);
    struct vehicle *fleet = mem_alloc(UNITS, sizeof *fleet);
    const uint8_t *bytes = NULL;
    uint64_t seed = 5, position = 4000000;
    size_t len = 0;

    for (size_t u = 0; u < UNITS; u++)
        place(&seed, &fleet[u]);
    batch_builder_begin(builder, position, position);
    for (int64_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < UNITS; i++) {
            size_t u = i ^ (size_t)random_below(&seed, 4) ^ (i >= 992 ? 3 : 0);
            struct vehicle *v = &fleet[u % UNITS];
            char unit[16] = "";
            struct sample sample;
            int64_t at = START + round * 10000 + v->phase;

            snprintf(unit, sizeof unit, "bus-%05zu", u % UNITS);
            move(&seed, v);
            say(v, at, &sample);
            batch_builder_add_samples(builder, unit, FORMAT_SENML_CBOR, position++,
                                      at + 30 + (int64_t)random_below(&seed, 40), &sample, 1);
        }
    assert_int_equal(batch_builder_finish(builder, position, &bytes, &len, NULL), ERR_OK);
    batch_builder_destroy(builder);
    free(fleet);
    return (double)len / (UNITS * ROUNDS);
}

static void a_steady_vehicle_costs_at_most_12_bytes_a_sample(void **state)
{
    double size = bytes_per_sample(cruise);

    (void)state;
    print_message("%.2f bytes a sample\n", size);
    assert_true(size <= 12.0);
}

static void a_vehicle_in_traffic_costs_at_most_24_bytes_a_sample(void **state)
{
    double size = bytes_per_sample(drive);

    (void)state;
    print_message("%.2f bytes a sample\n", size);
    assert_true(size <= 24.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_vehicle_costs_at_most_12_bytes_a_sample),
        cmocka_unit_test(a_vehicle_in_traffic_costs_at_most_24_bytes_a_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
