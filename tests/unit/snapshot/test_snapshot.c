/* A register is stated, and every way to change the statement or what stands behind it is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/audit/audit_verify.h"
#include "registry/audit/canonical.h"
#include "registry/snapshot/archive.h"
#include "registry/snapshot/pack.h"
#include "registry/snapshot/snapshot.h"
#include "registry/snapshot/snapshot_verify.h"
#include "tests/unit/vehicles/register_fixture.h"

struct world {
    struct register_fixture register_;
    struct plan_set *plans;
    struct sign_key *key, *public, *other;
    struct arena *arena;
};

static struct sign_key *key_made(const char *file, struct sign_key **public)
{
    struct sign_key *key = NULL;
    struct fault fault;
    char public_file[96];

    snprintf(public_file, sizeof public_file, "%s.pub", file);
    assert_int_equal(sign_key_make(file, &fault), ERR_OK);
    assert_int_equal(sign_key_load(file, &key, &fault), ERR_OK);
    if (public != NULL)
        assert_int_equal(sign_public_load(public_file, public, &fault), ERR_OK);
    unlink(file);
    unlink(public_file);
    return key;
}

static int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    char dir[] = "/tmp/evroll-snapshot-XXXXXX";
    char file[64];
    struct fault fault;

    fixture_open(&w->register_, "2025-07-10");
    fixture_org(&w->register_, "org-1", OWNER_SOE, "2000-01-01");
    for (int i = 0; i < 12; i++) {
        char id[32];
        snprintf(id, sizeof id, "vehicle_id=BUS-%02d", i);
        fixture_vehicle(&w->register_, CHANGE_PUT, NULL, id, "category=BUS",
                        i < 9 ? "energy=BEV" : "energy=HEV", "stage=X", "owner_id=org-1",
                        "area=419001", "built_up=1", "added=2024-01-01", NULL);
    }
    fixture_exemption(&w->register_, "BUS-11", EXEMPT_EMERGENCY, "2024-01-01", NULL);
    assert_int_equal(plan_set_load(NULL, &w->plans, &fault), ERR_OK);
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/k", dir);
    w->key = key_made(file, &w->public);
    w->other = key_made(file, NULL);
    rmdir(dir);
    w->arena = arena_create();
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;

    arena_destroy(w->arena);
    sign_key_free(w->key);
    sign_key_free(w->public);
    sign_key_free(w->other);
    plan_set_free(w->plans);
    fixture_close(&w->register_);
    free(w);
    return 0;
}

static enum err make(struct world *w, const char *as_of, int64_t *number, struct fault *fault)
{
    const struct snapshot_request request = {.plan = plan_set_at(w->plans, 0),
                                             .as_of = day_of(as_of),
                                             .note = "half-year \xE6\xB5\x8E",
                                             .who = "officer",
                                             .role = "officer",
                                             .clock = &w->register_.clock.clock,
                                             .key = w->key};

    return snapshot_make(w->register_.db, &request, number, fault);
}

static struct store_snapshot made(struct world *w, const char *as_of)
{
    struct store_snapshot s;
    struct fault fault;
    int64_t number = 0;

    if (make(w, as_of, &number, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(store_snapshot_find(w->register_.db, number, w->arena, &s, &fault), ERR_OK);
    return s;
}

static struct snapshot_verdict verdict_on(struct world *w, const struct store_snapshot *s,
                                          const struct sign_key *key)
{
    struct snapshot_verdict verdict;
    struct fault fault;
    size_t len = 0;
    const uint8_t *bytes = snapshot_archive(s, w->arena, &len);

    if (snapshot_verify(bytes, len, key, w->arena, &verdict, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return verdict;
}

static void assert_reason(const struct snapshot_verdict *verdict, const char *part)
{
    assert_false(verdict->good);
    for (size_t i = 0; i < verdict->reason_count; i++)
        if (strstr(verdict->reasons[i], part) != NULL)
            return;
    fail_msg("no reason says \"%s\"; the first: %s", part, verdict->reasons[0]);
}

static void a_snapshot_is_good_for_its_key_and_no_other(void **state)
{
    struct world *w = *state;
    struct store_snapshot s = made(w, "2025-06-30");
    struct snapshot_verdict verdict = verdict_on(w, &s, w->public);

    if (!verdict.good)
        fail_msg("%s", verdict.reasons[0]);
    assert_int_equal(verdict.number, 1);
    assert_string_equal(verdict.as_of, "2025-06-30");
    assert_true(verdict.rows >= 12);
    verdict = verdict_on(w, &s, w->other);
    assert_reason(&verdict, "signature");
}

static const json_t *figure(const json_t *statement, const char *rule)
{
    const json_t *figures = json_object_get(statement, "figures");
    const json_t *each = NULL;
    size_t i = 0;

    json_array_foreach(figures, i, each)
    {
        if (strcmp(json_string_value(json_object_get(each, "rule")), rule) == 0)
            return each;
    }
    fail_msg("no figure of %s", rule);
    return NULL;
}

static void it_states_the_figures_the_plan_and_the_heads(void **state)
{
    struct world *w = *state;
    struct store_snapshot s = made(w, "2025-06-30");
    json_t *statement = json_loadb(s.statement.bytes, s.statement.len, 0, NULL);
    const json_t *f = figure(statement, "R2-05a");
    const json_t *plan = json_object_get(statement, "plan");
    const json_t *audit = json_object_get(statement, "audit");

    assert_int_equal(json_integer_value(json_object_get(f, "numerator")), 9);
    assert_int_equal(json_integer_value(json_object_get(f, "denominator")), 11);
    assert_int_equal(json_integer_value(json_object_get(f, "exempt")), 1);
    assert_non_null(strstr(json_string_value(json_object_get(plan, "text")), "R2-05a"));
    assert_int_equal(json_integer_value(json_object_get(audit, "number")), 14);
    json_decref(statement);
}

static void a_later_correction_leaves_it_as_it_was(void **state)
{
    struct world *w = *state;
    struct store_snapshot first = made(w, "2025-06-30");
    struct store_snapshot again;
    json_t *statement = NULL;
    struct fault fault;

    fixture_vehicle(&w->register_, CHANGE_PATCH, NULL, "vehicle_id=BUS-10", "energy=BEV",
                    "effective=2024-01-01", NULL);
    again = made(w, "2025-06-30");
    assert_int_equal(store_snapshot_find(w->register_.db, first.number, w->arena, &first, &fault),
                     ERR_OK);
    assert_true(verdict_on(w, &first, w->public).good);
    statement = json_loadb(again.statement.bytes, again.statement.len, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(figure(statement, "R2-05a"), "numerator")),
                     10);
    json_decref(statement);
}

/* It began before the snapshot and was committed behind it. */
static void a_change_that_was_under_way_is_recorded_behind_what_was_known(void **state)
{
    struct world *w = *state;
    struct store_snapshot s;
    struct store_vehicles versions;

    clock_fake_advance(&w->register_.clock, 5000);
    s = made(w, "2025-06-30");
    clock_fake_advance(&w->register_.clock, -1000);
    fixture_vehicle(&w->register_, CHANGE_PATCH, NULL, "vehicle_id=BUS-10", "energy=BEV",
                    "effective=2024-01-01", NULL);
    assert_int_equal(store_vehicle_versions(w->register_.db, "BUS-10", w->arena, &versions, NULL),
                     ERR_OK);
    assert_true(versions.items[versions.count - 1].recorded_at > s.known_ms);
}

