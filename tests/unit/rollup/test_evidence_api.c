/* What stands behind a unit's samples, as the API shows it: ledger, events, evidence, counts. */
#include "tests/unit/rollup/api_world.h"

#include "registry/rollup/ledger_read.h"
#include "registry/store/store_retention.h"
#include "registry/store/store_settings.h"
#include "shared/when.h"

/* 2025-06-29T16:00:00Z: the first minute of 2025-06-30 in China. */
#define BEGIN  (486448 * WHEN_HOUR_MS)
#define LEDGER "/v1/units/truck-1/ledger?from=2025-06-29&to=2025-07-02"

static const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static int64_t whole(const json_t *json, const char *name)
{
    if (!json_is_integer(json_object_get(json, name)))
        fail_msg("%s is no whole number", name);
    return json_integer_value(json_object_get(json, name));
}

static const json_t *nth(const json_t *json, const char *list, size_t i)
{
    return json_array_get(json_object_get(json, list), i);
}

static void say(struct delivery *delivery, int64_t at_ms, enum codec_event_kind kind,
                const char *text)
{
    struct batch_event event = {.position = delivery->next++,
                                .unit = "truck-1",
                                .received_ms = at_ms + 100,
                                .at_ms = at_ms,
                                .kind = kind,
                                .number = 4};

    snprintf(event.text, sizeof event.text, "%s", text);
    batch_builder_add_event(delivery->builder, &event);
}

/* A sample measured then and there, with its raw payload, which is its position as text. */
static void report(struct delivery *delivery, int64_t at_ms, int64_t delay_ms, uint8_t signature)
{
    struct sample sample = {.at_ms = at_ms, .signature = signature};
    char payload[24];
    const struct batch_evidence evidence = {
        .position = delivery->next,
        .unit = "truck-1",
        .format = FORMAT_GB17691,
        .received_ms = at_ms + delay_ms,
        .payload = (const uint8_t *)payload,
        .payload_len = (size_t)snprintf(payload, sizeof payload, "##%llu",
                                        (unsigned long long)delivery->next)};

    sample_set(&sample, SIGNAL_SPEED, 5);
    batch_builder_add_samples(delivery->builder, "truck-1", FORMAT_GB17691, delivery->next,
                              at_ms + delay_ms, &sample, 1);
    batch_builder_add_evidence(delivery->builder, &evidence);
    delivery->next++;
}

static void refuse(struct delivery *delivery, const char *reason)
{
    const struct batch_reject reject = {.position = delivery->next++,
                                        .unit = "truck-1",
                                        .format = FORMAT_GB17691,
                                        .received_ms = BEGIN + 1000,
                                        .reason = reason,
                                        .detail = "no"};

    batch_builder_add_reject(delivery->builder, &reject);
}

/* Login at 00:01, a sample each 10 s from 00:01:10 to 00:02:00 but 00:01:30 and :40, logout at
 * 00:02:10; one sample came late, one twice; three payloads were refused. */
static void shift(const struct api_world *world)
{
    struct delivery delivery;

    delivery_open(&delivery, GATEWAY, 1);
    say(&delivery, BEGIN + 60000, CODEC_EVENT_LOGIN, "898600");
    say(&delivery, BEGIN + 60000, CODEC_EVENT_VIN, "LGHEXAMPLE0000001");
    report(&delivery, BEGIN + 70000, 100, SIGNATURE_GOOD);
    report(&delivery, BEGIN + 80000, 100, SIGNATURE_BAD);
    report(&delivery, BEGIN + 110000, 100, SIGNATURE_NONE);
    report(&delivery, BEGIN + 110000, 900, SIGNATURE_NONE);
    delivery_send(&delivery, world->db);
    delivery_sort(world->db);
    refuse(&delivery, "bad-check");
    refuse(&delivery, "bad-length");
    refuse(&delivery, "bad-check");
    report(&delivery, BEGIN + 120000, 400000, SIGNATURE_UNKNOWN);
    say(&delivery, BEGIN + 121000, CODEC_EVENT_VIN, "LGHEXAMPLE0000001");
    say(&delivery, BEGIN + 130000, CODEC_EVENT_LOGOUT, "");
    say(&delivery, BEGIN + 130000, (enum codec_event_kind)77, "");
    delivery_send(&delivery, world->db);
    delivery_sort(world->db);
    delivery_close(&delivery);
}

