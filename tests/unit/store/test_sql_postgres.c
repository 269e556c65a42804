/* What only a server can do to us: refuse, belong to somebody else, go away. */
#include "tests/conformance/database.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

static const char COUNT[] = "SELECT COUNT(*) FROM thing";

static struct sql *db_of(void **state)
{
    return ((struct database *)*state)->db;
}

static void refused(const char *url, const char *why)
{
    struct sql *db = NULL;
    struct fault fault = {.code = ERR_OK};

    assert_int_not_equal(sql_open(url, &db, &fault), ERR_OK);
    if (strstr(fault.text, why) == NULL)
        fail_msg("%s: %s", url, fault.text);
    assert_null(strstr(fault.text, "geheim"));
    assert_null(strstr(fault.text, "heim"));
}

static void no_sentence_shows_a_password(void **state)
{
    (void)state;
    refused("postgresql://u:geheim@127.0.0.1:1/x", "does not answer");
    refused("postgresql://u:ge/heim@127.0.0.1:1/x", "cannot be read");
    refused("postgresql://u:ge@heim@127.0.0.1:1/x", "cannot be read");
    refused("postgresql://u:geheim@127.0.0.1:1/x?nonsense", "cannot be read");
    refused("postgresql://u:ge%heim@127.0.0.1:1/x", "cannot be read");
    refused("postgresq://u:geheim@127.0.0.1:1/x", "postgresql://");
    refused("u:geheim@127.0.0.1", "postgresql://");
}

static const char *server_url(void)
{
    const char *url = getenv("EVROLL_TEST_POSTGRES_URL"); /* NOLINT(concurrency-mt-unsafe) */

    return url != NULL ? url : "";
}

/* A database that is made, looked at and dropped. */
static void with_database(const char *create, const char *first, const char *why)
{
    char text[128], url[512];
    const char *server = server_url();
    const char *rest = strstr(server, "/postgres?");
    PGconn *conn = NULL;

    if (rest == NULL)
        fail_msg("the server's address names no database postgres");
    snprintf(text, sizeof text, "CREATE DATABASE evroll_refused_%ld %s", (long)getpid(), create);
    scratch_server(text);
    snprintf(url, sizeof url, "%.*s/evroll_refused_%ld%s", (int)(rest - server), server,
             (long)getpid(), rest + strlen("/postgres"));
    conn = PQconnectdb(url);
    PQclear(PQexec(conn, first));
    PQfinish(conn);
    refused(url, why);
    snprintf(text, sizeof text, "DROP DATABASE evroll_refused_%ld WITH (FORCE)", (long)getpid());
    scratch_server(text);
}

static void a_database_that_we_cannot_use_is_refused_in_one_sentence(void **state)
{
    char text[128];
    (void)state;

    if (scratch_distributed()) /* a cluster's database is given; a server of its own is tested elsewhere */
        skip();
    with_database("", "CREATE TABLE cats (name TEXT)", "belongs to another program");
    with_database("TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'", "SELECT 1", "encoding");
    with_database("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'", "SELECT 1",
                  "collation");
    snprintf(text, sizeof text,
             "ALTER DATABASE evroll_refused_%ld SET default_transaction_read_only = on",
             (long)getpid());
    with_database("", text, "read-only");
    refused("postgresql:///nowhere?host=/nonexistent", "does not answer");
}

/* ---- a server of another version ---- */

/* What a server says to who may come in (PostgreSQL 15, 55.7): nothing to prove, its version, ready. */
static const char OLD_SERVER[] = "R\0\0\0\10\0\0\0\0"
                                 "S\0\0\0\30server_version\0"
                                 "14.9\0"
                                 "Z\0\0\0\5I";

static void *play_old_server(void *arg)
{
    int listener = *(const int *)arg;
    int line = accept(listener, NULL, NULL);
    char startup[1024];

    assert_true(line >= 0);
    assert_true(read(line, startup, sizeof startup) > 0);
    assert_int_equal(write(line, OLD_SERVER, sizeof OLD_SERVER - 1), sizeof OLD_SERVER - 1);
    while (read(line, startup, sizeof startup) > 0)
        continue;
    close(line);
    return NULL;
}

static void an_older_server_is_refused_with_its_version(void **state)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t server;
    char url[128];

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&place, sizeof place), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &len), 0);
    assert_int_equal(pthread_create(&server, NULL, play_old_server, &listener), 0);
    snprintf(url, sizeof url, "postgresql://u@127.0.0.1:%d/x?sslmode=disable&gssencmode=disable",
             ntohs(place.sin_port));
    refused(url, "the server is PostgreSQL 14; evroll needs 15 or later");
    pthread_join(server, NULL);
    close(listener);
}

/* ---- connections that end ---- */

/* Ends the session of `db` from the server's side. */
static void cut(struct sql *db)
{
    char text[128];
    int64_t pid = database_number(db, "SELECT pg_backend_pid()");
    PGconn *conn = PQconnectdb(server_url());
    PGresult *result = NULL;

    snprintf(text, sizeof text, "SELECT pg_terminate_backend(%lld, 5000)", (long long)pid);
    result = PQexec(conn, text);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    PQclear(result);
    PQfinish(conn);
}