static void any_byte_changed_in_any_part_is_found(void **state)
{
    struct world *w = *state;
    const struct store_snapshot s = made(w, "2025-06-30");

    for (size_t at = 0; at < s.statement.len; at += 97) {
        struct store_snapshot t = s;
        uint8_t *bytes = arena_copy(w->arena, s.statement.bytes, s.statement.len);
        bytes[at] ^= 1;
        t.statement.bytes = bytes;
        assert_false(verdict_on(w, &t, w->public).good);
    }
    for (size_t at = 0; at < s.vehicles.len; at++) {
        struct store_snapshot t = s;
        uint8_t *bytes = arena_copy(w->arena, s.vehicles.bytes, s.vehicles.len);
        bytes[at] ^= 1;
        t.vehicles.bytes = bytes;
        assert_false(verdict_on(w, &t, w->public).good);
    }
}

/* Whoever has the key can sign anything; a figure that its vehicles do not make is still found. */
static void assert_seen_through(struct world *w, const char *rule, int numerator,
                                const char *reason)
{
    struct store_snapshot s = made(w, "2025-06-30");
    json_t *statement = json_loadb(s.statement.bytes, s.statement.len, 0, NULL);
    uint8_t signature[SIGN_BYTES];
    struct snapshot_verdict verdict;

    json_object_set_new((json_t *)figure(statement, rule), "numerator", json_integer(numerator));
    s.statement.bytes = canonical_text(w->arena, statement);
    s.statement.len = strlen(s.statement.bytes);
    sign_bytes(w->key, s.statement.bytes, s.statement.len, signature);
    s.signature.bytes = signature;
    verdict = verdict_on(w, &s, w->public);
    assert_int_equal(verdict.reason_count, 1);
    assert_reason(&verdict, reason);
    json_decref(statement);
}