static void assert_shift_balances(const json_t *json)
{
    const json_t *day = nth(json, "days", 1), *gap = nth(day, "gaps", 0);

    assert_int_equal(json_array_size(json_object_get(json, "days")), 3);
    assert_string_equal(text_of(day, "day"), "2025-06-30");
    assert_int_equal(whole(day, "received"), 5);
    assert_int_equal(whole(day, "unique"), 4);
    assert_int_equal(whole(day, "duplicate"), 1);
    assert_int_equal(whole(day, "on_time"), 3);
    assert_int_equal(whole(day, "late"), 1);
    assert_int_equal(whole(day, "missing"), 2);
    assert_int_equal(whole(day, "expected"), 6);
    assert_int_equal(whole(day, "refused"), 3);
    assert_string_equal(text_of(json_object_get(day, "basis"), "duty"), "login");
    assert_string_equal(text_of(json_object_get(day, "basis"), "interval"), "inferred");
    assert_string_equal(text_of(gap, "from"), "2025-06-29T16:01:20.000Z");
    assert_string_equal(text_of(gap, "to"), "2025-06-29T16:01:50.000Z");
    assert_int_equal(whole(gap, "missing"), 2);
    assert_int_equal(whole(nth(json, "days", 0), "expected"), 0);
    assert_int_equal(whole(json_object_get(json, "total"), "expected"), 6);
}

static void the_ledger_balances_before_and_after_the_rollup(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;

    shift(world);
    json = api_get(world, LEDGER, 200);
    assert_shift_balances(json);
    json_decref(json);
    api_roll(world);
    json = api_get(world, LEDGER, 200);
    assert_shift_balances(json);
    json_decref(json);
}

static void interval_set(struct api_world *world, int64_t interval_s)
{
    const struct store_setting setting = {.interval_s = interval_s};

    assert_int_equal(store_setting_put(world->db, "truck-1", &setting, NULL), ERR_OK);
}

static void a_set_interval_and_a_limit_of_lateness_are_followed(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;
    const json_t *day = NULL;

    shift(world);
    interval_set(world, 5);
    json = api_get(world, LEDGER "&late_s=0", 200);
    day = nth(json, "days", 1);
    assert_int_equal(whole(json, "interval_s"), 5);
    assert_string_equal(text_of(json_object_get(day, "basis"), "interval"), "set");
    assert_int_equal(whole(day, "late"), 4);
    assert_int_equal(whole(day, "missing"), 1 + 1 + 5 + 1 + 1);
    json_decref(json);
}

static void a_duty_over_midnight_is_expected_on_both_days(void **state)
{
    struct api_world *world = *state;
    struct delivery delivery;
    json_t *json = NULL;

    delivery_open(&delivery, GATEWAY, 1);
    say(&delivery, BEGIN - WHEN_HOUR_MS, CODEC_EVENT_LOGIN, "");
    say(&delivery, BEGIN + WHEN_HOUR_MS, CODEC_EVENT_LOGOUT, "");
    delivery_send(&delivery, world->db);
    delivery_sort(world->db);
    delivery_close(&delivery);
    interval_set(world, 60);
    json = api_get(world, LEDGER, 200);
    assert_int_equal(whole(nth(json, "days", 0), "missing"), 59);
    assert_int_equal(whole(nth(json, "days", 1), "missing"), 59);
    assert_int_equal(whole(nth(json, "days", 2), "expected"), 0);
    json_decref(json);
    json = api_get(world, "/v1/units/truck-1/ledger?from=2025-06-30&to=2025-07-01", 200);
    assert_int_equal(whole(nth(json, "days", 0), "missing"), 59);
    json_decref(json);
}

