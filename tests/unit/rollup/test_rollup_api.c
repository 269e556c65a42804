#include "tests/unit/rollup/api_world.h"

#include "registry/store/store_retention.h"
#include "registry/store/store_vehicles.h"
#include "shared/when.h"

/* 2025-06-30T15:00:00Z: 23:00 of that day in China. */
#define HOUR  486471
#define BEGIN (HOUR * WHEN_HOUR_MS)

static void deliver(const struct api_world *world, struct delivery *delivery)
{
    delivery_send(delivery, world->db);
}

/* A sample a minute for `count` minutes, odometer 1 km each; the second is told twice. */
static void drive(const struct api_world *world, int64_t count)
{
    struct delivery delivery;

    delivery_open(&delivery, GATEWAY, 1);
    for (int64_t i = 0; i < count; i++) {
        struct sample sample = {.at_ms = BEGIN + i * 60000};
        sample_set(&sample, SIGNAL_ODO, 1000000 + i * 1000);
        sample_set(&sample, SIGNAL_SOC, 5050);
        delivery_add(&delivery, "bus-1", &sample);
        if (i == 1)
            delivery_add(&delivery, "bus-1", &sample);
        if (i % 10 == 9)
            deliver(world, &delivery);
    }
    deliver(world, &delivery);
    delivery_close(&delivery);
}

static const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static double number_of(const json_t *json, const char *name)
{
    return json_number_value(json_object_get(json, name));
}

static void assert_close(double found, double wanted)
{
    if (found < wanted - 1e-6 || found > wanted + 1e-6)
        fail_msg("%.9g instead of %.9g", found, wanted);
}

/* ---- samples ---- */

static void a_sample_is_shown_as_the_interface_says(void **state)
{
    struct api_world *world = *state;
    struct sample sample = {.at_ms = BEGIN + 3598000};
    struct delivery delivery;
    json_t *json = NULL, *row = NULL;

    sample_set(&sample, SIGNAL_LAT, 350678900);
    sample_set(&sample, SIGNAL_SPEED, 45200);
    sample_set(&sample, SIGNAL_CHARGING, 0);
    sample_set(&sample, SIGNAL_MODE, RUN_MODE_HYBRID);
    sample_mark(&sample, SIGNAL_RPM, QUALITY_INVALID);
    sample_mark(&sample, SIGNAL_NOX, QUALITY_ABNORMAL);
    sample_mark(&sample, SIGNAL_UREA, QUALITY_OUT_OF_RANGE);
    delivery_open(&delivery, GATEWAY, 1);
    delivery_add(&delivery, "bus-1", &sample);
    deliver(world, &delivery);
    delivery_close(&delivery);
    delivery_sort(world->db);
    json = api_get(world, "/v1/units/bus-1/samples", 200);
    assert_string_equal(text_of(json, "unit"), "bus-1");
    assert_true(json_is_null(json_object_get(json, "next")));
    row = json_array_get(json_object_get(json, "samples"), 0);
    assert_string_equal(text_of(row, "at"), "2025-06-30T15:59:58.000Z");
    assert_string_equal(text_of(row, "received"), "2025-06-30T15:59:58.200Z");
    assert_string_equal(text_of(row, "format"), "senml-json");
    assert_close(number_of(row, "lat"), 35.06789);
    assert_close(number_of(row, "speed"), 45.2);
    assert_true(json_is_false(json_object_get(row, "charging")));
    assert_string_equal(text_of(row, "mode"), "hybrid");
    assert_null(json_object_get(row, "rpm"));
    assert_string_equal(text_of(json_object_get(row, "quality"), "rpm"), "invalid");
    assert_string_equal(text_of(json_object_get(row, "quality"), "nox"), "abnormal");
    assert_string_equal(text_of(json_object_get(row, "quality"), "urea"), "out_of_range");
    json_decref(json);
}

