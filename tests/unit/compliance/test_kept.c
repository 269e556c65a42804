/* Answers that are kept: what makes one be computed again, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "registry/compliance/kept.h"
#include "tests/unit/vehicles/register_fixture.h"

struct world {
    struct register_fixture fixture;
    struct kept *kept;
    int computed;
    bool fails;
    size_t padding; /* bytes that the answer is longer */
};

static enum err compute(void *arg, json_t **answer, struct fault *fault)
{
    struct world *w = arg;

    w->computed++;
    if (w->fails)
        return fault_set(fault, ERR_IO, "no luck");
    char *padding = calloc(1, w->padding + 1);
    memset(padding, 'x', w->padding);
    *answer = json_pack("{s:i, s:s}", "number", w->computed, "padding", padding);
    free(padding);
    return ERR_OK;
}

static int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    fixture_open(&w->fixture, "2025-12-31");
    w->kept = kept_create(&w->fixture.clock.clock);
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;

    kept_destroy(w->kept);
    fixture_close(&w->fixture);
    free(w);
    return 0;
}

/* The number of the computation that the answer is from. */
static int ask(struct world *w, const char *text)
{
    struct kept_answer *answer = NULL;
    struct fault fault;
    json_t *json = NULL;
    int number = 0;

    assert_int_equal(kept_take(w->kept, w->fixture.db, &(struct kept_question){text, compute, w},
                               &answer, &fault),
                     ERR_OK);
    json = json_loads(kept_text(answer), 0, NULL);
    number = (int)json_integer_value(json_object_get(json, "number"));
    assert_non_null(json_object_get(json, "computed_at"));
    json_decref(json);
    kept_give_back(w->kept, answer);
    return number;
}

static void the_same_question_is_answered_from_memory_and_another_is_not(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, "a"), 1);
    assert_int_equal(ask(w, "a"), 1);
    assert_int_equal(ask(w, "b"), 2);
    assert_int_equal(ask(w, "a"), 1);
}

static void what_a_person_changes_shows_in_the_next_answer(void **state)
{
    struct world *w = *state;
    struct fault fault;

    assert_int_equal(ask(w, "a"), 1);
    fixture_org(&w->fixture, "org-1", OWNER_SOE, "2000-01-01");
    assert_int_equal(ask(w, "a"), 2);
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=BUS-1", "category=BUS", "energy=BEV",
                    "stage=X", "owner_id=org-1", "area=419001", "built_up=1", "added=2024-01-01",
                    NULL);
    assert_int_equal(ask(w, "a"), 3);
    /* Whatever else: every registrar's transaction is one of these (tests/layers.py). */
    assert_int_equal(registrar_begin(w->fixture.registrar, &fault), ERR_OK);
    assert_int_equal(ask(w, "a"), 4); /* on this connection it can be seen already */
    registrar_rollback(w->fixture.registrar);
}

static void a_snapshot_shows_in_the_next_answer(void **state)
{
    struct world *w = *state;
    struct fault fault;

    assert_int_equal(ask(w, "a"), 1);
    assert_int_equal(
        sql_exec(w->fixture.db,
                 "INSERT INTO snapshot (number, plan, as_of, known_ms, created_ms, author, note, "
                 "statement, signature, vehicles) "
                 "VALUES (1, 'p', 20000, 1, 1, 'a', '', '', '', '')",
                 SQL_NO_VALUES, NULL, &fault),
        ERR_OK);
    assert_int_equal(ask(w, "a"), 2);
    assert_int_equal(ask(w, "a"), 2);
}

static void what_no_person_did_shows_after_the_age_that_answers_may_have(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, "a"), 1);
    clock_fake_advance(&w->fixture.clock, KEPT_AGE_MS - 1);
    assert_int_equal(ask(w, "a"), 1);
    clock_fake_advance(&w->fixture.clock, 1);
    assert_int_equal(ask(w, "a"), 2);
}

static void a_failure_is_not_kept(void **state)
{
    struct world *w = *state;
    struct kept_answer *answer = NULL;
    struct fault fault;

    w->fails = true;
    assert_int_equal(kept_take(w->kept, w->fixture.db, &(struct kept_question){"a", compute, w},
                               &answer, &fault),
                     ERR_IO);
    assert_string_equal(fault.text, "no luck");
    w->fails = false;
    assert_int_equal(ask(w, "a"), 2);
    assert_int_equal(ask(w, "a"), 2);
}

static void the_answer_that_was_not_asked_for_longest_goes(void **state)
{
    struct world *w = *state;
    char text[16];

    for (int i = 0; i < KEPT_MAX; i++) {
        snprintf(text, sizeof text, "%d", i);
        ask(w, text);
    }
    assert_int_equal(ask(w, "0"), 1);
    assert_int_equal(ask(w, "one more"), KEPT_MAX + 1);
    assert_int_equal(ask(w, "0"), 1);
    assert_int_equal(ask(w, "1"), KEPT_MAX + 2);
}

static void an_answer_that_is_too_large_is_given_and_not_kept(void **state)
{
    struct world *w = *state;

    w->padding = KEPT_LARGEST;
    assert_int_equal(ask(w, "a"), 1);
    assert_int_equal(ask(w, "a"), 2);
}

