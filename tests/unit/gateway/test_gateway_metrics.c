#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/metrics.h"
#include "gateway/room.h"

static void room_is_what_is_left_of_the_budget_at_the_present_rate(void **state)
{
    const struct journal_extent extent = {.bytes_used = 1000, .bytes_budget = 361000};
    const struct journal_extent over = {.bytes_used = 1000, .bytes_budget = 900};

    (void)state;
    assert_int_equal(room_of(&extent, 100).bytes, 360000);
    assert_true(fabs(room_of(&extent, 100).hours - 1.0) < 1e-9);
    assert_true(isinf(room_of(&extent, 0).hours));
    assert_int_equal(room_of(&over, 100).bytes, 0);
}

static void the_rate_is_that_of_the_last_entries(void **state)
{
    char dir[] = "/tmp/evroll-room-XXXXXX", command[64] = "";
    struct journal_options options = {.dir = dir, .budget_bytes = 4 << 20};
    struct journal_entry entry = {.unit = "bus-1", .payload = (const uint8_t *)"0123456789"};
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_extent extent = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(journal_writer_open(&options, &writer, NULL), ERR_OK);
    entry.payload_len = 10;
    for (int64_t i = 0; i < 1500; i++) {
        entry.received_ms = i * 10; /* 100 a second */
        assert_int_equal(journal_append(writer, &entry, NULL), ERR_OK);
    }
    assert_int_equal(journal_reader_open(dir, &reader, NULL), ERR_OK);
    assert_int_equal(journal_reader_extent(reader, &extent, NULL), ERR_OK);
    assert_true(fabs(room_rate(reader, &extent, 15000) - 100 * (10 + ROOM_ENTRY_OVERHEAD)) < 1);
    journal_reader_close(reader);
    journal_writer_close(writer);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0); /* NOLINT(concurrency-mt-unsafe) */
}

static void counters_are_written_as_prometheus_reads_them(void **state)
{
    struct decode_counts decoded = {.entries = 12, .rejects = 3, .reason_count = 1};
    struct uplink_counts sent = {.batches = 4, .cursor = 10};
    struct metrics metrics = {
        .decoded = &decoded,
        .journals = {[METRICS_MQTT] = {.sent = &sent,
                                       .extent = {.appended = 12},
                                       .room = {.bytes = 5, .hours = INFINITY}}}};
    char dir[] = "/tmp/evroll-metrics-XXXXXX", path[80] = "", text[8192] = "";
    FILE *file = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/metrics/gateway.prom", dir);
    strcpy(decoded.reasons[0].word, "json-syntax");
    decoded.reasons[0].count = 3;
    assert_int_equal(metrics_write(path, &metrics, NULL), ERR_OK);
    assert_int_equal(metrics_write(path, &metrics, NULL), ERR_OK); /* replaces */
    file = fopen(path, "re");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    (void)fclose(file);
    assert_non_null(strstr(text, "\nevroll_gateway_entries_total 12\n"));
    assert_non_null(strstr(text, "\nevroll_gateway_rejects_total{reason=\"json-syntax\"} 3\n"));
    assert_non_null(strstr(text, "\nevroll_gateway_cursor{journal=\"mqtt\"} 10\n"));
    assert_non_null(strstr(text, "\nevroll_gateway_journal_room_hours{journal=\"mqtt\"} +Inf\n"));
    assert_int_equal(unlink(path), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_what_is_left_of_the_budget_at_the_present_rate),
        cmocka_unit_test(the_rate_is_that_of_the_last_entries),
        cmocka_unit_test(counters_are_written_as_prometheus_reads_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