static int with_table(void **state)
{
    if (database_setup(state) != 0)
        return -1;
    database_exec(db_of(state), "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY)");
    return 0;
}

static void a_connection_lost_while_nobody_asks_is_made_anew_unnoticed(void **state)
{
    struct sql *db = db_of(state);

    cut(db);
    assert_int_equal(database_number(db, COUNT), 0);
    cut(db);
    database_exec(db, "INSERT INTO thing (id) VALUES (1)");
    cut(db);
    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    sql_rollback(db);
    assert_int_equal(database_number(db, COUNT), 1);
}

static void a_connection_lost_in_a_transaction_leaves_nothing(void **state)
{
    struct sql *db = db_of(state);

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    database_exec(db, "INSERT INTO thing (id) VALUES (1)");
    cut(db);
    assert_int_equal(sql_exec(db, "INSERT INTO thing (id) VALUES (2)", SQL_NO_VALUES, NULL, NULL),
                     ERR_PEER);
    assert_int_equal(sql_commit(db, NULL), ERR_PEER);
    assert_int_equal(database_number(db, COUNT), 0);
}

static void a_connection_lost_under_a_commit_leaves_it_open(void **state)
{
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};

    for (int sent = 0; sent < 2; sent++) {
        assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
        cut(db);
        if (sent > 0)
            assert_int_equal(sql_send(db, "INSERT INTO thing (id) VALUES (3)", SQL_NO_VALUES, NULL),
                             ERR_PEER);
        assert_int_equal(sql_commit(db, &fault), sent > 0 ? ERR_PEER : ERR_UNKNOWN_OUTCOME);
        assert_int_equal(database_number(db, COUNT), 0);
    }
}

static void sums_come_back_whole(void **state)
{
    static const char *const sums[][2] = {
        {"SELECT SUM(x) FROM (VALUES (CAST(9223372036854775806 AS BIGINT)), (1)) AS v(x)",
         "9223372036854775807"},
        {"SELECT SUM(x) FROM (VALUES (CAST(-10000 AS BIGINT)), (0)) AS v(x)", "-10000"},
        {"SELECT SUM(x) FROM (VALUES (CAST(100000000 AS BIGINT)), (1)) AS v(x)", "100000001"},
        {"SELECT SUM(x) FROM (VALUES (CAST(0 AS BIGINT)), (0)) AS v(x)", "0"},
    };
    char text[32];

    for (size_t i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "%lld", (long long)database_number(db_of(state), sums[i][0]));
        assert_string_equal(text, sums[i][1]);
    }
}

static void a_statement_whose_first_value_was_null_takes_the_others(void **state)
{
    static const char TEXT[] = "SELECT COUNT(*) FROM thing WHERE id = $1";
    struct sql *db = db_of(state);
    const struct sql_value values[] = {sql_null(), sql_int(1), sql_null()};

    database_exec(db, "INSERT INTO thing (id) VALUES (1)");
    for (size_t i = 0; i < 3; i++) {
        struct sql_rows *rows = sql_query(db, TEXT, &values[i], 1);
        assert_true(sql_next(rows));
        assert_int_equal(sql_column_int(rows, 0), i == 1);
        assert_int_equal(sql_done(rows, NULL), ERR_OK);
    }
}

static void an_error_behind_the_last_row_that_was_read_is_not_lost(void **state)
{
    static const char TEXT[] = "SELECT 1000 / (2000 - x) FROM generate_series(1, 2000) AS x";
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};
    struct sql_rows *rows = NULL;

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    database_exec(db, "INSERT INTO thing (id) VALUES (1)");
    rows = sql_query(db, TEXT, SQL_NO_VALUES);
    assert_true(sql_next(rows));
    assert_int_not_equal(sql_done(rows, &fault), ERR_OK);
    assert_non_null(strstr(fault.text, "division by zero"));
    assert_int_not_equal(sql_commit(db, NULL), ERR_OK);
    assert_int_equal(database_number(db, COUNT), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, with_table, database_teardown)

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        TEST(no_sentence_shows_a_password),
        TEST(a_database_that_we_cannot_use_is_refused_in_one_sentence),
        TEST(an_older_server_is_refused_with_its_version),
        TEST(a_connection_lost_while_nobody_asks_is_made_anew_unnoticed),
        TEST(a_connection_lost_in_a_transaction_leaves_nothing),
        TEST(a_connection_lost_under_a_commit_leaves_it_open),
        TEST(sums_come_back_whole),
        TEST(an_error_behind_the_last_row_that_was_read_is_not_lost),
        TEST(a_statement_whose_first_value_was_null_takes_the_others),
    };

    if (scratch_postgres() == NULL) {
        printf("SKIPPED: EVROLL_TEST_POSTGRES_URL names no server\n");
        return 77;
    }
    return DATABASE_RUN(tests, argc, argv);
}
