#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/settings.h"
#include "shared/log.h"

#define HEAD                                                                                       \
    "gateway:\n  id: depot-1\nstate_dir: /var/lib/evroll\nregistry:\n  url: https://r:8443\n"      \
    "  ca: ca.pem\n  cert: c.pem\n  key: k.pem\n"
#define SOUND HEAD "journal:\n  durability: process-crash\n"

static char path[] = "/tmp/evroll-settings-XXXXXX";

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static enum err load(const char *text, struct settings **settings, struct fault *fault)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return settings_load(path, settings, fault);
}

static void what_is_left_out_has_its_default(void **state)
{
    struct settings *s = NULL;
    struct fault fault = {0};

    (void)state;
    if (load(SOUND, &s, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_string_equal(s->gateway.id, "depot-1");
    assert_string_equal(s->journal_dir, "/var/lib/evroll/journal/mqtt");
    assert_string_equal(s->metrics_file, "/var/lib/evroll/metrics/gateway.prom");
    assert_int_equal(s->uplink.linger_ms, 30000);
    assert_int_equal(s->uplink.rows_max, 5000);
    assert_int_equal(s->log.level - 1, LOG_LEVEL_INFO);
    assert_int_equal(s->budget_bytes, 0);
    settings_free(s);
}

static void units_are_named_by_pattern(void **state)
{
    struct settings *s = NULL;
    struct fault fault = {0};

    (void)state;
    if (load(SOUND "evidence:\n  keep: [\"bus-*\", tram-1]\n"
                   "units:\n  keys_dir: /etc/evroll/keys\n  layouts:\n    - {unit: \"truck-*\", "
                   "layout: L1b}\n",
             &s, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(s->evidence.keep_count, 2);
    assert_string_equal(s->evidence.keep[0], "bus-*");
    assert_string_equal(s->units.keys_dir, "/etc/evroll/keys");
    assert_int_equal(s->units.layouts_count, 1);
    assert_string_equal(s->units.layouts[0].unit, "truck-*");
    assert_int_equal(s->units.layouts[0].layout, CODEC_LAYOUT_L1B);
    settings_free(s);
}

static void a_budget_is_bytes_or_a_number_with_its_unit(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {{"1048576", 1048576},
                 {"64MiB", 64ull << 20},
                 {"16GiB", 16ull << 30},
                 {"2TiB", 2ull << 40},
                 {"2048KiB", 2048ull << 10}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings *s = NULL;
        char text[512] = "";

        snprintf(text, sizeof text, SOUND "  budget: %s\n", cases[i].text);
        assert_int_equal(load(text, &s, NULL), ERR_OK);
        assert_true(s->budget_bytes == cases[i].bytes);
        settings_free(s);
    }
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    static const struct {
        const char *text, *place, *says;
    } cases[] = {
        {HEAD "journal:\n  durability: power-loss\n", ":10:15: ", "without mqtt there is none"},
        {HEAD, ":1:1: ", "without mqtt there is none"},
        {SOUND "mqtt:\n  broker: localhost:1883\n", ":12:11: ", "no names"},
        {SOUND "mqtt:\n  broker: 127.0.0.1\n", ":12:11: ", "ADDRESS:PORT"},
        {SOUND "mqtt:\n  broker: 127.0.0.1:1\n  listen: [\"::1:1\"]\n", ":13:", "[ADDRESS]:PORT"},
        {SOUND "mqtt:\n  broker: 127.0.0.1:1\n  listen: []\n", ":13:11: ", "1 to 8"},
        {SOUND "mqtt:\n  broker: 127.0.0.1:1\n  handshake_s: 601\n", ":13:16: ", "600 s"},
        {SOUND "mqtt:\n  listen: [\"[::1]:1\"]\n", ":12:3: ", "broker"},
        {HEAD "journal:\n  durability: sometimes\n", ":10:15: ", "process-crash"},
        {HEAD, ":", "journal"},
        {SOUND "  budget: lots\n", ":11:11: ", "journal.budget"},
        {SOUND "  budget: 3GB\n", ":11:11: ", "GiB"},
        {SOUND "  budget: 99999999999TiB\n", ":11:11: ", "journal.budget"},
        {SOUND "uplink:\n  linger: 3\n", ":12:3: ", "linger_ms"},
        {SOUND "uplink:\n  linger_ms: 60001\n", ":12:14: ", "60000"},
        {SOUND "uplink:\n  rows_max: 50001\n", ":12:13: ", "50000"},
        {SOUND "evidence:\n  keep: bus-1\n", ":12:9: ", "list of"},
        {SOUND "units:\n  layouts:\n    - {unit: x, layout: L9}\n", ":13:25: ", "L1b"},
        {SOUND "log:\n  level: loud\n", ":12:10: ", "debug"},
        {"gateway:\n  id: a/b\nstate_dir: /s\nregistry:\n  url: https://r\n  ca: c\n  cert: c\n"
         "  key: k\njournal:\n  durability: process-crash\n",
         ":2:7: ", "gateway.id"},
        {"gateway:\n  id: a\nstate_dir: /s\nregistry:\n  url: http://r\n  ca: c\n  cert: c\n"
         "  key: k\njournal:\n  durability: process-crash\n",
         ":5:8: ", "https://"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings *s = NULL;
        struct fault fault = {0};

        assert_int_equal(load(cases[i].text, &s, &fault), ERR_INPUT);
        assert_null(s);
        if (strstr(fault.text, cases[i].place) == NULL || strstr(fault.text, cases[i].says) == NULL)
            fail_msg("case %zu said: %s", i, fault.text);
    }
}

static void files_that_cannot_be_read_are_named(void **state)
{
    struct settings *s = NULL;
    struct fault fault = {0};

    (void)state;
    assert_int_equal(load(SOUND, &s, &fault), ERR_OK);
    assert_int_equal(settings_check(s, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "registry.ca: cannot read ca.pem"));
    settings_free(s);
}

static void a_file_that_is_not_there_is_a_wrong_configuration(void **state)
{
    struct settings *s = NULL;

    (void)state;
    assert_int_equal(settings_load("/nowhere/gateway.yaml", &s, NULL), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(units_are_named_by_pattern),
        cmocka_unit_test(a_budget_is_bytes_or_a_number_with_its_unit),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(a_file_that_is_not_there_is_a_wrong_configuration),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
