#include "audit_fixture.h"

#include <pthread.h>
#include <sys/wait.h>

#include "registry/audit/canonical.h"

static void canonical_json_has_one_spelling(void **state)
{
    struct arena *arena = arena_create();
    json_t *json = json_pack("{s:i, s:[i,s], s:{s:b, s:n}}", "b", -7, "a", 1,
                             "\"\\\x1f\x7f/\xE6\xB5\x8E", "C", "y", 1, "x");

    (void)state;
    assert_string_equal(
        canonical_text(arena, json),
        "{\"C\":{\"x\":null,\"y\":true},\"a\":[1,\"\\\"\\\\\\u001f\x7f/\xE6\xB5\x8E\"],"
        "\"b\":-7}");
    json_decref(json);
    arena_destroy(arena);
}

/* Computed with python3: hashlib.sha256 over the text in audit.h. */
static void an_entrys_hash_is_that_of_the_documented_text(void **state)
{
    const struct store_audit_entry entry = {
        .number = 1,
        .at_ms = 1767225600000,
        .who = "clerk",
        .role = "officer",
        .action = "vehicle.change",
        .subject = "\xE8\xB1\xABU1",
        .details = "{\"a\":1}",
        .previous = "0000000000000000000000000000000000000000000000000000000000000000"};
    char hash[STORE_AUDIT_HASH];

    (void)state;
    audit_hash(&entry, hash);
    assert_string_equal(hash, "7dfa0bfafbe19869b37b99bd1ff22f1a5059a6c006cd143dd64e90c5a4cfb4e1");
}

static void entries_are_chained_and_the_head_is_the_last(void **state)
{
    struct log_world *w = *state;
    struct arena *arena = arena_create();
    struct store_audit_entry *entries = NULL;
    struct store_audit_head head;
    struct fault fault;
    size_t count = 0;

    for (int i = 0; i < 7; i++)
        log_append(w->db, i);
    must(store_audit_walk(w->db, 0, 100, arena, &entries, &count, &fault), &fault);
    must(store_audit_head_read(w->db, &head, &fault), &fault);
    assert_int_equal(count, 7);
    for (size_t i = 1; i < count; i++)
        assert_string_equal(entries[i].previous, entries[i - 1].hash);
    assert_int_equal(head.number, 7);
    assert_string_equal(head.hash, entries[6].hash);
    assert_string_equal(entries[2].details, "{\"a\":\"\\u0001/\",\"z\":2}");
    arena_destroy(arena);
}

static void what_is_rolled_back_leaves_no_entry(void **state)
{
    struct log_world *w = *state;
    struct audit_act act = act_numbered(1);
    struct fault fault;

    log_append(w->db, 0);
    must(sql_begin(w->db, SQL_WRITE, &fault), &fault);
    must(audit_append(w->db, &act, &fault), &fault);
    sql_rollback(w->db);
    log_append(w->db, 2);
    assert_true(log_verify(w->db, NULL).whole);
    assert_int_equal(log_verify(w->db, NULL).entries, 2);
}

static void long_and_broken_texts_are_kept_as_text_of_a_bounded_length(void **state)
{
    struct log_world *w = *state;
    struct arena *arena = arena_create();
    struct store_audit_entry *entries = NULL;
    struct audit_act act = act_numbered(1);
    char subject[2000];
    struct fault fault;
    size_t count = 0;

    memset(subject, 'x', sizeof subject - 1);
    subject[sizeof subject - 1] = '\0';
    act.subject = subject;
    act.who = "half \xE6\xB5";
    must(sql_begin(w->db, SQL_WRITE, &fault), &fault);
    must(audit_append(w->db, &act, &fault), &fault);
    must(sql_commit(w->db, &fault), &fault);
    must(store_audit_walk(w->db, 0, 100, arena, &entries, &count, &fault), &fault);
    assert_int_equal(strlen(entries[0].subject), AUDIT_TEXT_MAX);
    assert_string_equal(entries[0].who, "half ");
    assert_true(log_verify(w->db, NULL).whole);
    arena_destroy(arena);
}

static void a_search_gives_the_newest_first_and_narrows(void **state)
{
    struct log_world *w = *state;
    struct arena *arena = arena_create();
    struct store_audit_search search = {
        .from_ms = 1767225600002, .to_ms = 1767225600008, .before = INT64_MAX, .limit = 100};
    struct store_audit_entry *entries = NULL;
    struct fault fault;
    size_t count = 0;

    for (int i = 0; i < 10; i++)
        log_append(w->db, i);
    must(store_audit_find(w->db, &search, arena, &entries, &count, &fault), &fault);
    assert_int_equal(count, 6);
    assert_int_equal(entries[0].number, 8);
    search.who = "clerk";
    must(store_audit_find(w->db, &search, arena, &entries, &count, &fault), &fault);
    assert_int_equal(count, 3);
    search.action = "vehicle.";
    must(store_audit_find(w->db, &search, arena, &entries, &count, &fault), &fault);
    assert_int_equal(count, 1);
    search.subject = "BUS-1";
    must(store_audit_find(w->db, &search, arena, &entries, &count, &fault), &fault);
    assert_int_equal(count, 1);
    assert_int_equal(entries[0].number, 7);
    arena_destroy(arena);
}

#define WRITERS 4
#define EACH    40

/* A process with two threads, each with a connection of its own. */
static void *write_many(void *arg)
{
    struct log_world *w = arg;
    struct sql *db = NULL;
    struct fault fault;

    if (sql_open(w->url, &db, &fault) != ERR_OK)
        abort();
    for (int i = 0; i < EACH; i++) {
        struct audit_act act = act_numbered(i);
        enum err err = ERR_BUSY;
        while (err == ERR_BUSY) {
            err = sql_begin(db, SQL_WRITE, &fault);
            act.details = NULL;
            if (err == ERR_OK)
                err = audit_append(db, &act, &fault);
            if (err == ERR_OK)
                err = sql_commit(db, &fault);
            if (err != ERR_OK)
                sql_rollback(db);
        }
        if (err != ERR_OK)
            abort();
        json_decref(act.details);
    }
    sql_close(db);
    return NULL;
}

static void run_writer_process(struct log_world *w)
{
    pthread_t threads[2];

    for (size_t i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, write_many, w) != 0)
            _exit(1);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

static void writers_in_several_processes_make_one_chain(void **state)
{
    struct log_world *w = *state;
    pid_t writers[WRITERS / 2];

    for (size_t i = 0; i < WRITERS / 2; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0)
            run_writer_process(w);
    }
    for (size_t i = 0; i < WRITERS / 2; i++) {
        int status = 1;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
    assert_true(log_verify(w->db, NULL).whole);
    assert_int_equal(log_verify(w->db, NULL).entries, WRITERS * EACH);
}

#define ON_LOG(test) cmocka_unit_test_setup_teardown(test, log_open, log_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_json_has_one_spelling),
        cmocka_unit_test(an_entrys_hash_is_that_of_the_documented_text),
        ON_LOG(entries_are_chained_and_the_head_is_the_last),
        ON_LOG(what_is_rolled_back_leaves_no_entry),
        ON_LOG(long_and_broken_texts_are_kept_as_text_of_a_bounded_length),
        ON_LOG(a_search_gives_the_newest_first_and_narrows),
        ON_LOG(writers_in_several_processes_make_one_chain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
