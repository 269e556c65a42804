/* What only a file can do to us: belong to somebody else, be damaged, read-only or full. */
#include "registry/store/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char dir[64];
    char path[96];
    char url[128];
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    if (place == NULL)
        return -1;
    snprintf(place->dir, sizeof place->dir, "/tmp/evroll-sqlite-XXXXXX");
    if (mkdtemp(place->dir) == NULL)
        return -1;
    snprintf(place->path, sizeof place->path, "%s/test.db", place->dir);
    snprintf(place->url, sizeof place->url, "sqlite:%s", place->path);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct place *place = *state;

    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", place->path, suffixes[i]);
        (void)unlink(path);
    }
    (void)rmdir(place->dir);
    free(place);
    return 0;
}

static void write_file(const struct place *place, const void *bytes, size_t len)
{
    FILE *file = fopen(place->path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void assert_refused(const struct place *place, enum err wanted, const char *word)
{
    struct sql *db = NULL;
    struct fault fault = {.code = ERR_OK};

    assert_int_equal(sql_open(place->url, &db, &fault), wanted);
    assert_null(db);
    assert_non_null(strstr(fault.text, word));
    assert_non_null(strstr(fault.text, place->path));
}

static void a_new_file_becomes_ours_and_opens_again(void **state)
{
    const struct place *place = *state;

    for (int i = 0; i < 2; i++) {
        struct sql *db = NULL;
        assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
        assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
        sql_close(db);
    }
}

static int64_t pragma(struct sql *db, const char *text)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);
    int64_t number = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return number;
}

static void a_commit_is_on_the_disk_when_it_returns(void **state)
{
    const struct place *place = *state;
    struct sql *db = NULL;
    struct sql_rows *rows = NULL;

    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    assert_int_equal(pragma(db, "PRAGMA synchronous"), 2);
    assert_int_equal(pragma(db, "PRAGMA foreign_keys"), 0);
    rows = sql_query(db, "PRAGMA journal_mode", SQL_NO_VALUES);
    assert_true(sql_next(rows));
    assert_string_equal(sql_column_text(rows, 0), "wal");
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    sql_close(db);
}

