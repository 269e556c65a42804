/* What changes the register is in the log, once, and what is refused is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "registry/audit/audit_verify.h"
#include "registry/vehicles/import.h"
#include "tests/unit/vehicles/register_fixture.h"

static int open_register(void **state)
{
    struct register_fixture *f = calloc(1, sizeof *f);

    fixture_open(f, "2025-06-30");
    *state = f;
    return 0;
}

static int close_register(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static struct store_audit_entry *entries_of(struct register_fixture *f, struct arena *arena,
                                            size_t *count)
{
    const struct audit_verify_options options = {0};
    struct audit_verdict verdict;
    struct store_audit_entry *entries = NULL;
    struct fault fault;

    assert_int_equal(store_audit_walk(f->db, 0, 100, arena, &entries, count, &fault), ERR_OK);
    assert_int_equal(audit_verify(f->db, &options, &verdict, &fault), ERR_OK);
    assert_true(verdict.whole);
    return entries;
}

static void changes_are_entered_and_what_changes_nothing_is_not(void **state)
{
    struct register_fixture *f = *state;
    struct arena *arena = arena_create();
    struct store_audit_entry *e = NULL;
    struct remarks remarks = {0};
    size_t count = 0;

    fixture_org(f, "org-1", OWNER_SOE, NULL);
    fixture_org(f, "org-1", OWNER_SOE, NULL);
    fixture_vehicle(f, CHANGE_PUT, NULL, "vehicle_id=B1", "category=BUS", "energy=BEV", "stage=D",
                    "owner_id=org-1", "area=419001", "built_up=1", "added=2024-01-01", NULL);
    fixture_vehicle(f, CHANGE_PATCH, NULL, "vehicle_id=B1", "energy=DIESEL", "effective=2025-01-01",
                    NULL);
    fixture_vehicle(f, CHANGE_PATCH, &remarks, "vehicle_id=B2", "energy=BEV", NULL);
    fixture_exemption(f, "B1", EXEMPT_EMERGENCY, "2025-01-01", "2025-12-31");
    e = entries_of(f, arena, &count);
    assert_true(remarks.refused);
    assert_int_equal(count, 4);
    assert_string_equal(e[0].action, "org.change");
    assert_string_equal(e[1].action, "vehicle.change");
    assert_string_equal(e[2].subject, "B1");
    assert_string_equal(e[2].who, "tester");
    assert_string_equal(e[2].role, "command");
    assert_non_null(strstr(e[2].details, "\"energy\":\"DIESEL\""));
    assert_non_null(strstr(e[2].details, "\"from\":\"2025-01-01\""));
    assert_string_equal(e[3].action, "exemption.change");
    arena_destroy(arena);
}

static void import_text(struct register_fixture *f, const char *text)
{
    struct csv_text source = {.bytes = text, .len = strlen(text)};
    struct import_counts counts;
    struct fault fault;
    const struct import_options options = {.db = f->db,
                                           .clock = &f->clock.clock,
                                           .author = "clerk",
                                           .role = "officer",
                                           .file = "orgs.csv",
                                           .kind = &import_orgs,
                                           .source = csv_from_text,
                                           .source_arg = &source};

    assert_int_equal(import_run(&options, &counts, &fault), ERR_OK);
}

static void an_import_is_one_entry_with_its_counts_and_the_files_digest(void **state)
{
    struct register_fixture *f = *state;
    struct arena *arena = arena_create();
    struct store_audit_entry *e = NULL;
    size_t count = 0;

    import_text(f, "org_id,name,kind\no1,One,SOE\no2,Two,NOBODY\n");
    e = entries_of(f, arena, &count);
    assert_int_equal(count, 1);
    assert_string_equal(e[0].action, "register.import");
    assert_string_equal(e[0].subject, "orgs.csv");
    assert_string_equal(e[0].role, "officer");
    assert_string_equal(
        e[0].details,
        "{\"changed\":0,\"created\":1,\"kind\":\"orgs\",\"rejected\":1,\"rows\":2,"
        "\"sha256\":\"527772b7d01d56159949bb9e940d6cf1ae0474859178739aff89ff072f8ddbb7\","
        "\"unchanged\":0}");
    arena_destroy(arena);
}

/* 5,000 rows are a transaction: each says how far the import has come, the last what it was. */
static void the_transactions_of_a_long_import_are_its_parts(void **state)
{
    struct register_fixture *f = *state;
    struct arena *arena = arena_create();
    struct store_audit_entry *e = NULL;
    size_t size = 200000, len = 0, count = 0;
    char *text = arena_alloc(arena, size, 1);

    len = (size_t)snprintf(text, size, "org_id,name,kind\n");
    for (int i = 0; i < 5000; i++)
        len += (size_t)snprintf(text + len, size - len, "o%d,Org %d,SOE\n", i, i);
    import_text(f, text);
    e = entries_of(f, arena, &count);
    assert_int_equal(count, 2);
    assert_string_equal(e[0].action, "register.import-part");
    assert_non_null(strstr(e[0].details, "\"created\":5000"));
    assert_string_equal(e[1].action, "register.import");
    assert_non_null(strstr(e[1].details, "\"created\":5000"));
    arena_destroy(arena);
}

#define ON_REGISTER(test) cmocka_unit_test_setup_teardown(test, open_register, close_register)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_REGISTER(changes_are_entered_and_what_changes_nothing_is_not),
        ON_REGISTER(an_import_is_one_entry_with_its_counts_and_the_files_digest),
        ON_REGISTER(the_transactions_of_a_long_import_are_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