static void a_figure_that_is_not_the_count_of_its_vehicles_is_found(void **state)
{
    assert_seen_through(*state, "R2-05a", 10,
                        "R2-05a: the numerator is stated as 10; what is listed makes it 9");
}

static void run_sql(struct world *w, const char *text)
{
    struct fault fault;

    if (sql_exec(w->register_.db, arena_text(w->arena, text), SQL_NO_VALUES, NULL, &fault) !=
        ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

/* Two trips, one of them missing the rule; a machine's time; an enterprise without a siding; a value. */
static void put_sources(struct world *w)
{
    static const char *const trips[] = {"1, 9", "6, 6"}; /* BEV, Stage V diesel */

    run_sql(w, "INSERT INTO site_version (site_id, valid_from, version, org_id, name, kind, "
               "polygon, lon_min, lat_min, lon_max, lat_max, recorded_at, author) VALUES "
               "('works', -25567, 1, 'org-1', 's', 1, '', 0, 0, 0, 0, 0, 't')");
    for (int i = 0; i < 2; i++) {
        run_sql(w,
                arena_format(w->arena,
                             "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, "
                             "plate, vehicle_id, energy, stage, cargo, tonnes, fleet, licence, "
                             "photo, matched, used_energy, used_stage, recorded_at, author) "
                             "VALUES ('works', %lld, 'g', 1, 'P%d', 'P%d', '', %s, '', 300, '', "
                             "'', '', '', %s, 0, 't')",
                             (long long)day_of("2025-05-01") * 86400000, i, i, trips[i], trips[i]));
        run_sql(w, arena_format(w->arena,
                                "INSERT INTO gate_day (site_id, day, direction, matched, energy, "
                                "stage, trips, loaded, tonnes) VALUES ('works', %d, 1, 0, %s, 1, "
                                "1, 300)",
                                day_of("2025-05-01"), trips[i]));
    }
    fixture_vehicle(&w->register_, CHANGE_PUT, NULL, "vehicle_id=M2", "category=NON_ROAD",
                    "energy=DIESEL", "stage=2", "owner_id=org-1", "area=419001", "built_up=0",
                    "added=2022-01-01", "unit=u-M2", NULL);
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO unit_hour_site (unit_id, hour, site_id, inside_ms, "
                            "operating_ms, engine_ms) VALUES ('u-M2', %d, 'works', 3600000, 90001, "
                            "0)",
                            day_of("2025-05-01") * 24));
    run_sql(w, "INSERT INTO org_version (org_id, valid_from, version, name, kind, industry, "
               "project_status, bulk_t_per_year, siding, pipeline, recorded_at, author) VALUES "
               "('park', -25567, 1, 'p', 2, 4, 2, 2000000, 1, 0, 0, 't')");
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO statistic_version (indicator, subject, from_day, "
                            "until_day, version, value, source, published, recorded_at, author) "
                            "VALUES (%d, '419001', %d, %d, 1, 7000, 'bulletin', 0, 0, 't')",
                            INDICATOR_CHARGE_POINTS, day_of("2025-01-01"), day_of("2025-07-01")));
}