static void a_file_of_another_program_is_left_as_it_is(void **state)
{
    const struct place *place = *state;
    struct stat before, after;
    struct sql *db = NULL;

    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    assert_int_equal(sql_exec(db, "CREATE TABLE theirs (x BIGINT)", SQL_NO_VALUES, NULL, NULL),
                     ERR_OK);
    assert_int_equal(sql_exec(db, "PRAGMA application_id = 7", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    sql_close(db);
    assert_int_equal(stat(place->path, &before), 0);
    assert_refused(place, ERR_INPUT, "belongs to another program");
    assert_int_equal(stat(place->path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
}

static void a_file_with_tables_and_no_name_is_not_ours(void **state)
{
    const struct place *place = *state;
    struct sql *db = NULL;

    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    assert_int_equal(sql_exec(db, "CREATE TABLE theirs (x BIGINT)", SQL_NO_VALUES, NULL, NULL),
                     ERR_OK);
    assert_int_equal(sql_exec(db, "PRAGMA application_id = 0", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    sql_close(db);
    assert_refused(place, ERR_INPUT, "belongs to another program");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    char text[4096];

    memset(text, 'x', sizeof text);
    write_file(*state, text, sizeof text);
    assert_refused(*state, ERR_INPUT, "no SQLite database");
}

static void a_folder_that_is_missing_is_said(void **state)
{
    struct place place = *(const struct place *)*state;

    snprintf(place.path, sizeof place.path, "%.60s/no/such.db", place.dir);
    snprintf(place.url, sizeof place.url, "sqlite:%s", place.path);
    assert_refused(&place, ERR_IO, "folder");
}

static void a_read_only_file_is_refused(void **state)
{
    const struct place *place = *state;
    struct sql *db = NULL;

    if (geteuid() == 0) /* root may write everything */
        skip();
    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    sql_close(db);
    assert_int_equal(chmod(place->path, 0400), 0);
    assert_refused(place, ERR_INPUT, "read-only");
}

/* max_page_count stands for a full disk. */
static void a_full_database_says_so_and_keeps_what_it_has(void **state)
{
    static const char FILL[] = "INSERT INTO t (b) VALUES ($1)";
    const struct place *place = *state;
    struct sql *db = NULL;
    struct fault fault = {.code = ERR_OK};
    char bytes[4096] = "";
    int64_t rows = 0;
    enum err err = ERR_OK;

    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    assert_int_equal(sql_exec(db, "CREATE TABLE t (b BYTEA)", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    assert_int_equal(pragma(db, "PRAGMA max_page_count = 20"), 20);
    for (; rows < 100 && err == ERR_OK; rows++)
        err = sql_exec(db, FILL, SQL_VALUES(sql_bytes(bytes, sizeof bytes)), NULL, &fault);
    assert_int_equal(err, ERR_FULL);
    assert_non_null(strstr(fault.text, "full"));
    assert_int_equal(pragma(db, "SELECT COUNT(*) FROM t"), rows - 1);
    sql_close(db);
}

static void what_was_deleted_can_be_given_back_to_the_disk(void **state)
{
    const struct place *place = *state;
    struct sql *db = NULL;
    char bytes[4096] = "";
    int64_t pages = 0, unused = 0;
    struct stat file;

    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    assert_int_equal(sql_exec(db, "CREATE TABLE t (b BYTEA)", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    for (int i = 0; i < 600; i++)
        assert_int_equal(sql_exec(db, "INSERT INTO t (b) VALUES ($1)",
                                  SQL_VALUES(sql_bytes(bytes, sizeof bytes)), NULL, NULL),
                         ERR_OK);
    pages = pragma(db, "PRAGMA page_count");
    assert_true(pages > 600);
    assert_int_equal(sql_exec(db, "DELETE FROM t", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    assert_int_equal(pragma(db, "PRAGMA page_count"), pages); /* they will be used again */
    assert_int_equal(sql_unused(db, &unused, NULL), ERR_OK);
    assert_true(unused >= 600 * (int64_t)sizeof bytes);
    assert_int_equal(sql_shrink(db, NULL), ERR_OK);
    assert_true(pragma(db, "PRAGMA page_count") < pages / 4);
    assert_int_equal(sql_unused(db, &unused, NULL), ERR_OK);
    assert_int_equal(unused, 0);
    assert_int_equal(stat(place->path, &file), 0);
    assert_true(file.st_size < pages * (int64_t)sizeof bytes / 4);
    /* What is deleted later is kept again. */
    assert_int_equal(pragma(db, "PRAGMA auto_vacuum"), 2);
    sql_close(db);
}

static void a_damaged_file_is_said_to_be_damaged(void **state)
{
    const struct place *place = *state;
    struct sql *db = NULL;
    struct fault fault = {.code = ERR_OK};
    struct sql_rows *rows = NULL;
    char noise[4096];
    int fd = -1;

    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    sql_close(db);
    memset(noise, 0xA5, sizeof noise);
    fd = open(place->path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t page = 1; page < 6; page++)
        assert_int_equal(pwrite(fd, noise, sizeof noise, page * 4096), sizeof noise);
    close(fd);
    assert_int_equal(sql_open(place->url, &db, NULL), ERR_OK);
    rows = sql_query(db, "SELECT * FROM journal", SQL_NO_VALUES);
    assert_false(sql_next(rows));
    assert_int_equal(sql_done(rows, &fault), ERR_IO);
    assert_non_null(strstr(fault.text, "backup"));
    sql_close(db);
}

static void an_address_of_nothing_we_know_is_refused(void **state)
{
    static const char *const urls[] = {"", "sqlite", "mysql://x", "sqlite:"};
    (void)state;

    for (size_t i = 0; i < 4; i++) {
        struct sql *db = NULL;
        struct fault fault = {.code = ERR_OK};
        assert_int_equal(sql_open(urls[i], &db, &fault), ERR_INPUT);
        assert_non_null(strstr(fault.text, "sqlite:"));
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_becomes_ours_and_opens_again),
        TEST(a_commit_is_on_the_disk_when_it_returns),
        TEST(a_file_of_another_program_is_left_as_it_is),
        TEST(a_file_with_tables_and_no_name_is_not_ours),
        TEST(a_file_that_is_no_database_is_refused),
        TEST(a_folder_that_is_missing_is_said),
        TEST(a_read_only_file_is_refused),
        TEST(a_full_database_says_so_and_keeps_what_it_has),
        TEST(what_was_deleted_can_be_given_back_to_the_disk),
        TEST(a_damaged_file_is_said_to_be_damaged),
        TEST(an_address_of_nothing_we_know_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