/* As the retention does, first what is kept, then the rows. */
static void give_up(struct api_world *world, enum store_kept_kind kind, int64_t before_ms)
{
    struct store_removal removal = {kind, "truck-1", before_ms, 1000};
    struct store_removed removed;
    int64_t from_ms = 0;

    assert_int_equal(sql_begin(world->db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(store_kept_advance(world->db, kind, before_ms, &from_ms, NULL), ERR_OK);
    assert_int_equal(store_kept_remove(world->db, &removal, &removed, NULL), ERR_OK);
    assert_int_equal(sql_commit(world->db, NULL), ERR_OK);
}

static void
a_day_whose_refused_payloads_are_not_kept_does_not_say_that_there_were_none(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;

    shift(world);
    give_up(world, STORE_KEPT_REJECTS, BEGIN + WHEN_DAY_MS);
    json = api_get(world, LEDGER, 200);
    assert_true(json_is_null(json_object_get(nth(json, "days", 1), "refused")));
    assert_int_equal(whole(nth(json, "days", 2), "refused"), 0);
    assert_true(json_is_null(json_object_get(json_object_get(json, "total"), "refused")));
    json_decref(json);
}

static const char *duty_of(const json_t *json, size_t day)
{
    return text_of(json_object_get(nth(json, "days", day), "basis"), "duty");
}

static void a_day_whose_logins_are_not_kept_says_so(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;

    shift(world);
    give_up(world, STORE_KEPT_EVENTS, BEGIN + 100000); /* of the shift the logout is left */
    json = api_get(world, LEDGER, 200);
    assert_string_equal(duty_of(json, 0), "unknown");
    assert_string_equal(duty_of(json, 1), "unknown");
    assert_int_equal(whole(nth(json, "days", 1), "missing"), 2);
    assert_string_equal(duty_of(json, 2), "nothing");
    json_decref(json);
}

static void more_logins_than_a_ledger_takes_are_refused(void **state)
{
    static const char FLOOD[] =
        "INSERT INTO unit_event (unit_id, at_ms, journal_no, position, ordinal, received_ms, kind, "
        "number, text) SELECT 'truck-1', $1, 1, n, 0, $1, 2, 0, '' FROM ("
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $2) "
        "SELECT n FROM numbers) AS flood";
    struct api_world *world = *state;

    assert_int_equal(sql_exec(world->db, FLOOD,
                              SQL_VALUES(sql_int(BEGIN), sql_int(LEDGER_MARKS_MAX)), NULL, NULL),
                     ERR_OK);
    json_decref(api_get(world, LEDGER, 200));
    assert_int_equal(
        sql_exec(world->db, FLOOD, SQL_VALUES(sql_int(BEGIN + 1), sql_int(1)), NULL, NULL), ERR_OK);
    json_decref(api_get(world, LEDGER, 422));
}

static void events_come_in_order_of_time_and_numbers_are_counted(void **state)
{
    struct api_world *world = *state;
    const json_t *event = NULL;
    json_t *json = NULL;
    char target[160];

    shift(world);
    json = api_get(world, "/v1/units/truck-1/events", 200);
    assert_int_equal(json_array_size(json_object_get(json, "events")), 3);
    event = nth(json, "events", 0);
    assert_string_equal(text_of(event, "kind"), "login");
    assert_string_equal(text_of(event, "text"), "898600");
    assert_int_equal(whole(event, "number"), 4);
    assert_int_equal(whole(nth(json, "events", 2), "kind"), 77);
    assert_string_equal(text_of(nth(json, "vins", 0), "vin"), "LGHEXAMPLE0000001");
    assert_int_equal(whole(nth(json, "vins", 0), "payloads"), 2);
    json_decref(json);
    json = api_get(world, "/v1/units/truck-1/events?from=2025-06-29T16:02:00Z&limit=1", 200);
    assert_string_equal(text_of(nth(json, "events", 0), "kind"), "logout");
    snprintf(target, sizeof target,
             "/v1/units/truck-1/events?from=2025-06-29T16:02:00Z&limit=1&cursor=%s",
             text_of(json, "next"));
    json_decref(json);
    json = api_get(world, target, 200);
    assert_int_equal(whole(nth(json, "events", 0), "kind"), 77);
    assert_true(json_is_null(json_object_get(json, "next")));
    json_decref(json);
}

static void a_raw_payload_is_fetched_beside_its_sample(void **state)
{
    struct api_world *world = *state;
    char request[256];
    const json_t *sample = NULL;
    json_t *json = NULL;
    struct https_answer *answer = NULL;

    shift(world);
    json = api_get(world, "/v1/units/truck-1/samples", 200);
    sample = nth(json, "samples", 1);
    assert_string_equal(text_of(sample, "signature"), "bad");
    assert_null(json_object_get(nth(json, "samples", 2), "signature"));
    assert_int_equal(whole(sample, "position"), 3);
    assert_string_equal(text_of(sample, "evidence"), "/v1/units/truck-1/evidence/1/3");
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\n" HOST "Authorization: Bearer viewer\r\n\r\n",
             text_of(sample, "evidence"));
    answer = world_ask(world->https, request);
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->body, "##3");
    json_decref(json);
    json_decref(api_get(world, "/v1/units/truck-2/evidence/1/3", 404));
    json_decref(api_get(world, "/v1/units/truck-1/evidence/1/0", 404));
    json_decref(api_get(world, "/v1/units/truck-1/evidence/1/x", 404));
    json_decref(api_get(world, "/v1/units/truck-1/evidence/1/-1", 404));
}

