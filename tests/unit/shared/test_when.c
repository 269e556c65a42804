#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/when.h"

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static void every_day_of_1900_to_2199_goes_round(void **state)
{
    int32_t day = when_day((struct when_date){1900, 1, 1});
    char text[WHEN_DAY_TEXT];
    char expected[40];

    (void)state;
    assert_int_equal(day, -25567);
    for (int year = 1900; year <= 2199; year++)
        for (int month = 1; month <= 12; month++)
            for (int d = 1; d <= days_of(year, month); d++, day++) {
                struct when_date back = when_date(day);
                int32_t read = 0;

                assert_int_equal(when_day((struct when_date){year, month, d}), day);
                assert_true(back.year == year && back.month == month && back.day == d);
                snprintf(expected, sizeof expected, "%04d-%02d-%02d", year, month, d);
                when_day_format(day, text);
                assert_string_equal(text, expected);
                assert_true(when_day_parse(text, &read));
                assert_int_equal(read, day);
            }
    assert_int_equal(day, WHEN_DAY_NEVER);
}

static void days_that_do_not_exist_are_refused(void **state)
{
    static const char *const bad[] = {
        "2023-02-29",  "1900-02-29",  "2100-02-29", "2024-02-30", "2024-04-31", "2024-13-01",
        "2024-00-10",  "2024-01-00",  "2024-01-32", "1899-12-31", "2200-01-01", "0000-01-01",
        "2024-1-01",   "2024-01-1",   "2024/01/01", "20240101",   "",           "2024-01-01 ",
        " 2024-01-01", "2024-01-01T", "+024-01-01", "2024--1-01", "2024-01--1", "２０２４-01"};
    int32_t day = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(when_day_parse(bad[i], &day));
    assert_true(when_day_parse("2024-02-29", &day));
    assert_true(when_day_parse("2000-02-29", &day));
}

static void rfc_3339_instants_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1985-04-12T23:20:50.52Z", 482196050520},
        {"1996-12-19T16:39:57-08:00", 851042397000},
        {"1996-12-20T00:39:57Z", 851042397000},
        {"1937-01-01T12:00:27.87+00:20", -1041337172130},
        {"2025-06-30T15:59:58.000Z", 1751299198000},
        {"2025-06-30t15:59:58z", 1751299198000},
        {"2025-06-30 23:59:58+08:00", 1751299198000},
        {"2025-06-30T15:59:58-00:00", 1751299198000},
        {"2025-06-30T15:59:58.123456789Z", 1751299198123},
        {"2025-06-30T15:59:58.9999Z", 1751299198999},
        {"2025-06-30T15:59:58.1Z", 1751299198100},
        {"1990-12-31T23:59:60Z", 662688000000},
        {"1990-12-31T15:59:60-08:00", 662688000000},
        {"1900-01-01T00:00:00Z", -2208988800000},
        {"2199-12-31T23:59:59.999Z", 7258118399999},
    };
    int64_t ms = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(when_instant_parse(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void what_is_not_rfc_3339_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2025-06-30",
        "2025-06-30T",
        "2025-06-30T15:59",
        "2025-06-30T15:59:58",
        "2025-06-30T15:59:58.",
        "2025-06-30T15:59:58.Z",
        "2025-06-30T15:59:58,5Z",
        "2025-06-30T15:59:58.1234567890Z",
        "2025-06-30T15:59:58ZZ",
        "2025-06-30T15:59:58Z ",
        " 2025-06-30T15:59:58Z",
        "2025-06-30T15:59:58+8:00",
        "2025-06-30T15:59:58+0800",
        "2025-06-30T15:59:58+08",
        "2025-06-30T15:59:58+24:00",
        "2025-06-30T15:59:58+08:60",
        "2025-06-30T15:59:58*08:00",
        "2025-06-30T24:00:00Z",
        "2025-06-30T23:60:00Z",
        "2025-06-30T23:59:61Z",
        "2025-06-30T12:30:60Z",
        "2025-06-30T23:59:60+08:00",
        "2025-06-30X15:59:58Z",
        "2025-06-30T15-59-58Z",
        "2025-06-31T15:59:58Z",
        "1900-01-01T00:00:00+00:01",
        "2199-12-31T23:59:59-00:01",
        "2199-12-31T23:59:60Z",
        "2025-06-30T-1:59:58Z",
        "2200-01-01T07:59:59+08:00", /* the year as written counts too */
        "２025-06-30T15:59:58Z",
    };
    int64_t ms = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (when_instant_parse(bad[i], &ms))
            fail_msg("taken: %s", bad[i]);
}

static void every_cut_of_an_instant_is_refused(void **state)
{
    static const char whole[] = "2025-06-30T15:59:58.123+08:00";
    int64_t ms = 0;

    (void)state;
    assert_true(when_instant_parse(whole, &ms));
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char *cut = strndup(whole, len); /* exact size: a read beyond it shows under ASan */
        assert_false(when_instant_parse(cut, &ms));
        free(cut);
    }
}

static void instants_go_round(void **state)
{
    unsigned seed = 19700101;
    char text[WHEN_INSTANT_TEXT];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        int64_t random = ((int64_t)rand_r(&seed) << 31 | rand_r(&seed)) % 9467107200000;
        int64_t at_ms = random - 2208988800000;
        int64_t back = 0;

        when_instant_format(at_ms, text);
        if (!when_instant_parse(text, &back) || back != at_ms)
            fail_msg("seed 19700101, step %d: %s", i, text);
    }
}

static void formats_never_leave_their_width(void **state)
{
    char text[WHEN_INSTANT_TEXT];

    (void)state;
    when_instant_format(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
    when_instant_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    when_instant_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    when_day_format(INT32_MIN, text);
    assert_string_equal(text, "0000-01-01");
    when_day_format(INT32_MAX, text);
    assert_string_equal(text, "9999-12-31");
}

static void days_are_cut_at_midnight_in_china(void **state)
{
    int64_t midnight = 0;

    (void)state;
    assert_true(when_instant_parse("2025-07-01T00:00:00+08:00", &midnight));
    assert_int_equal(when_day_of(midnight), when_day((struct when_date){2025, 7, 1}));
    assert_int_equal(when_day_of(midnight - 1), when_day((struct when_date){2025, 6, 30}));
    assert_int_equal(when_day_of(-WHEN_ZONE_MS), 0);
    assert_int_equal(when_day_of(-WHEN_ZONE_MS - 1), -1);
}

static void hours_are_floored_also_before_1970(void **state)
{
    (void)state;
    assert_int_equal(when_hour_of(0), 0);
    assert_int_equal(when_hour_of(3599999), 0);
    assert_int_equal(when_hour_of(3600000), 1);
    assert_int_equal(when_hour_of(-1), -1);
    assert_int_equal(when_hour_of(-3600000), -1);
    assert_int_equal(when_hour_of(-3600001), -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_1900_to_2199_goes_round),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(rfc_3339_instants_are_read),
        cmocka_unit_test(what_is_not_rfc_3339_is_refused),
        cmocka_unit_test(every_cut_of_an_instant_is_refused),
        cmocka_unit_test(instants_go_round),
        cmocka_unit_test(formats_never_leave_their_width),
        cmocka_unit_test(days_are_cut_at_midnight_in_china),
        cmocka_unit_test(hours_are_floored_also_before_1970),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
