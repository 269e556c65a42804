#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/roster.h"

static char folder[] = "/tmp/evroll-roster-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/directory", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* As the gateway does: aside, then renamed. */
static void put(const char *text)
{
    char fresh[80];
    FILE *file = NULL;

    snprintf(fresh, sizeof fresh, "%s.new", path);
    file = fopen(fresh, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(fresh, path), 0);
}

#define GOOD                                                                                       \
    "evroll-directory 2\n/page \"e\" - -\nbus-1 BUS allowed 30 soc,odo -\n"                        \
    "bus-10 - denied 0 - -\nend - allowed 0 - 01AB,01CD\n/end 3\n"

static void it_says_who_may_come_in_and_what_he_reports(void **state)
{
    static const uint8_t revoked[] = {0x01, 0xcd}, other[] = {0x01, 0xce};
    struct roster *roster = roster_create(path);
    struct roster_entry entry;

    (void)state;
    put(GOOD);
    assert_true(roster_refresh(roster));
    assert_false(roster_refresh(roster));
    assert_int_equal(roster_count(roster), 3);
    assert_true(roster_find(roster, "bus-1", &entry));
    assert_int_equal(entry.interval_s, 30);
    assert_int_equal(entry.signals_len, 7);
    assert_memory_equal(entry.signals, "soc,odo", 7);
    assert_true(roster_admits(roster, ROSTER_ADMIT_REGISTERED, "bus-1", other, 2));
    assert_false(roster_admits(roster, ROSTER_ADMIT_ALL, "bus-10", other, 2));
    assert_false(roster_admits(roster, ROSTER_ADMIT_ALL, "end", revoked, 2));
    assert_false(roster_admits(roster, ROSTER_ADMIT_REGISTERED, "bus-2", other, 2));
    assert_true(roster_admits(roster, ROSTER_ADMIT_ALL, "end", other, 2));
    assert_true(roster_admits(roster, ROSTER_ADMIT_ALL, "bus-2", other, 2));
    assert_true(roster_admits(roster, ROSTER_ADMIT_ALL, "bus", other, 2));
    roster_destroy(roster);
}

static void whatever_is_cut_off_leaves_the_last_good_one_in_force(void **state)
{
    struct roster *roster = roster_create(path);
    char text[sizeof GOOD];

    (void)state;
    put(GOOD);
    assert_true(roster_refresh(roster));
    for (size_t len = 0; len < sizeof GOOD - 1; len++) {
        memcpy(text, GOOD, len);
        text[len] = '\0';
        put(text);
        assert_false(roster_refresh(roster));
        assert_int_equal(roster_count(roster), 3);
    }
    unlink(path);
    assert_false(roster_refresh(roster));
    assert_true(roster_known(roster));
    roster_destroy(roster);
}

static bool is_news(const struct roster *roster, const char *unit)
{
    struct roster_entry entry;

    assert_true(roster_find(roster, unit, &entry));
    return entry.news;
}

static void what_changed_is_news_until_it_was_told(void **state)
{
    struct roster *roster = roster_create(path);
    struct roster_entry entry;
    char text[ROSTER_CONFIG_MAX];
    size_t len = 0;

    (void)state;
    put(GOOD);
    assert_true(roster_refresh(roster));
    assert_true(is_news(roster, "bus-1"));
    assert_false(is_news(roster, "bus-10"));
    put("evroll-directory 2\nbus-0 - allowed 0 - -\nbus-1 - denied 30 soc,odo -\n"
        "bus-10 - denied 9 - -\n/end 3\n");
    assert_true(roster_refresh(roster));
    assert_true(is_news(roster, "bus-1")); /* nobody has told it yet */
    assert_true(is_news(roster, "bus-10"));
    assert_false(is_news(roster, "bus-0"));
    roster_told(roster, 1);
    put("evroll-directory 2\nbus-1 BUS allowed 30 soc,odo -\nbus-10 - denied 0 - -\n/end 2\n");
    assert_true(roster_refresh(roster));
    assert_false(is_news(roster, "bus-1"));
    assert_true(is_news(roster, "bus-10")); /* nothing is set any more */
    assert_true(roster_find(roster, "bus-1", &entry));
    len = roster_config(&entry, text);
    assert_int_equal(len, strlen("{\"interval_s\":30,\"signals\":[\"soc\",\"odo\"]}"));
    assert_memory_equal(text, "{\"interval_s\":30,\"signals\":[\"soc\",\"odo\"]}", len);
    assert_true(roster_find(roster, "bus-10", &entry));
    assert_int_equal(roster_config(&entry, text), 0);
    roster_destroy(roster);
}

static void lines_out_of_order_or_of_another_shape_are_refused(void **state)
{
    static const char *const bad[] = {
        "evroll-directory 1\n/end 0\n",
        "evroll-directory 2\nb - allowed 0 - -\na - allowed 0 - -\n/end 2\n",
        "evroll-directory 2\na - allowed 0 - -\na - allowed 0 - -\n/end 2\n",
        "evroll-directory 2\na - allowed 0 -\n/end 1\n",
        "evroll-directory 2\na/b - allowed 0 - -\n/end 1\n",
        "evroll-directory 2\na - allowed 0 - -\n/end 2\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct roster *roster = roster_create(path);
        put(bad[i]);
        assert_false(roster_refresh(roster));
        assert_false(roster_known(roster));
        roster_destroy(roster);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_who_may_come_in_and_what_he_reports),
        cmocka_unit_test(whatever_is_cut_off_leaves_the_last_good_one_in_force),
        cmocka_unit_test(what_changed_is_news_until_it_was_told),
        cmocka_unit_test(lines_out_of_order_or_of_another_shape_are_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