/* ---- two at once ---- */

struct pair {
    struct world *world;
    struct register_fixture other; /* the second one's connection */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t told;
    int computing;
};

static enum err compute_slowly(void *arg, json_t **answer, struct fault *fault);

static void *ask_too(void *arg)
{
    struct pair *p = arg;
    struct kept_answer *answer = NULL;
    struct fault fault;

    assert_int_equal(kept_take(p->world->kept, p->other.db,
                               &(struct kept_question){"a", compute_slowly, p}, &answer, &fault),
                     ERR_OK);
    kept_give_back(p->world->kept, answer);
    return NULL;
}

/* The first one begins the second, and gives it some time to compute too, which it must not. */
static enum err compute_slowly(void *arg, json_t **answer, struct fault *fault)
{
    struct pair *p = arg;
    struct timespec until;
    bool first = false;
    int timed = 0;

    (void)fault;
    pthread_mutex_lock(&p->lock);
    first = ++p->computing == 1;
    pthread_cond_broadcast(&p->told);
    if (first)
        assert_int_equal(pthread_create(&p->thread, NULL, ask_too, p), 0);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 200000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (first && p->computing == 1 && timed == 0)
        timed = pthread_cond_timedwait(&p->told, &p->lock, &until);
    pthread_mutex_unlock(&p->lock);
    *answer = json_object();
    return ERR_OK;
}

static void of_two_who_ask_at_once_one_computes(void **state)
{
    struct pair p = {
        .world = *state, .lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
    struct kept_answer *answer = NULL;
    struct fault fault;

    fixture_open(&p.other, "2025-12-31");
    assert_int_equal(kept_take(p.world->kept, p.world->fixture.db,
                               &(struct kept_question){"a", compute_slowly, &p}, &answer, &fault),
                     ERR_OK);
    kept_give_back(p.world->kept, answer);
    pthread_join(p.thread, NULL);
    assert_int_equal(p.computing, 1);
    fixture_close(&p.other);
}

/* ---- one who waits for another ---- */

struct wait {
    struct world *world;
    struct register_fixture other;
    pthread_t thread;
    enum err first; /* what the first one's computation ends with */
    int computed;
};

static enum err compute_after_the_other_came(void *arg, json_t **answer, struct fault *fault);

static void *wait_for_it(void *arg)
{
    struct wait *w = arg;
    struct kept_answer *answer = NULL;
    struct fault fault;

    assert_int_equal(kept_take(w->world->kept, w->other.db,
                               &(struct kept_question){"a", compute_after_the_other_came, w},
                               &answer, &fault),
                     ERR_OK);
    kept_give_back(w->world->kept, answer);
    return NULL;
}

/* The first one takes as long as an answer may be old, and then longer; the second one is given some
 * time to come and wait. */
static enum err compute_after_the_other_came(void *arg, json_t **answer, struct fault *fault)
{
    const struct timespec pause = {.tv_nsec = 200000000};
    struct wait *w = arg;

    if (++w->computed == 1) {
        assert_int_equal(pthread_create(&w->thread, NULL, wait_for_it, w), 0);
        nanosleep(&pause, NULL);
        clock_fake_advance(&w->world->fixture.clock, KEPT_AGE_MS);
        if (w->first != ERR_OK)
            return fault_set(fault, w->first, "no luck");
    }
    *answer = json_object();
    return ERR_OK;
}

static int computed_by_two(struct world *world, enum err first)
{
    struct wait w = {.world = world, .first = first};
    struct kept_answer *answer = NULL;
    struct fault fault;

    fixture_open(&w.other, "2025-12-31");
    assert_int_equal(kept_take(world->kept, world->fixture.db,
                               &(struct kept_question){"a", compute_after_the_other_came, &w},
                               &answer, &fault),
                     first);
    if (first == ERR_OK)
        kept_give_back(world->kept, answer);
    pthread_join(w.thread, NULL);
    fixture_close(&w.other);
    return w.computed;
}

static void who_waited_for_an_answer_takes_it_however_long_it_took(void **state)
{
    assert_int_equal(computed_by_two(*state, ERR_OK), 1);
    assert_int_equal(ask(*state, "a"), 1); /* for others it is too old */
}

static void who_waited_for_a_failure_computes(void **state)
{
    assert_int_equal(computed_by_two(*state, ERR_IO), 2);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(the_same_question_is_answered_from_memory_and_another_is_not),
        WITH_WORLD(what_a_person_changes_shows_in_the_next_answer),
        WITH_WORLD(a_snapshot_shows_in_the_next_answer),
        WITH_WORLD(what_no_person_did_shows_after_the_age_that_answers_may_have),
        WITH_WORLD(a_failure_is_not_kept),
        WITH_WORLD(the_answer_that_was_not_asked_for_longest_goes),
        WITH_WORLD(an_answer_that_is_too_large_is_given_and_not_kept),
        WITH_WORLD(of_two_who_ask_at_once_one_computes),
        WITH_WORLD(who_waited_for_an_answer_takes_it_however_long_it_took),
        WITH_WORLD(who_waited_for_a_failure_computes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