static void kept_payloads_are_listed_page_by_page(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;
    char target[160];

    shift(world);
    json = api_get(world, "/v1/units/truck-1/evidence?limit=4", 200);
    assert_int_equal(json_array_size(json_object_get(json, "evidence")), 4);
    assert_string_equal(text_of(nth(json, "evidence", 0), "format"), "gb17691");
    assert_string_equal(text_of(nth(json, "evidence", 0), "gateway"), GATEWAY);
    assert_int_equal(whole(nth(json, "evidence", 0), "bytes"), 3);
    snprintf(target, sizeof target, "/v1/units/truck-1/evidence?limit=4&cursor=%s",
             text_of(json, "next"));
    json_decref(json);
    json = api_get(world, target, 200);
    assert_int_equal(json_array_size(json_object_get(json, "evidence")), 1);
    assert_true(json_is_null(json_object_get(json, "next")));
    json_decref(json);
    json = api_get(world, "/v1/units/truck-1/evidence?to=2025-06-29T16:00:00Z", 200);
    assert_int_equal(json_array_size(json_object_get(json, "evidence")), 0);
    json_decref(json);
}

static void refusals_are_counted_by_reason(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;

    shift(world);
    json = api_get(world, "/v1/units/truck-1/rejects?limit=1", 200);
    assert_int_equal(json_array_size(json_object_get(json, "rejects")), 1);
    assert_int_equal(whole(json_object_get(json, "counts"), "bad-check"), 2);
    assert_int_equal(whole(json_object_get(json, "counts"), "bad-length"), 1);
    json_decref(json);
    json = api_get(world, "/v1/units/truck-9/rejects", 200);
    assert_int_equal(json_object_size(json_object_get(json, "counts")), 0);
    json_decref(json);
}

static void questions_that_make_no_sense_are_told_so(void **state)
{
    static const char *const targets[] = {
        "/v1/units/truck-1/ledger?from=2025-06-30&to=2025-06-30",
        "/v1/units/truck-1/ledger?from=2025-06-30&to=2025-08-30",
        "/v1/units/truck-1/ledger?late_s=-1",
        "/v1/units/truck-1/ledger?late_s=1.5",
        "/v1/units/truck-1/ledger?day=2025-06-30",
        "/v1/units/truck-1/events?cursor=1.2",
        "/v1/units/truck-1/evidence?from=yesterday",
    };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        json_decref(api_get(*state, targets[i], 400));
    json_decref(api_get(*state, "/v1/units/truck%201/ledger", 404));
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(the_ledger_balances_before_and_after_the_rollup),
        IN_A_WORLD(a_set_interval_and_a_limit_of_lateness_are_followed),
        IN_A_WORLD(a_duty_over_midnight_is_expected_on_both_days),
        IN_A_WORLD(a_day_whose_refused_payloads_are_not_kept_does_not_say_that_there_were_none),
        IN_A_WORLD(a_day_whose_logins_are_not_kept_says_so),
        IN_A_WORLD(more_logins_than_a_ledger_takes_are_refused),
        IN_A_WORLD(events_come_in_order_of_time_and_numbers_are_counted),
        IN_A_WORLD(a_raw_payload_is_fetched_beside_its_sample),
        IN_A_WORLD(kept_payloads_are_listed_page_by_page),
        IN_A_WORLD(refusals_are_counted_by_reason),
        IN_A_WORLD(questions_that_make_no_sense_are_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
