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
static void a_figure_that_is_not_the_count_of_its_vehicles_is_found(void **state)
{
    struct world *w = *state;
    struct store_snapshot s = made(w, "2025-06-30");
    json_t *statement = json_loadb(s.statement.bytes, s.statement.len, 0, NULL);
    uint8_t signature[SIGN_BYTES];
    struct snapshot_verdict verdict;

    json_object_set_new((json_t *)figure(statement, "R2-05a"), "numerator", json_integer(10));
    s.statement.bytes = canonical_text(w->arena, statement);
    s.statement.len = strlen(s.statement.bytes);
    sign_bytes(w->key, s.statement.bytes, s.statement.len, signature);
    s.signature.bytes = signature;
    verdict = verdict_on(w, &s, w->public);
    assert_int_equal(verdict.reason_count, 1);
    assert_reason(&verdict, "R2-05a: the numerator is stated as 10; the vehicles listed make it 9");
    json_decref(statement);
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
        ON_WORLD(any_byte_changed_in_any_part_is_found),
        ON_WORLD(a_figure_that_is_not_the_count_of_its_vehicles_is_found),
        ON_WORLD(a_day_that_has_not_come_is_not_stated),
        ON_WORLD(making_one_is_entered_in_the_audit_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
