/*
 * findings_world: a register in memory, what units did on days, and what is found of it. What is
 * said of a day goes into one of its hours, as the rollup would write it.
 */
#ifndef EVROLL_TESTS_UNIT_FINDINGS_FINDINGS_WORLD_H
#define EVROLL_TESTS_UNIT_FINDINGS_FINDINGS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "registry/findings/findings.h"
#include "registry/store/store_events.h"
#include "registry/store/store_hours.h"
#include "registry/store/store_signals.h"
#include "shared/when.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-12-31"
#define CAR   "LTESTBEV5P1000001"
#define TRUCK "LTESTTRK6R1000002"

struct world {
    struct register_fixture fixture;
    struct arena *arena;
};

static inline int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    fixture_open(&w->fixture, TODAY);
    fixture_org(&w->fixture, "org-1", OWNER_SOE, "2000-01-01");
    w->arena = arena_create();
    *state = w;
    return 0;
}

static inline int world_close(void **state)
{
    struct world *w = *state;

    arena_destroy(w->arena);
    fixture_close(&w->fixture);
    free(w);
    return 0;
}

#define put_vehicle(w, ...)                                                                        \
    fixture_vehicle(&(w)->fixture, CHANGE_PUT, NULL, __VA_ARGS__, "owner_id=org-1", "area=419001", \
                    "built_up=1", "added=2020-01-01", NULL)
#define change_vehicle(w, ...) fixture_vehicle(&(w)->fixture, CHANGE_PATCH, NULL, __VA_ARGS__, NULL)

/* What a unit did on a day, in the hour that begins at 12:00 in China. */
struct said {
    struct store_hour hour;
    struct store_hour_signals signals;
};

static inline void say_at(struct world *w, const char *unit, int64_t hour, struct said said)
{
    struct sql *db = w->fixture.db;

    said.hour.hour = said.signals.hour = hour;
    said.hour.rows_received = said.hour.rows_unique = 1;
    said.hour.first_ms = said.hour.first_ms == 0 ? hour * WHEN_HOUR_MS : said.hour.first_ms;
    said.hour.last_ms = said.hour.last_ms == 0 ? hour * WHEN_HOUR_MS + 1800000 : said.hour.last_ms;
    said.hour.last_sample = (const uint8_t *)"";
    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_hour_put(db, unit, &said.hour, NULL, NULL), ERR_OK);
    assert_int_equal(store_hour_signals_put(db, unit, &said.signals, NULL), ERR_OK);
    assert_int_equal(store_finding_queue_put(db, FINDING_OF_UNIT, unit,
                                             when_day_of(hour * WHEN_HOUR_MS), 0, NULL),
                     ERR_OK);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
}

static inline void say(struct world *w, const char *unit, const char *day, struct said said)
{
    say_at(w, unit, (int64_t)day_of(day) * 24 + 4, said);
}

/* The same on each of `count` days. */
static inline void say_days(struct world *w, const char *unit, const char *first, int count,
                            struct said said)
{
    for (int i = 0; i < count; i++)
        say_at(w, unit, ((int64_t)day_of(first) + i) * 24 + 4, said);
}

/* A number in a unit's frames. */
static inline void carry(struct world *w, const char *unit, const char *vin, const char *first,
                         const char *last)
{
    const struct store_vin carried = {unit, vin, day_of(first) * WHEN_DAY_MS,
                                      day_of(last) * WHEN_DAY_MS, 10};

    assert_int_equal(store_vin_add(w->fixture.db, &carried, NULL), ERR_OK);
}

static inline void look(struct world *w)
{
    size_t did = 1;
    struct fault fault;

    while (did > 0)
        if (findings_step(w->fixture.db, &w->fixture.clock.clock, 0, &did, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
}

/* Looks at everybody, as the first step of a day does. */
static inline void look_at_all(struct world *w)
{
    assert_int_equal(findings_sweep_all(w->fixture.db, NULL), ERR_OK);
    look(w);
}

/* The finding of a kind and subject after a look; NULL: there is none. */
static inline const struct store_finding *found(struct world *w, const char *kind,
                                                const char *subject)
{
    struct store_findings findings;
    const struct store_finding_search search = {
        .kind = kind, .subject = subject, .from_ms = INT64_MIN, .to_ms = INT64_MAX, .limit = 10};

    look_at_all(w);
    assert_int_equal(store_finding_search(w->fixture.db, w->arena, &search, &findings, NULL),
                     ERR_OK);
    assert_in_range(findings.count, 0, 1);
    return findings.count == 0 ? NULL : findings.items;
}

/* Open, explained or confirmed. */
static inline bool stands(struct world *w, const char *kind, const char *subject)
{
    const struct store_finding *finding = found(w, kind, subject);

    return finding != NULL && finding->state != FINDING_CLOSED;
}

#endif
