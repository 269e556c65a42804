#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "register_fixture.h"
#include "registry/store/store_bindings.h"
#include "registry/vehicles/timeline.h"
#include "shared/when.h"

static const struct count_filter all = {0};
static const struct count_filter buses = {.categories = 1u << CATEGORY_BUS};

#define BUS(id, added)                                                                             \
    "vehicle_id=" id, "category=BUS", "energy=BEV", "stage=D", "owner_id=ORG-A", "area=419001",    \
        "built_up=1", "added=" added

static int set_up(void **state)
{
    static struct register_fixture fixture;

    fixture_open(&fixture, "2025-06-30");
    fixture_org(&fixture, "ORG-A", OWNER_PRIVATE, NULL);
    fixture_org(&fixture, "ORG-B", OWNER_SOE, NULL);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    return 0;
}

static int64_t of_kind(struct register_fixture *f, const char *day, enum owner_kind kind)
{
    return fixture_stock(f, day, (struct count_filter){.owner_kinds = 1u << kind});
}

static size_t versions_of(struct register_fixture *f, const char *id)
{
    struct arena *arena = arena_create();
    struct store_vehicles versions;
    size_t count;

    assert_int_equal(store_vehicle_versions(f->db, id, arena, &versions, NULL), ERR_OK);
    count = versions.count;
    arena_destroy(arena);
    return count;
}

static void a_vehicle_counts_from_its_first_day_to_its_last(void **state)
{
    struct register_fixture *f = *state;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-05-10"), NULL);
    assert_int_equal(fixture_stock(f, "2024-05-09", buses), 0);
    assert_int_equal(fixture_stock(f, "2024-05-10", buses), 1);
    assert_int_equal(fixture_stock(f, "2199-12-31", buses), 1);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "removed=2025-03-01", NULL);
    assert_int_equal(fixture_stock(f, "2025-02-28", buses), 1);
    assert_int_equal(fixture_stock(f, "2025-03-01", buses), 0);
    assert_int_equal(fixture_added(f, "2024-05-10", "2024-05-10", all), 1);
    assert_int_equal(fixture_added(f, "2024-05-11", "2025-12-31", all), 0);
}

static void a_return_and_a_transfer_are_no_additions(void **state)
{
    struct register_fixture *f = *state;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-05-10"), NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "removed=2024-08-01", NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "removed=", "effective=2024-10-01",
                    NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "owner_id=ORG-B",
                    "effective=2025-01-01", NULL);
    assert_int_equal(fixture_stock(f, "2024-09-30", all), 0);
    assert_int_equal(fixture_stock(f, "2024-10-01", all), 1);
    assert_int_equal(of_kind(f, "2024-12-31", OWNER_PRIVATE), 1);
    assert_int_equal(of_kind(f, "2025-01-01", OWNER_PRIVATE), 0);
    assert_int_equal(of_kind(f, "2025-01-01", OWNER_SOE), 1);
    assert_int_equal(fixture_added(f, "2000-01-01", "2100-01-01", all), 1);
}

static void a_late_change_is_carried_to_the_next_change_of_the_same_field(void **state)
{
    struct register_fixture *f = *state;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-01-01"), NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "area=410105", "effective=2024-06-01",
                    NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "owner_id=ORG-A", "stage=X",
                    "effective=2024-09-01", NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "owner_id=ORG-B", "area=419001001",
                    "effective=2024-03-01", NULL);
    assert_int_equal(of_kind(f, "2024-02-29", OWNER_SOE), 0);
    assert_int_equal(of_kind(f, "2024-03-01", OWNER_SOE), 1);
    assert_int_equal(of_kind(f, "2025-06-30", OWNER_SOE), 1); /* over the change of area */
    assert_int_equal(
        fixture_stock(f, "2024-05-31", (struct count_filter){.area_prefix = "419001001"}), 1);
    assert_int_equal(fixture_stock(f, "2024-06-01", (struct count_filter){.area_prefix = "410105"}),
                     1);
}

static void a_correction_of_the_first_day_moves_the_one_addition(void **state)
{
    struct register_fixture *f = *state;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-05-10"), NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "added=2024-02-01", NULL);
    assert_int_equal(fixture_stock(f, "2024-02-01", all), 1);
    assert_int_equal(fixture_added(f, "2024-05-01", "2024-05-31", all), 0);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "added=2024-07-01", NULL);
    assert_int_equal(fixture_stock(f, "2024-06-30", all), 0);
    assert_int_equal(fixture_added(f, "2024-07-01", "2024-07-01", all), 1);
    assert_int_equal(fixture_added(f, "2000-01-01", "2100-01-01", all), 1);
}

