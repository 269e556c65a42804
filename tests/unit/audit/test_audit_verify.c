/* Whatever is done to the log behind the registry's back, verify names the first entry it hits. */
#include "audit_fixture.h"

static void fill(struct log_world *w, int count)
{
    for (int i = 0; i < count; i++)
        log_append(w->db, i);
}

static void an_empty_log_is_whole(void **state)
{
    struct log_world *w = *state;
    struct audit_verdict verdict = log_verify(w->db, NULL);

    assert_true(verdict.whole);
    assert_int_equal(verdict.entries, 0);
}

static void any_change_of_an_entry_is_found(void **state)
{
    struct log_world *w = *state;
    static const char *const changes[] = {
        "UPDATE audit_entry SET at_ms = at_ms + 1 WHERE number = 4",
        "UPDATE audit_entry SET who = 'nobody' WHERE number = 4",
        "UPDATE audit_entry SET role = 'viewer' WHERE number = 4",
        "UPDATE audit_entry SET action = 'vehicle.look' WHERE number = 4",
        "UPDATE audit_entry SET subject = '' WHERE number = 4",
        "UPDATE audit_entry SET details = '{}' WHERE number = 4",
        "UPDATE audit_entry SET hash = previous WHERE number = 4",
        "UPDATE audit_entry SET previous = hash WHERE number = 4",
    };
    struct fault fault;

    fill(w, 6);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct audit_verdict verdict;
        must(sql_begin(w->db, SQL_WRITE, &fault), &fault);
        log_tamper(w->db, "CREATE TABLE kept AS SELECT * FROM audit_entry WHERE number = 4");
        log_tamper(w->db, changes[i]);
        must(sql_commit(w->db, &fault), &fault);
        verdict = log_verify(w->db, NULL);
        if (verdict.whole || verdict.number != 4)
            fail_msg("%s: %s", changes[i], verdict.whole ? "not found" : verdict.reason);
        must(sql_begin(w->db, SQL_WRITE, &fault), &fault);
        log_tamper(w->db, "DELETE FROM audit_entry WHERE number = 4");
        log_tamper(w->db, "INSERT INTO audit_entry SELECT * FROM kept");
        log_tamper(w->db, "DROP TABLE kept");
        must(sql_commit(w->db, &fault), &fault);
    }
    assert_true(log_verify(w->db, NULL).whole);
}

static void an_entry_taken_out_is_found(void **state)
{
    struct log_world *w = *state;
    struct audit_verdict verdict;

    fill(w, 6);
    log_tamper(w->db, "DELETE FROM audit_entry WHERE number = 3");
    verdict = log_verify(w->db, NULL);
    assert_false(verdict.whole);
    assert_int_equal(verdict.number, 3);
}

static void an_entry_taken_out_and_the_rest_renumbered_is_found(void **state)
{
    struct log_world *w = *state;
    struct audit_verdict verdict;

    fill(w, 6);
    log_tamper(w->db, "DELETE FROM audit_entry WHERE number = 6");
    log_tamper(w->db, "UPDATE audit_entry SET number = 6 WHERE number = 5");
    verdict = log_verify(w->db, NULL);
    assert_false(verdict.whole);
    assert_int_equal(verdict.number, 5);
}

static void an_end_that_is_cut_off_is_found(void **state)
{
    struct log_world *w = *state;
    struct audit_verdict verdict;

    fill(w, 6);
    log_tamper(w->db, "DELETE FROM audit_entry WHERE number > 4");
    verdict = log_verify(w->db, NULL);
    assert_false(verdict.whole);
    assert_int_equal(verdict.number, 5);
}

/* With the head put back as well, only a head that was kept elsewhere tells. */
static void an_end_cut_off_with_its_head_is_found_by_a_head_kept_elsewhere(void **state)
{
    struct log_world *w = *state;
    struct audit_mark mark = {.source = "snapshot 1"};
    struct audit_verdict verdict;
    struct fault fault;

    fill(w, 6);
    must(store_audit_head_read(w->db, &mark.head, &fault), &fault);
    log_append(w->db, 6);
    assert_true(log_verify(w->db, &mark).whole);
    log_tamper(w->db, "DELETE FROM audit_entry WHERE number > 4");
    log_tamper(w->db, "UPDATE audit_head SET number = 4, hash = (SELECT hash FROM audit_entry "
                      "WHERE number = 4) WHERE chain = 1");
    assert_true(log_verify(w->db, NULL).whole);
    verdict = log_verify(w->db, &mark);
    assert_false(verdict.whole);
    assert_int_equal(verdict.number, 5);
    assert_non_null(strstr(verdict.reason, "snapshot 1"));
    fill(w, 4); /* other entries in their place */
    verdict = log_verify(w->db, &mark);
    assert_false(verdict.whole);
    assert_int_equal(verdict.number, 6);
}

#define ON_LOG(test) cmocka_unit_test_setup_teardown(test, log_open, log_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LOG(an_empty_log_is_whole),
        ON_LOG(any_change_of_an_entry_is_found),
        ON_LOG(an_entry_taken_out_is_found),
        ON_LOG(an_entry_taken_out_and_the_rest_renumbered_is_found),
        ON_LOG(an_end_that_is_cut_off_is_found),
        ON_LOG(an_end_cut_off_with_its_head_is_found_by_a_head_kept_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
