#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/when.h"
#include "tests/unit_tool/replay.h"

static const char mapping[] = "unit: car-{id}\n"
                              "time:\n"
                              "  columns: [Date, Time]\n"
                              "  format: \"%m/%d/%Y %H:%M:%S\"\n"
                              "  zone_minutes: 60\n"
                              "signals:\n"
                              "  - {signal: speed, column: v, factor: 3.6}\n"
                              "  - {signal: soc, column: soc}\n"
                              "  - {signal: mode, value: electric}\n";

struct files {
    char dir[64], mapping[96], recording[96];
};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void files_make(struct files *f, const char *mapping_text, const char *recording_text)
{
    strcpy(f->dir, "/tmp/evroll-replay-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->mapping, sizeof f->mapping, "%s/m.yaml", f->dir);
    snprintf(f->recording, sizeof f->recording, "%s/r.csv", f->dir);
    put(f->mapping, mapping_text);
    put(f->recording, recording_text);
}

static void files_remove(const struct files *f)
{
    unlink(f->mapping);
    unlink(f->recording);
    rmdir(f->dir);
}

static struct source *open_or_fail(const struct files *f, int64_t start_ms, unsigned copies)
{
    struct fault fault = {0};
    struct source *source = NULL;

    if (replay_open(&(struct replay_options){f->mapping, f->recording, start_ms, copies}, &source,
                    &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return source;
}

static void columns_become_signals_in_our_units_and_the_clock_utc(void **state)
{
    struct files f;
    struct source *source = NULL;
    struct reading r;
    int64_t at_ms = 0;

    (void)state;
    files_make(&f, mapping,
               "id,Date,Time,v,soc\n7,03/29/2021,11:13:45,10,87.54\n7,5/2/2021,1:02:03,,50\n");
    source = open_or_fail(&f, INT64_MIN, 1);
    assert_int_equal(source_next(source, &r, NULL), ERR_OK);
    assert_string_equal(r.unit, "car-7");
    assert_true(when_instant_parse("2021-03-29T10:13:45Z", &at_ms));
    assert_int_equal(r.sample.at_ms, at_ms);
    assert_int_equal(r.sample.value[SIGNAL_SPEED], 36000);
    assert_int_equal(r.sample.value[SIGNAL_SOC], 8754);
    assert_int_equal(r.sample.value[SIGNAL_MODE], RUN_MODE_ELECTRIC);
    assert_int_equal(source_next(source, &r, NULL), ERR_OK);
    assert_true(when_instant_parse("2021-05-02T00:02:03Z", &at_ms));
    assert_int_equal(r.sample.at_ms, at_ms);
    assert_false(sample_has(&r.sample, SIGNAL_SPEED));
    assert_int_equal(source_next(source, &r, NULL), ERR_NOT_FOUND);
    source_close(source);
    files_remove(&f);
}

static void a_row_that_cannot_be_read_is_counted_with_its_line_and_passed_over(void **state)
{
    struct files f;
    struct source *source = NULL;
    struct reading r;
    const char *first = NULL;

    (void)state;
    files_make(&f, mapping,
               "id,Date,Time,v,soc\n7,90/02/2032,11:13:45,10,1\n7,03/29/2021,11:13:46,fast,1\n"
               "a b,03/29/2021,11:13:46,1,1\n7,03/29/2021,11:13:47,1,1\n");
    source = open_or_fail(&f, INT64_MIN, 1);
    assert_int_equal(source_next(source, &r, NULL), ERR_OK);
    assert_int_equal(source_next(source, &r, NULL), ERR_NOT_FOUND);
    assert_int_equal(replay_skipped(source, &first), 3);
    assert_non_null(strstr(first, "line 2:"));
    source_close(source);
    files_remove(&f);
}

static void copies_say_the_same_under_other_names_and_the_start_moves_all(void **state)
{
    struct files f;
    struct source *source = NULL;
    struct reading r;
    static const char *const names[] = {"car-7", "car-7-2", "car-7-3"};

    (void)state;
    files_make(&f, mapping,
               "id,Date,Time,v,soc\n7,03/29/2021,11:13:45,1,1\n7,03/29/2021,11:13:55,2,1\n");
    source = open_or_fail(&f, 1000000, 3);
    for (int row = 0; row < 2; row++)
        for (int copy = 0; copy < 3; copy++) {
            assert_int_equal(source_next(source, &r, NULL), ERR_OK);
            assert_string_equal(r.unit, names[copy]);
            assert_int_equal(r.sample.at_ms, 1000000 + row * 10000);
        }
    assert_int_equal(source_next(source, &r, NULL), ERR_NOT_FOUND);
    source_close(source);
    files_remove(&f);
}

static void refuse(const char *mapping_text, const char *recording_text, const char *said)
{
    struct files f;
    struct source *source = NULL;
    struct fault fault = {0};

    files_make(&f, mapping_text, recording_text);
    assert_int_equal(replay_open(&(struct replay_options){f.mapping, f.recording, INT64_MIN, 1},
                                 &source, &fault),
                     ERR_INPUT);
    if (strstr(fault.text, said) == NULL)
        fail_msg("expected \"%s\" in \"%s\"", said, fault.text);
    files_remove(&f);
}

static void a_mapping_that_does_not_fit_is_refused_with_what_does_not(void **state)
{
    (void)state;
    refuse(mapping, "id,Date,Time,soc\n", "\"v\"");
    refuse(mapping, "", "no header");
    refuse(
        "unit: a\ntime: {columns: [t], format: rfc3339}\nsignals:\n  - {signal: warp, column: v}\n",
        "t,v\n", "warp");
    refuse("unit: a\ntime: {columns: [t], format: rfc3339}\nsignals:\n  - {signal: soc}\n", "t,v\n",
           "either a column or a value");
    refuse("unit: a\ntimes: 3\n", "t,v\n", ":2:1:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_become_signals_in_our_units_and_the_clock_utc),
        cmocka_unit_test(a_row_that_cannot_be_read_is_counted_with_its_line_and_passed_over),
        cmocka_unit_test(copies_say_the_same_under_other_names_and_the_start_moves_all),
        cmocka_unit_test(a_mapping_that_does_not_fit_is_refused_with_what_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