static void what_else_a_row_says_holds_from_the_corrected_first_day_on(void **state)
{
    struct register_fixture *f = *state;
    const struct count_filter of_b = {.owner_kinds = 1u << OWNER_SOE};

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-03-01"), NULL);
    assert_int_equal(fixture_vehicle(f, CHANGE_PUT, NULL, "vehicle_id=B-1", "added=2024-01-15",
                                     "owner_id=ORG-B", "effective=2024-01-15", NULL),
                     CHANGE_CHANGED);
    assert_int_equal(fixture_stock(f, "2024-01-15", of_b), 1);
    assert_int_equal(fixture_added(f, "2024-01-15", "2024-01-15", of_b), 1);
    assert_int_equal(fixture_vehicle(f, CHANGE_PUT, NULL, "vehicle_id=B-1", "added=2024-01-15",
                                     "owner_id=ORG-B", "effective=2024-01-15", NULL),
                     CHANGE_UNCHANGED);
}

static void another_day_of_removal_reaches_back_to_the_earlier_one(void **state)
{
    struct register_fixture *f = *state;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-01-01"), "removed=2024-03-01", NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "removed=2024-05-01", NULL);
    assert_int_equal(fixture_stock(f, "2024-04-30", all), 1);
    assert_int_equal(fixture_stock(f, "2024-05-01", all), 0);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "removed=2024-02-01", NULL);
    assert_int_equal(fixture_stock(f, "2024-01-31", all), 1);
    assert_int_equal(fixture_stock(f, "2024-02-01", all), 0);
}

static void another_kind_of_the_owner_changes_all_its_vehicles(void **state)
{
    struct register_fixture *f = *state;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-01-01"), NULL);
    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-2", "2024-01-01"), NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-2", "owner_id=ORG-B",
                    "effective=2025-03-01", NULL);
    assert_int_equal(fixture_org(f, "ORG-A", OWNER_GOVERNMENT, "2025-02-01"), CHANGE_CHANGED);
    assert_int_equal(fixture_org(f, "ORG-A", OWNER_GOVERNMENT, "2025-02-01"), CHANGE_UNCHANGED);
    assert_int_equal(of_kind(f, "2025-01-31", OWNER_PRIVATE), 2);
    assert_int_equal(of_kind(f, "2025-02-01", OWNER_GOVERNMENT), 2);
    assert_int_equal(of_kind(f, "2025-03-01", OWNER_GOVERNMENT), 1);
    assert_int_equal(of_kind(f, "2025-03-01", OWNER_SOE), 1);
}

static void exemptions_hold_from_first_to_last_day_and_can_be_cut_short(void **state)
{
    struct register_fixture *f = *state;
    const struct count_query query = {.measure = COUNT_STOCK, .to = day_of("2025-06-30")};

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-01-01"), NULL);
    assert_int_equal(fixture_exemption(f, "B-1", EXEMPT_EMERGENCY, "2025-01-01", "2025-06-30"),
                     CHANGE_CREATED);
    assert_int_equal(fixture_exemption(f, "B-1", EXEMPT_EMERGENCY, "2025-01-01", "2025-06-30"),
                     CHANGE_UNCHANGED);
    assert_int_equal(fixture_exemption(f, "B-1", EXEMPT_SPECIAL_NEED, "2025-06-01", NULL),
                     CHANGE_CREATED);
    fixture_compare(f, &query, "both");
    assert_int_equal(fixture_exemption(f, "B-1", EXEMPT_EMERGENCY, "2025-01-01", "2025-03-31"),
                     CHANGE_CHANGED);
    fixture_compare(f, &query, "one");
    assert_int_equal(fixture_exemption(f, "B-1", EXEMPT_EMERGENCY, "2025-01-01", "2024-12-31"),
                     CHANGE_CHANGED);
    fixture_compare(f, &query, "withdrawn");
    assert_int_equal(fixture_exemption(f, "B-2", EXEMPT_EMERGENCY, "2025-01-01", NULL),
                     CHANGE_REFUSED);
}

static void a_unit_is_in_one_vehicle_on_any_day(void **state)
{
    struct register_fixture *f = *state;
    struct remarks remarks;
    struct arena *arena = arena_create();
    struct store_bindings bindings;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-01-01"), "unit=u1", NULL);
    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-2", "2024-01-01"), NULL);
    assert_int_equal(fixture_vehicle(f, CHANGE_PATCH, &remarks, "vehicle_id=B-2", "unit=u1",
                                     "effective=2024-06-01", NULL),
                     CHANGE_REFUSED);
    assert_string_equal(remarks.items[remarks.count - 1].column, "unit");
    assert_int_equal(remarks.code, ERR_CONFLICT);
    assert_int_equal(versions_of(f, "B-2"), 1);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-1", "removed=2024-06-01", NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B-2", "unit=u1", "effective=2024-06-01",
                    NULL);
    assert_int_equal(store_bindings_of_unit(f->db, "u1", arena, &bindings, NULL), ERR_OK);
    assert_int_equal(bindings.count, 2);
    assert_string_equal(bindings.items[0].vehicle_id, "B-1");
    assert_int_equal(bindings.items[0].to, day_of("2024-06-01"));
    assert_int_equal(bindings.items[1].from, day_of("2024-06-01"));
    assert_int_equal(bindings.items[1].to, WHEN_DAY_NEVER);
    arena_destroy(arena);
}

