#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "registry/store/store_events.h"
#include "registry/store/store_evidence.h"
#include "registry/store/store_journals.h"
#include "registry/store/store_settings.h"
#include "tests/conformance/scratch.h"

static const uint8_t journal_id[STORE_JOURNAL_ID_BYTES] = "0123456789abcdef";

struct world {
    struct sql *db;
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct world world;

    world.arena = arena_create();
    *state = &world;
    world.db = scratch_open("sqlite::memory:");
    return store_journal_create(world.db, "gw-1", journal_id, 0, NULL) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    sql_close(w->db);
    arena_destroy(w->arena);
    return 0;
}

static void keep(struct world *w, const char *unit, int64_t position, size_t len,
                 int64_t keep_bytes)
{
    uint8_t *payload = arena_alloc(w->arena, len, 1);
    struct store_evidence evidence = {.unit = unit,
                                      .journal_no = 1,
                                      .position = position,
                                      .received_ms = 1000 + position,
                                      .format = 3,
                                      .payload = payload,
                                      .len = len};
    struct fault fault = {0};

    memset(payload, (int)position, len);
    if (store_evidence_insert(w->db, &evidence, keep_bytes, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

static void a_payload_is_found_as_it_was(void **state)
{
    struct world *w = *state;
    struct store_evidence found;

    keep(w, "bus-1", 7, 300, 1000);
    assert_int_equal(store_evidence_find(w->db, w->arena, "bus-1", 1, 7, &found, NULL), ERR_OK);
    assert_int_equal(found.len, 300);
    assert_int_equal(found.payload[299], 7);
    assert_int_equal(found.received_ms, 1007);
    assert_string_equal(found.gateway, "gw-1");
    assert_int_equal(store_evidence_find(w->db, w->arena, "bus-2", 1, 7, &found, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(store_evidence_find(w->db, w->arena, "bus-1", 1, 8, &found, NULL),
                     ERR_NOT_FOUND);
}

static size_t left(struct world *w, const char *unit, int64_t *oldest)
{
    struct store_evidence *list = NULL;
    size_t count = 0;

    assert_int_equal(store_evidence_list(w->db, w->arena, unit,
                                         (struct store_evidence_place){0, 0, 0}, INT64_MAX, 1000,
                                         &list, &count, NULL),
                     ERR_OK);
    *oldest = count > 0 ? list[0].position : -1;
    return count;
}

static void the_oldest_of_a_unit_make_room_for_the_newest(void **state)
{
    struct world *w = *state;
    int64_t oldest = 0;

    keep(w, "bus-2", 0, 100, 1000);
    for (int64_t i = 1; i <= 200; i++)
        keep(w, "bus-1", i, 10, 1000);
    assert_int_equal(left(w, "bus-1", &oldest), 100);
    assert_int_equal(oldest, 101);
    keep(w, "bus-1", 201, 995, 1000);
    assert_int_equal(left(w, "bus-1", &oldest), 1);
    assert_int_equal(oldest, 201);
    assert_int_equal(left(w, "bus-2", &oldest), 1);
}

static void a_payload_larger_than_the_bound_leaves_nothing(void **state)
{
    struct world *w = *state;
    int64_t oldest = 0;

    keep(w, "bus-1", 1, 10, 1000);
    keep(w, "bus-1", 2, 1001, 1000);
    assert_int_equal(left(w, "bus-1", &oldest), 0);
    keep(w, "bus-1", 3, 10, 1000);
    assert_int_equal(left(w, "bus-1", &oldest), 1);
}

static void a_number_keeps_its_first_and_last_time_in_any_order(void **state)
{
    static const int64_t times[] = {50, 20, 90, 30};
    struct world *w = *state;
    struct store_vin *vins = NULL;
    size_t count = 0;

    for (size_t i = 0; i < 4; i++) {
        const struct store_vin vin = {"bus-1", "LGHEXAMPLE0000001", times[i], times[i], 3};
        assert_int_equal(store_vin_add(w->db, &vin, NULL), ERR_OK);
    }
    assert_int_equal(store_vins_list(w->db, w->arena, "bus-1", 10, &vins, &count, NULL), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(vins[0].first_ms, 20);
    assert_int_equal(vins[0].last_ms, 90);
    assert_int_equal(vins[0].payloads, 12);
}

static void add_vin(struct world *w, const char *unit, int64_t number, int64_t at_ms)
{
    const struct store_vin vin = {
        unit, arena_format(w->arena, "LGHEXAMPLE%07lld", (long long)number), at_ms, at_ms, 1};

    assert_int_equal(store_vin_add(w->db, &vin, NULL), ERR_OK);
}

static void of_many_numbers_the_latest_stay(void **state)
{
    struct world *w = *state;
    struct store_vin *vins = NULL;
    size_t count = 0;

    add_vin(w, "bus-2", 1, 1);
    for (int64_t i = 1; i <= STORE_VINS_MAX + 10; i++)
        add_vin(w, "bus-1", i, 1000 + i);
    add_vin(w, "bus-1", 11, 2000); /* one that was there already */
    add_vin(w, "bus-1", 9999, 1);  /* older than all that stay */
    assert_int_equal(store_vins_list(w->db, w->arena, "bus-1", 1000, &vins, &count, NULL), ERR_OK);
    assert_int_equal(count, STORE_VINS_MAX);
    assert_int_equal(vins[0].last_ms, 2000);
    assert_int_equal(vins[0].payloads, 2);
    assert_int_equal(vins[count - 1].last_ms, 1012);
    assert_int_equal(store_vins_list(w->db, w->arena, "bus-2", 1000, &vins, &count, NULL), ERR_OK);
    assert_int_equal(count, 1);
}

static void say(struct world *w, int64_t at_ms, int64_t kind)
{
    const struct store_event event = {.unit = "bus-1",
                                      .at_ms = at_ms,
                                      .journal_no = 1,
                                      .position = at_ms,
                                      .kind = kind,
                                      .text = ""};

    assert_int_equal(store_event_insert(w->db, &event, NULL), ERR_OK);
}

static void duty_has_the_last_one_before_and_the_first_one_behind(void **state)
{
    struct world *w = *state;
    struct store_event *events = NULL;
    size_t count = 0;

    for (int64_t at = 0; at < 100; at += 10)
        say(w, at, at % 20 == 0 ? STORE_EVENT_LOGIN : STORE_EVENT_LOGOUT);
    say(w, 45, 4);
    assert_int_equal(
        store_events_duty(w->db, w->arena, "bus-1", 35, 65, 100, &events, &count, NULL), ERR_OK);
    assert_int_equal(count, 5);
    assert_int_equal(events[0].at_ms, 30);
    assert_int_equal(events[4].at_ms, 70);
    assert_int_equal(store_events_duty(w->db, w->arena, "bus-1", 35, 65, 2, &events, &count, NULL),
                     ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(events[1].at_ms, 40);
    assert_int_equal(
        store_events_duty(w->db, w->arena, "bus-1", 200, 300, 100, &events, &count, NULL), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(
        store_events_duty(w->db, w->arena, "bus-9", 0, 300, 100, &events, &count, NULL), ERR_OK);
    assert_int_equal(count, 0);
}

static void an_interval_is_set_and_taken_back(void **state)
{
    struct world *w = *state;
    struct store_setting setting = {.interval_s = 30};
    int64_t interval_s = -1;

    assert_int_equal(store_interval_on(w->db, "bus-1", 20000, &interval_s, NULL), ERR_OK);
    assert_int_equal(interval_s, 0);
    assert_int_equal(store_setting_put(w->db, "bus-1", &setting, NULL), ERR_OK);
    setting.interval_s = 10;
    assert_int_equal(store_setting_put(w->db, "bus-1", &setting, NULL), ERR_OK);
    assert_int_equal(store_interval_on(w->db, "bus-1", 20000, &interval_s, NULL), ERR_OK);
    assert_int_equal(interval_s, 10);
    setting.interval_s = 0;
    assert_int_equal(store_setting_put(w->db, "bus-1", &setting, NULL), ERR_OK);
    assert_int_equal(store_interval_on(w->db, "bus-1", 20000, &interval_s, NULL), ERR_OK);
    assert_int_equal(interval_s, 0);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_payload_is_found_as_it_was),
        IN_A_WORLD(the_oldest_of_a_unit_make_room_for_the_newest),
        IN_A_WORLD(a_payload_larger_than_the_bound_leaves_nothing),
        IN_A_WORLD(a_number_keeps_its_first_and_last_time_in_any_order),
        IN_A_WORLD(of_many_numbers_the_latest_stay),
        IN_A_WORLD(duty_has_the_last_one_before_and_the_first_one_behind),
        IN_A_WORLD(an_interval_is_set_and_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
