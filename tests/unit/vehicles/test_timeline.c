#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "register_fixture.h"
#include "registry/vehicles/timeline.h"
#include "shared/when.h"

static const struct kind_change changes[] = {{-30000, OWNER_PRIVATE}, {300, OWNER_SOE}};
static const struct owner_kinds two_kinds = {changes, 2};

static const struct owner_kinds *kinds(void *arg, const char *owner_id)
{
    (void)arg;
    (void)owner_id;
    return &two_kinds;
}

static struct store_vehicle version(int number, int32_t from, int32_t added, int32_t removed,
                                    int energy, const char *unit)
{
    struct store_vehicle v = {.version = number,
                              .valid_from = from,
                              .added = added,
                              .removed = removed,
                              .energy = energy};

    SET_TEXT(v.unit, unit);
    return v;
}

static struct timeline make(const struct store_vehicle *versions, size_t count,
                            const struct store_exemption *exemption, struct arena *arena)
{
    const struct timeline_sources sources = {.versions = versions,
                                             .version_count = count,
                                             .exemptions = exemption,
                                             .exemption_count = exemption != NULL,
                                             .kinds = kinds};

    return timeline_make(&sources, arena);
}

static void assert_segment(const struct timeline *t, size_t at, int32_t from, int32_t to,
                           int owner_kind, int energy, unsigned exempt)
{
    assert_true(at < t->count);
    assert_int_equal(t->segments[at].from, from);
    assert_int_equal(t->segments[at].to, to);
    assert_int_equal(t->segments[at].dims.owner_kind, owner_kind);
    assert_int_equal(t->segments[at].dims.energy, energy);
    assert_int_equal(t->segments[at].dims.exempt, exempt);
}

static void a_life_is_cut_where_anything_changes(void **state)
{
    struct arena *arena = arena_create();
    const struct store_vehicle versions[] = {
        version(1, 100, 100, WHEN_DAY_NEVER, ENERGY_DIESEL, ""),
        version(2, 200, 100, WHEN_DAY_NEVER, ENERGY_BEV, ""),
        version(3, 400, 100, 400, ENERGY_BEV, ""),
    };
    const struct store_exemption exemption = {
        .reason = EXEMPT_EMERGENCY, .from = 250, .until = 260};
    struct timeline t = make(versions, 3, &exemption, arena);

    (void)state;
    assert_int_equal(t.count, 5);
    assert_segment(&t, 0, 100, 200, OWNER_PRIVATE, ENERGY_DIESEL, 0);
    assert_segment(&t, 1, 200, 250, OWNER_PRIVATE, ENERGY_BEV, 0);
    assert_segment(&t, 2, 250, 260, OWNER_PRIVATE, ENERGY_BEV, 1u << EXEMPT_EMERGENCY);
    assert_segment(&t, 3, 260, 300, OWNER_PRIVATE, ENERGY_BEV, 0);
    assert_segment(&t, 4, 300, 400, OWNER_SOE, ENERGY_BEV, 0);
    assert_true(t.added);
    assert_int_equal(t.added_day, 100);
    assert_int_equal(t.added_dims.energy, ENERGY_DIESEL);
    arena_destroy(arena);
}

static void the_newer_of_two_versions_of_one_day_holds(void **state)
{
    struct arena *arena = arena_create();
    const struct store_vehicle versions[] = {
        version(1, 400, 400, WHEN_DAY_NEVER, ENERGY_DIESEL, ""),
        version(2, 400, 400, WHEN_DAY_NEVER, ENERGY_BEV, ""),
    };
    struct timeline t = make(versions, 2, NULL, arena);

    (void)state;
    assert_int_equal(t.count, 1);
    assert_segment(&t, 0, 400, WHEN_DAY_NEVER, OWNER_SOE, ENERGY_BEV, 0);
    assert_null(timeline_state(versions, 2, 399));
    arena_destroy(arena);
}

static void a_vehicle_that_left_on_its_first_day_was_added_but_never_there(void **state)
{
    struct arena *arena = arena_create();
    const struct store_vehicle v = version(1, 100, 100, 100, ENERGY_BEV, "u1");
    struct timeline t = make(&v, 1, NULL, arena);

    (void)state;
    assert_int_equal(t.count, 0);
    assert_true(t.added);
    assert_int_equal(timeline_bindings(&t, "v", arena).count, 0);
    arena_destroy(arena);
}

static void bindings_join_over_changes_and_end_with_the_vehicle(void **state)
{
    struct arena *arena = arena_create();
    const struct store_vehicle versions[] = {
        version(1, 100, 100, WHEN_DAY_NEVER, ENERGY_DIESEL, "u1"),
        version(2, 200, 100, WHEN_DAY_NEVER, ENERGY_BEV, "u1"),
        version(3, 310, 100, WHEN_DAY_NEVER, ENERGY_BEV, "u2"),
        version(4, 400, 100, 400, ENERGY_BEV, "u2"),
        version(5, 500, 100, WHEN_DAY_NEVER, ENERGY_BEV, "u2"),
    };
    struct timeline t = make(versions, 5, NULL, arena);
    struct store_bindings b = timeline_bindings(&t, "v", arena);

    (void)state;
    assert_int_equal(b.count, 3);
    assert_string_equal(b.items[0].unit, "u1");
    assert_int_equal(b.items[0].from, 100);
    assert_int_equal(b.items[0].to, 310);
    assert_string_equal(b.items[1].unit, "u2");
    assert_int_equal(b.items[1].to, 400);
    assert_int_equal(b.items[2].from, 500);
    assert_int_equal(b.items[2].to, WHEN_DAY_NEVER);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_is_cut_where_anything_changes),
        cmocka_unit_test(the_newer_of_two_versions_of_one_day_holds),
        cmocka_unit_test(a_vehicle_that_left_on_its_first_day_was_added_but_never_there),
        cmocka_unit_test(bindings_join_over_changes_and_end_with_the_vehicle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
