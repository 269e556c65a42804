/* In the background, with a connection of its own: what is queued is found without being asked for. */
#include <time.h>
#include <unistd.h>

#include "registry/findings/findings_thread.h"
#include "tests/unit/findings/findings_world.h"

#define DEADLINE_MS 20000

static bool appears(struct sql *db, struct arena *arena)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int64_t until = clock_mono_ms(&clock_system) + DEADLINE_MS;
    struct store_findings findings = {.count = 0};

    while (findings.count == 0 && clock_mono_ms(&clock_system) < until) {
        assert_int_equal(store_findings_of(db, arena, FINDING_OF_VEHICLE, CAR, &findings, NULL),
                         ERR_OK);
        nanosleep(&pause, NULL);
    }
    return findings.count > 0;
}

static void what_the_register_changed_is_looked_at_in_the_background(void **state)
{
    char dir[] = "/tmp/evroll-findings-XXXXXX", url[128];
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct world w = {.arena = arena_create()};
    struct background *thread = NULL;
    struct clock_fake later;
    (void)state;

    assert_non_null(mkdtemp(dir));
    snprintf(url, sizeof url, "sqlite:%s/test.db", dir);
    clock_fake_init(&w.fixture.clock, 0);
    fixture_today(&w.fixture, TODAY);
    clock_fake_init(&later,
                    w.fixture.clock.wall_now_ms + WHEN_HOUR_MS); /* it has waited long enough */
    assert_int_equal(sql_open(url, &w.fixture.db, NULL), ERR_OK);
    assert_int_equal(store_migrate(w.fixture.db, NULL, NULL), ERR_OK);
    w.fixture.registrar = registrar_create(w.fixture.db, &w.fixture.clock.clock, "tester");
    assert_int_equal(findings_thread_start(url, &later.clock, &thread, NULL), ERR_OK);
    fixture_org(&w.fixture, "org-1", OWNER_SOE, "2000-01-01");
    put_vehicle(&w, "vehicle_id=" CAR, "category=TAXI", "energy=PETROL", "stage=5",
                "plate=豫UD12345");
    background_wake(thread);
    assert_true(appears(w.fixture.db, w.arena));
    background_stop(thread);
    fixture_close(&w.fixture);
    arena_destroy(w.arena);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/test.db%s", dir, suffixes[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_register_changed_is_looked_at_in_the_background),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