static const char *unpacked(struct world *w, const struct store_bytes *bytes)
{
    struct unpack *unpack = unpack_create(bytes->bytes, bytes->len, NULL);
    char *text = arena_alloc(w->arena, 65536, 1);
    size_t len = 0, got = 0;

    while (unpack_source(unpack, text + len, 65535 - len, &got) == ERR_OK && got > 0)
        len += got;
    unpack_destroy(unpack);
    return text;
}

static void a_figure_that_is_not_the_count_of_its_trips_is_found(void **state)
{
    put_sources(*state);
    assert_seen_through(*state, "R2-07", 2,
                        "R2-07: the numerator is stated as 2; what is listed makes it 1");
}

static void what_stands_behind_every_figure_is_listed_and_counted(void **state)
{
    static const char *const rows[] = {
        "R2-07,trip,yes,P0,2025-05-01T00:00:00.000Z,1,1,",
        "R2-07,trip,no,P1,2025-05-01T00:00:00.000Z,0,1,",
        "R2-08,working_time,no,M2,2025-05-01,0,90001,",
        "R3-02,enterprise,no,park,,0,0,",
        "R2-01,value,,419001,2025-01-01/2025-06-30,7000,1,CHARGE_POINTS: bulletin",
    };
    struct world *w = *state;
    struct store_snapshot s;
    struct snapshot_verdict verdict;
    const char *text = NULL;

    put_sources(w);
    s = made(w, "2025-06-30");
    text = unpacked(w, &s.sources);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strstr(text, rows[i]) == NULL)
            fail_msg("%s is not in %s", rows[i], text);
    verdict = verdict_on(w, &s, w->public);
    if (!verdict.good)
        fail_msg("%s", verdict.reasons[0]);
    s.sources.len = 0; /* left out of the archive */
    verdict = verdict_on(w, &s, w->public);
    assert_reason(&verdict, "sources.csv.gz is not in the archive");
}

static void a_day_that_has_not_come_is_not_stated(void **state)
{
    struct world *w = *state;
    struct fault fault;
    int64_t number = 0;

    assert_int_equal(make(w, "2025-07-11", &number, &fault), ERR_INPUT);
    assert_int_equal(make(w, "2025-07-10", &number, &fault), ERR_OK);
}

static void making_one_is_entered_in_the_audit_log(void **state)
{
    struct world *w = *state;
    struct store_snapshot s = made(w, "2025-06-30");
    struct store_audit_search search = {.from_ms = INT64_MIN,
                                        .to_ms = INT64_MAX,
                                        .action = "snapshot.create",
                                        .before = INT64_MAX,
                                        .limit = 5};
    struct store_audit_entry *entries = NULL;
    char sha256[65];
    struct fault fault;
    size_t count = 0;

    canonical_digest(s.statement.bytes, s.statement.len, sha256);
    assert_int_equal(store_audit_find(w->register_.db, &search, w->arena, &entries, &count, &fault),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_string_equal(entries[0].subject, "snapshot 1");
    assert_non_null(strstr(entries[0].details, sha256));
}

#define ON_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_WORLD(a_snapshot_is_good_for_its_key_and_no_other),
        ON_WORLD(it_states_the_figures_the_plan_and_the_heads),
        ON_WORLD(a_later_correction_leaves_it_as_it_was),
        ON_WORLD(a_change_that_was_under_way_is_recorded_behind_what_was_known),
        ON_WORLD(any_byte_changed_in_any_part_is_found),
        ON_WORLD(a_figure_that_is_not_the_count_of_its_vehicles_is_found),
        ON_WORLD(a_figure_that_is_not_the_count_of_its_trips_is_found),
        ON_WORLD(what_stands_behind_every_figure_is_listed_and_counted),
        ON_WORLD(a_day_that_has_not_come_is_not_stated),
        ON_WORLD(making_one_is_entered_in_the_audit_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
