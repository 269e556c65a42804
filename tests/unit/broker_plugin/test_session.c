#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/broker_plugin/session.h"

static struct tls_identity named(const char *name)
{
    struct tls_identity id = {.serial_len = 1};

    snprintf(id.name, sizeof id.name, "%s", name);
    return id;
}

static void the_old_client_of_a_unit_leaves_after_the_new_one_came(void **state)
{
    struct session_table table = {0};
    struct tls_identity id = named("bus-1");
    int older = 0, newer = 0;

    (void)state;
    session_put(&table, &older, &id);
    session_put(&table, &newer, &id);
    assert_int_equal(table.count, 2);
    session_remove(&table, &older);
    assert_int_equal(table.count, 1);
    assert_ptr_equal(table.sessions[0].client, &newer);
    session_clear(&table);
}

static void putting_a_client_again_changes_its_identity(void **state)
{
    struct session_table table = {0};
    struct tls_identity first = named("bus-1"), second = named("bus-2");
    int client = 0;

    (void)state;
    session_put(&table, &client, &first);
    session_put(&table, &client, &second);
    assert_int_equal(table.count, 1);
    assert_string_equal(table.sessions[0].identity.name, "bus-2");
    session_clear(&table);
}

static void removing_a_stranger_changes_nothing(void **state)
{
    struct session_table table = {0};
    struct tls_identity id = named("bus-1");
    char clients[200] = {0};

    (void)state;
    session_remove(&table, clients);
    for (size_t i = 0; i < sizeof clients; i++)
        session_put(&table, &clients[i], &id);
    session_remove(&table, &id);
    assert_int_equal(table.count, sizeof clients);
    for (size_t i = 0; i < sizeof clients; i += 2)
        session_remove(&table, &clients[i]);
    assert_int_equal(table.count, sizeof clients / 2);
    for (size_t i = 0; i < table.count; i++)
        assert_int_equal(((const char *)table.sessions[i].client - clients) % 2, 1);
    session_clear(&table);
}

static void nobody_is_revoked_by_no_list(void **state)
{
    struct session_table table = {0};
    struct tls_identity id = named("bus-1");
    struct bar bar = {.revoked = tls_revoked_create("/nowhere/crl.pem", "/nowhere/ca.pem"),
                      .roster = roster_create("/nowhere/directory")};

    (void)state;
    session_put(&table, &id, &id);
    assert_null(session_find_barred(&table, &bar));
    bar_clear(&bar);
    session_clear(&table);
}

static void without_a_roster_nobody_is_registered(void **state)
{
    struct session_table table = {0};
    struct tls_identity id = named("bus-1");
    struct bar bar = {.roster = roster_create("/nowhere/directory"),
                      .admit = ROSTER_ADMIT_REGISTERED};

    (void)state;
    session_put(&table, &id, &id);
    assert_non_null(session_find_barred(&table, &bar));
    bar_clear(&bar);
    session_clear(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_client_of_a_unit_leaves_after_the_new_one_came),
        cmocka_unit_test(putting_a_client_again_changes_its_identity),
        cmocka_unit_test(removing_a_stranger_changes_nothing),
        cmocka_unit_test(nobody_is_revoked_by_no_list),
        cmocka_unit_test(without_a_roster_nobody_is_registered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
