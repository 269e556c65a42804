#include "audit_fixture.h"

#include <pthread.h>

#include "registry/audit/looks.h"

#define THREADS 4
#define EACH    250

static void *add_many(void *arg)
{
    struct audit_looks *looks = arg;
    struct fault fault;

    for (int i = 0; i < EACH; i++) {
        struct audit_act act = act_numbered(i);
        if (looks_add(looks, &act, &fault) != ERR_OK)
            abort();
    }
    return NULL;
}

static void looks_of_many_threads_are_all_entered_by_the_end(void **state)
{
    struct log_world *w = *state;
    pthread_t threads[THREADS];
    struct audit_looks *looks = NULL;
    struct audit_verdict verdict;
    struct fault fault;

    must(looks_start(w->url, &looks, &fault), &fault);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, looks), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    looks_stop(looks);
    verdict = log_verify(w->db, NULL);
    assert_true(verdict.whole);
    assert_int_equal(verdict.entries, THREADS * EACH);
}

/* While somebody else holds the database, looks wait up to their bound; then none is given. */
static void looks_are_refused_when_too_many_wait(void **state)
{
    struct log_world *w = *state;
    struct audit_looks *looks = NULL;
    enum err err = ERR_OK;
    struct fault fault;
    int added = 0;

    must(looks_start(w->url, &looks, &fault), &fault);
    must(sql_begin(w->db, SQL_WRITE, &fault), &fault);
    while (err == ERR_OK && added < 3 * LOOKS_MAX) {
        struct audit_act act = act_numbered(added);
        err = looks_add(looks, &act, &fault);
        added += err == ERR_OK;
    }
    sql_rollback(w->db);
    assert_int_equal(err, ERR_FULL);
    looks_stop(looks);
    assert_int_equal(log_verify(w->db, NULL).entries, added);
}

#define ON_LOG(test) cmocka_unit_test_setup_teardown(test, log_open, log_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LOG(looks_of_many_threads_are_all_entered_by_the_end),
        ON_LOG(looks_are_refused_when_too_many_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
