#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit_tool/fleet.h"

static const struct fleet_options day = {.prefix = "sim",
                                         .units = 20,
                                         .seed = 7,
                                         .start_ms = 1751212800000,
                                         .duration_ms = 86400000,
                                         .interval_ms = 10000};

static void the_same_seed_gives_the_same_readings_and_another_seed_others(void **state)
{
    struct fleet_options other = day;
    struct source *a = fleet_open(&day), *b = fleet_open(&day), *c = NULL;
    struct reading ra, rb, rc;
    int differ = 0;

    (void)state;
    other.seed = 8;
    c = fleet_open(&other);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(source_next(a, &ra, NULL), ERR_OK);
        assert_int_equal(source_next(b, &rb, NULL), ERR_OK);
        assert_int_equal(source_next(c, &rc, NULL), ERR_OK);
        assert_string_equal(ra.unit, rb.unit);
        assert_int_equal(sample_compare(&ra.sample, &rb.sample), 0);
        differ += sample_compare(&ra.sample, &rc.sample) != 0;
    }
    assert_true(differ > 10000);
    source_close(a);
    source_close(b);
    source_close(c);
}

struct seen {
    int64_t odo, samples, charging, moving, engine;
};

/* A day of a fleet: every value in range, odometers never go back, nobody drives while charging, electric
 * vehicles have no engine; each does something. */
static void a_day_of_the_fleet_is_plausible(void **state)
{
    struct source *source = fleet_open(&day);
    struct seen seen[20] = {0};
    struct reading r;

    (void)state;
    for (int64_t n = 0; source_next(source, &r, NULL) == ERR_OK; n++) {
        struct seen *s = &seen[n % 20];
        bool has_engine = sample_has(&r.sample, SIGNAL_RPM);
        assert_int_equal(r.sample.at_ms, day.start_ms + n * day.interval_ms / 20); /* in turn */
        assert_int_equal(r.sample.out_of_range, 0);
        assert_true(r.sample.value[SIGNAL_ODO] >= s->odo);
        assert_true(has_engine || sample_has(&r.sample, SIGNAL_SOC));
        if (r.sample.value[SIGNAL_CHARGING])
            assert_int_equal(r.sample.value[SIGNAL_SPEED], 0);
        s->odo = r.sample.value[SIGNAL_ODO];
        s->samples++;
        s->charging += r.sample.value[SIGNAL_CHARGING];
        s->moving += r.sample.value[SIGNAL_SPEED] > 0;
        s->engine += has_engine && r.sample.value[SIGNAL_RPM] > 0;
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(seen[i].samples, 8640);
        assert_true(seen[i].moving > 500);
    }
    assert_true(seen[0].charging > 0); /* a battery bus drives all day: it has to charge */
    assert_int_equal(seen[0].engine, 0);
    assert_true(seen[3].engine > 500); /* a diesel truck */
    source_close(source);
}

static void the_register_names_every_unit_once(void **state)
{
    char dir[] = "/tmp/evroll-fleet-XXXXXX";
    char path[64], line[512];
    int rows = 0;
    FILE *file = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(fleet_write_register(&day, dir, NULL), ERR_OK);
    snprintf(path, sizeof path, "%s/vehicles.csv", dir);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char unit[40];
        if (rows > 0) {
            fleet_unit_name(&day, (unsigned)rows - 1, unit);
            line[strcspn(line, "\n")] = '\0';
            assert_string_equal(strrchr(line, ',') + 1, unit);
        }
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 21);
    unlink(path);
    snprintf(path, sizeof path, "%s/orgs.csv", dir);
    assert_int_equal(unlink(path), 0);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_readings_and_another_seed_others),
        cmocka_unit_test(a_day_of_the_fleet_is_plausible),
        cmocka_unit_test(the_register_names_every_unit_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