static void what_says_the_same_changes_nothing(void **state)
{
    struct register_fixture *f = *state;

    fixture_vehicle(f, CHANGE_PUT, NULL, BUS("B-1", "2024-05-10"), NULL);
    assert_int_equal(fixture_vehicle(f, CHANGE_PUT, NULL, BUS("B-1", "2024-05-10"), NULL),
                     CHANGE_UNCHANGED);
    fixture_vehicle(f, CHANGE_PUT, NULL, BUS("B-1", "2024-05-10"), "removed=2024-07-01", NULL);
    assert_int_equal(
        fixture_vehicle(f, CHANGE_PUT, NULL, BUS("B-1", "2024-05-10"), "removed=2024-07-01", NULL),
        CHANGE_UNCHANGED);
    assert_int_equal(fixture_stock(f, "2024-06-30", all), 1);
    assert_int_equal(fixture_stock(f, "2024-07-01", all), 0);
}

static void assert_refused(struct register_fixture *f, enum err code, const char *column,
                           const struct remarks *remarks)
{
    assert_true(remarks->refused);
    assert_int_equal(remarks->code, code);
    assert_string_equal(remarks->items[remarks->count - 1].column, column);
    assert_int_equal(fixture_stock(f, "2025-06-30", all), 1);
    assert_int_equal(versions_of(f, "B-1"), 1);
}

static void a_refused_change_writes_nothing(void **state)
{
    struct register_fixture *f = *state;
    struct remarks r;

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-05-10"), NULL);
    fixture_vehicle(f, CHANGE_CREATE, &r, BUS("B-1", "2024-05-10"), NULL);
    assert_refused(f, ERR_CONFLICT, "vehicle_id", &r);
    fixture_vehicle(f, CHANGE_PATCH, &r, "vehicle_id=B-9", "stage=X", NULL);
    assert_refused(f, ERR_NOT_FOUND, "vehicle_id", &r);
    fixture_vehicle(f, CHANGE_PATCH, &r, "vehicle_id=B-1", "owner_id=NOBODY", NULL);
    assert_refused(f, ERR_INPUT, "owner_id", &r);
    fixture_vehicle(f, CHANGE_PATCH, &r, "vehicle_id=B-1", "removed=2024-05-09", NULL);
    assert_refused(f, ERR_INPUT, "removed", &r);
    fixture_vehicle(f, CHANGE_PATCH, &r, "vehicle_id=B-1", "stage=X", "effective=2024-05-09", NULL);
    assert_refused(f, ERR_INPUT, "effective", &r);
    fixture_vehicle(f, CHANGE_PUT, &r, "vehicle_id=B-2", "category=BUS", NULL);
    assert_refused(f, ERR_INPUT, "added", &r);
}

static void a_rollback_leaves_versions_and_counts_as_they_were(void **state)
{
    struct register_fixture *f = *state;
    struct org_change change = {
        .mode = CHANGE_PUT, .to = org_blank(), .fields = 7, .effective = day_of("2024-06-01")};
    enum change_outcome outcome;
    struct remarks remarks = {0};

    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-1", "2024-05-10"), NULL);
    SET_TEXT(change.to.org_id, "ORG-A");
    SET_TEXT(change.to.name, "ORG-A");
    change.to.kind = OWNER_GOVERNMENT;
    assert_int_equal(registrar_begin(f->registrar, NULL), ERR_OK);
    assert_int_equal(registrar_org(f->registrar, &change, &outcome, &remarks, NULL), ERR_OK);
    registrar_rollback(f->registrar);
    assert_int_equal(of_kind(f, "2025-01-01", OWNER_PRIVATE), 1);
    fixture_vehicle(f, CHANGE_CREATE, NULL, BUS("B-2", "2024-05-10"), NULL);
    assert_int_equal(of_kind(f, "2025-01-01", OWNER_PRIVATE), 2);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_vehicle_counts_from_its_first_day_to_its_last),
        WITH_FIXTURE(a_return_and_a_transfer_are_no_additions),
        WITH_FIXTURE(a_late_change_is_carried_to_the_next_change_of_the_same_field),
        WITH_FIXTURE(a_correction_of_the_first_day_moves_the_one_addition),
        WITH_FIXTURE(what_else_a_row_says_holds_from_the_corrected_first_day_on),
        WITH_FIXTURE(another_day_of_removal_reaches_back_to_the_earlier_one),
        WITH_FIXTURE(another_kind_of_the_owner_changes_all_its_vehicles),
        WITH_FIXTURE(exemptions_hold_from_first_to_last_day_and_can_be_cut_short),
        WITH_FIXTURE(a_unit_is_in_one_vehicle_on_any_day),
        WITH_FIXTURE(what_says_the_same_changes_nothing),
        WITH_FIXTURE(a_refused_change_writes_nothing),
        WITH_FIXTURE(a_rollback_leaves_versions_and_counts_as_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