/* Follows `next` to the end; gives how many samples there were and checks that time grows. */
static size_t follow(const struct api_world *world, const char *target)
{
    char cursor[64] = "", last[WHEN_INSTANT_TEXT] = "", request[256];
    size_t count = 0, pages = 0;

    for (bool more = true; more; pages++) {
        json_t *json = NULL, *row = NULL;
        const char *next = NULL;
        size_t i = 0;
        assert_true(pages < 1000);
        snprintf(request, sizeof request, "%s%s%s", target, cursor[0] ? "&cursor=" : "", cursor);
        json = api_get(world, request, 200);
        json_array_foreach(json_object_get(json, "samples"), i, row)
        {
            assert_true(strcmp(last, text_of(row, "at")) <= 0);
            snprintf(last, sizeof last, "%s", text_of(row, "at"));
            count++;
        }
        next = text_of(json, "next");
        more = next != NULL;
        snprintf(cursor, sizeof cursor, "%s", more ? next : "");
        json_decref(json);
    }
    return count;
}

static void pages_hold_every_sample_once_before_and_after_the_rollup(void **state)
{
    struct api_world *world = *state;

    drive(world, 130); /* over three hours, one of them told twice */
    assert_int_equal(follow(world, "/v1/units/bus-1/samples"), 0); /* not sorted yet */
    delivery_sort(world->db);
    for (int rolled = 0; rolled < 2; rolled++) {
        assert_int_equal(follow(world, "/v1/units/bus-1/samples?limit=7"), 130);
        assert_int_equal(follow(world, "/v1/units/bus-1/samples?limit=1000"), 130);
        assert_int_equal(follow(world, "/v1/units/bus-1/samples?from=2025-06-30T15:10:00Z"
                                       "&to=2025-07-01T01:00:00%2B08:00&limit=9"),
                         110);
        api_roll(world);
    }
}

static void samples_of_one_instant_are_paged_too(void **state)
{
    struct api_world *world = *state;
    struct delivery delivery;

    delivery_open(&delivery, GATEWAY, 1);
    for (int64_t i = 0; i < 25; i++) {
        struct sample sample = {.at_ms = BEGIN};
        sample_set(&sample, SIGNAL_SPEED, i);
        delivery_add(&delivery, "bus-1", &sample);
    }
    deliver(world, &delivery);
    delivery_close(&delivery);
    delivery_sort(world->db);
    assert_int_equal(follow(world, "/v1/units/bus-1/samples?limit=4"), 25);
}

static void a_unit_that_never_sent_has_no_samples(void **state)
{
    json_t *json = api_get(*state, "/v1/units/nobody/samples", 200);

    assert_int_equal(json_array_size(json_object_get(json, "samples")), 0);
    json_decref(json);
}

