/* What the registry is told of the journals' room, and when. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/room_report.h"

struct told {
    struct transport transport; /* first: it is cast back */
    int status, times;
    char path[64], json[1024];
};

static enum err take(struct transport *self, const char *path, const char *json, int *status,
                     struct fault *fault)
{
    struct told *told = (struct told *)self;

    told->times++;
    snprintf(told->path, sizeof told->path, "%s", path);
    snprintf(told->json, sizeof told->json, "%s", json);
    *status = told->status;
    return told->status == 0 ? fault_set(fault, ERR_PEER, "nobody there") : ERR_OK;
}

static void a_gateway_without_a_journal_says_nothing(void **state)
{
    const struct metrics_journal journals[METRICS_JOURNALS] = {{.sent = NULL}};
    struct told told = {.transport = {.put = take}, .status = 204};
    struct room_report report = {0};
    struct clock_fake clock;

    (void)state;
    clock_fake_init(&clock, 0);
    room_report_step(&report, &told.transport, &clock.clock, journals);
    assert_int_equal(told.times, 0);
}

static void each_journal_is_told_every_half_minute_whatever_the_answer(void **state)
{
    static const int answers[] = {204, 0, 500};
    const struct uplink_counts sent = {0};
    const struct metrics_journal journals[METRICS_JOURNALS] = {
        [METRICS_MQTT] = {&sent,
                          {.cursor = 10, .appended = 17, .bytes_used = 5, .bytes_budget = 9},
                          {.bytes = 4, .hours = 1.51}},
        [METRICS_COAP] = {&sent, {.bytes_budget = 8}, {.bytes = 8, .hours = INFINITY}},
    };
    struct told told = {.transport = {.put = take}};
    struct room_report report = {0};
    struct clock_fake clock;

    (void)state;
    clock_fake_init(&clock, 0);
    for (int i = 0; i < 3; i++) {
        told.status = answers[i];
        room_report_step(&report, &told.transport, &clock.clock, journals);
        room_report_step(&report, &told.transport, &clock.clock, journals);
        assert_int_equal(told.times, i + 1);
        clock_fake_advance(&clock, ROOM_REPORT_MS);
    }
    assert_string_equal(told.path, "/v1/gateway/journals");
    assert_string_equal(told.json,
                        "{\"journals\":[{\"name\":\"mqtt\",\"used_bytes\":5,\"budget_bytes\":9,"
                        "\"waiting\":7,\"minutes\":90},{\"name\":\"coap\",\"used_bytes\":0,"
                        "\"budget_bytes\":8,\"waiting\":0,\"minutes\":null}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gateway_without_a_journal_says_nothing),
        cmocka_unit_test(each_journal_is_told_every_half_minute_whatever_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