static void samples_that_were_removed_are_gone_and_not_missing(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;
    int64_t from_ms = 0;

    drive(world, 130); /* of 2025 */
    api_roll(world);
    assert_int_equal(sql_begin(world->db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(
        store_kept_advance(world->db, STORE_KEPT_SAMPLES, 1735689600000, &from_ms, NULL), ERR_OK);
    assert_int_equal(sql_commit(world->db, NULL), ERR_OK);
    json = api_get(world, "/v1/units/bus-1/samples?to=2025-01-01T00:00:00Z", 410);
    assert_non_null(strstr(text_of(json, "detail"), "2025-01-01T00:00:00.000Z"));
    json_decref(json);
    json = api_get(world, "/v1/units/bus-1/samples?to=2025-01-01T00:00:01Z", 200);
    assert_string_equal(text_of(json, "kept_from"), "2025-01-01T00:00:00.000Z");
    json_decref(json);
    json_decref(api_get(world, "/v1/units/bus-1/ledger?from=2024-12-30&to=2025-01-04", 410));
    json_decref(api_get(world, "/v1/units/bus-1/ledger?from=2025-01-02&to=2025-01-04", 200));
}

static void an_hour_with_too_many_samples_is_refused_and_not_loaded(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL;

    drive(world, 130);
    api_roll(world);
    assert_int_equal(
        sql_exec(world->db, "UPDATE block SET row_count = 262145", SQL_NO_VALUES, NULL, NULL),
        ERR_OK);
    json = api_get(world, "/v1/units/bus-1/samples", 422);
    assert_non_null(strstr(text_of(json, "detail"), "unit bus-1 sent more than 262144 samples"));
    json_decref(json);
    json_decref(api_get(world, "/v1/units/bus-1/samples?from=2025-07-02T00:00:00Z", 200));
    json_decref(api_get(world, "/v1/units/bus-1/ledger?from=2025-06-30&to=2025-07-02", 422));
}

static void questions_that_make_no_sense_are_refused(void **state)
{
    static const char *const targets[] = {
        "/v1/units/bus-1/samples?from=yesterday",
        "/v1/units/bus-1/samples?limit=0",
        "/v1/units/bus-1/samples?limit=ten",
        "/v1/units/bus-1/samples?limit=99999999",
        "/v1/units/bus-1/samples?cursor=x",
        "/v1/units/bus-1/samples?cursor=1",
        "/v1/units/bus-1/samples?colour=red",
        "/v1/units/bus-1/rejects?cursor=1.2",
        "/v1/vehicles/V/activity?by=week",
        "/v1/vehicles/V/activity?from=2025-06-31",
        "/v1/vehicles/V/activity?from=2025-06-30&to=2025-06-30",
        "/v1/vehicles/V/activity?from=2000-01-01&to=2025-01-01&by=hour",
    };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        json_decref(api_get(*state, targets[i], 400));
}

/* ---- rejects ---- */

static void rejects_show_their_reason_and_their_bytes(void **state)
{
    static const char *const base64[] = {"", "/w==", "/wA=", "/wAB"};
    static const uint8_t payload[] = {0xFF, 0x00, 0x01};
    struct api_world *world = *state;
    struct delivery delivery;
    char target[128];
    json_t *json = NULL;

    delivery_open(&delivery, GATEWAY, 1);
    for (size_t i = 0; i < 4; i++) {
        struct batch_reject reject = {.position = delivery.next++,
                                      .unit = "bus-1",
                                      .format = FORMAT_SENML_CBOR,
                                      .received_ms = BEGIN + (int64_t)i,
                                      .reason = "cbor-syntax",
                                      .detail = "济源",
                                      .at_byte = 1,
                                      .payload = payload,
                                      .payload_len = i};
        batch_builder_add_reject(delivery.builder, &reject);
    }
    deliver(world, &delivery);
    delivery_close(&delivery);
    json = api_get(world, "/v1/units/bus-1/rejects?limit=3", 200);
    assert_int_equal(json_array_size(json_object_get(json, "rejects")), 3);
    for (size_t i = 0; i < 3; i++) { /* newest first */
        json_t *reject = json_array_get(json_object_get(json, "rejects"), i);
        assert_string_equal(text_of(reject, "payload"), base64[3 - i]);
        assert_string_equal(text_of(reject, "reason"), "cbor-syntax");
        assert_string_equal(text_of(reject, "detail"), "济源");
        assert_string_equal(text_of(reject, "format"), "senml-cbor");
        assert_string_equal(text_of(reject, "gateway"), GATEWAY);
        assert_close(number_of(reject, "at_byte"), 1);
    }
    snprintf(target, sizeof target, "/v1/units/bus-1/rejects?limit=3&cursor=%s",
             text_of(json, "next"));
    json_decref(json);
    json = api_get(world, target, 200);
    assert_int_equal(json_array_size(json_object_get(json, "rejects")), 1);
    assert_true(json_is_null(json_object_get(json, "next")));
    json_decref(json);
}

/* ---- activity ---- */

static void know_vehicle(const struct api_world *world, const char *vehicle)
{
    struct store_vehicle v = {
        .version = 1, .removed = WHEN_DAY_NEVER, .first_registered = VEHICLE_DAY_NONE};

    snprintf(v.vehicle_id, sizeof v.vehicle_id, "%s", vehicle);
    assert_int_equal(store_vehicle_append(world->db, &v, NULL), ERR_OK);
}

static void bind_unit(const struct api_world *world, const char *vehicle, int64_t from, int64_t to)
{
    static const char BIND[] = "INSERT INTO unit_binding (unit_id, vehicle_id, valid_from, "
                               "valid_to) VALUES ('bus-1', $1, $2, $3)";

    know_vehicle(world, vehicle);
    assert_int_equal(sql_exec(world->db, BIND,
                              SQL_VALUES(sql_text(vehicle), sql_int(from), sql_int(to)), NULL,
                              NULL),
                     ERR_OK);
}

static void activity_is_of_the_units_that_were_in_the_vehicle_on_the_day(void **state)
{
    static const char *const targets[] = {"/v1/vehicles/A/activity?from=2025-06-01&to=2025-08-01",
                                          "/v1/vehicles/B/activity?from=2025-06-01&to=2025-08-01"};
    static const char *const days[] = {"2025-06-30", "2025-07-01"};
    static const double km[] = {59, 60}; /* 23:00–23:59; 23:59–00:59 */
    struct api_world *world = *state;
    int32_t july = 0;

    drive(world, 120);
    api_roll(world);
    assert_true(when_day_parse("2025-07-01", &july));
    bind_unit(world, "A", 0, july); /* entered after the rollup */
    bind_unit(world, "B", july, WHEN_DAY_NEVER);
    for (size_t i = 0; i < 2; i++) {
        json_t *json = api_get(world, targets[i], 200), *list = json_object_get(json, "activity");
        json_t *period = json_array_get(list, 0), *total = json_object_get(json, "total");
        assert_int_equal(json_array_size(list), 1);
        assert_string_equal(text_of(period, "period"), days[i]);
        assert_close(number_of(period, "km"), km[i]);
        assert_close(number_of(period, "electric_km"), km[i]);
        assert_close(number_of(total, "km"), km[i]);
        assert_close(number_of(total, "samples"), 60);
        assert_close(number_of(total, "duplicates"), i == 0 ? 1 : 0);
        json_decref(json);
    }
}

static void activity_of_a_vehicle_that_is_not_in_the_register_is_not_found(void **state)
{
    json_decref(api_get(*state, "/v1/vehicles/NOBODY/activity", 404));
    know_vehicle(*state, "SILENT");
    json_decref(api_get(*state, "/v1/vehicles/SILENT/activity", 200));
}

static void activity_comes_by_hour_day_and_month(void **state)
{
    static const struct {
        const char *target;
        size_t periods;
        const char *first;
        double covered_s, whole_s;
    } cases[] = {
        {"/v1/vehicles/A/activity?from=2025-06-30&to=2025-07-02&by=hour", 2,
         "2025-06-30T15:00:00.000Z", 3540, 3600},
        {"/v1/vehicles/A/activity?from=2025-06-30&to=2025-07-02&by=day", 2, "2025-06-30", 3540,
         86400},
        {"/v1/vehicles/A/activity?from=2025-06-01&to=2025-08-01&by=month", 2, "2025-06", 3540,
         30 * 86400},
        {"/v1/vehicles/A/activity?from=2025-06-30&to=2025-07-01&by=month", 1, "2025-06", 3540,
         86400},
    };
    struct api_world *world = *state;

    drive(world, 120);
    api_roll(world);
    bind_unit(world, "A", 0, WHEN_DAY_NEVER);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = api_get(world, cases[i].target, 200);
        json_t *list = json_object_get(json, "activity"), *first = json_array_get(list, 0);
        json_t *coverage = json_object_get(first, "coverage");
        assert_int_equal(json_array_size(list), cases[i].periods);
        assert_string_equal(text_of(first, "period"), cases[i].first);
        assert_close(json_number_value(json_array_get(coverage, 0)), cases[i].covered_s);
        assert_close(json_number_value(json_array_get(coverage, 1)), cases[i].whole_s);
        json_decref(json);
    }
}

static int64_t looks(const struct api_world *world)
{
    struct sql_rows *rows = sql_query(world->db,
                                      "SELECT COUNT(*) FROM audit_entry WHERE action = "
                                      "'vehicle.activity' AND subject = 'A'",
                                      SQL_NO_VALUES);
    int64_t count = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return count;
}

/* Hour by hour it says as much as the visits, which were noted. */
static void who_reads_at_which_sites_a_vehicle_was_is_noted(void **state)
{
    static const char *const by[] = {"hour", "day", "month"};
    struct api_world *world = *state;

    drive(world, 120);
    api_roll(world);
    bind_unit(world, "A", 0, WHEN_DAY_NEVER);
    json_decref(api_get(world, "/v1/vehicles/A/activity?from=2025-06-30&to=2025-07-02", 200));
    assert_int_equal(looks(world), 0);
    assert_int_equal(
        sql_exec(world->db,
                 "INSERT INTO unit_hour_site (unit_id, hour, site_id, inside_ms, operating_ms, "
                 "engine_ms) SELECT unit_id, hour, 'steel', 60000, 0, 0 FROM unit_hour",
                 SQL_NO_VALUES, NULL, NULL),
        ERR_OK);
    for (int64_t i = 0; i < 3; i++) {
        char target[100];
        snprintf(target, sizeof target,
                 "/v1/vehicles/A/activity?from=2025-06-30&to=2025-07-02&by=%s", by[i]);
        json_decref(api_get(world, target, 200));
        assert_int_equal(looks(world), i + 1);
    }
}

/* ---- the balance ---- */

static void the_balance_holds_before_and_after_the_rollup(void **state)
{
    struct api_world *world = *state;

    drive(world, 60);
    for (int rolled = 0; rolled < 2; rolled++) {
        json_t *json = api_get(world, "/v1/balance", 200);
        assert_true(json_is_true(json_object_get(json, "holds")));
        assert_close(number_of(json, "messages"), 61);
        assert_close(number_of(json, "rows_received"), 61);
        assert_close(number_of(json, "rows_waiting"), rolled ? 0 : 61);
        assert_close(number_of(json, "rows_unique"), rolled ? 60 : 0);
        assert_close(number_of(json, "duplicates"), rolled ? 1 : 0);
        json_decref(json);
        api_roll(world);
    }
}

static void journals_show_how_far_they_were_delivered(void **state)
{
    struct api_world *world = *state;
    json_t *json = NULL, *journal = NULL;

    drive(world, 20);
    json = api_get(world, "/v1/ingest/journals", 200);
    journal = json_array_get(json_object_get(json, "journals"), 0);
    assert_string_equal(text_of(journal, "gateway"), GATEWAY);
    assert_string_equal(text_of(journal, "journal"), "01010101010101010101010101010101");
    assert_close(number_of(journal, "next"), 21);
    assert_close(number_of(journal, "messages"), 21);
    assert_close(number_of(journal, "lost"), 0);
    json_decref(json);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sample_is_shown_as_the_interface_says),
        TEST(pages_hold_every_sample_once_before_and_after_the_rollup),
        TEST(samples_of_one_instant_are_paged_too),
        TEST(a_unit_that_never_sent_has_no_samples),
        TEST(samples_that_were_removed_are_gone_and_not_missing),
        TEST(an_hour_with_too_many_samples_is_refused_and_not_loaded),
        TEST(questions_that_make_no_sense_are_refused),
        TEST(rejects_show_their_reason_and_their_bytes),
        TEST(activity_is_of_the_units_that_were_in_the_vehicle_on_the_day),
        TEST(activity_of_a_vehicle_that_is_not_in_the_register_is_not_found),
        TEST(activity_comes_by_hour_day_and_month),
        TEST(who_reads_at_which_sites_a_vehicle_was_is_noted),
        TEST(the_balance_holds_before_and_after_the_rollup),
        TEST(journals_show_how_far_they_were_delivered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
