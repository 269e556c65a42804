/* evroll-registry import as its user meets it: files, exit codes, FILE.rejected.csv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/command.h"
#include "tests/conformance/scratch.h"

#define ORGS                                                                                       \
    "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline\n"                   \
    "91419001MA9TEA0117,Bus,SOE,TRANSIT,EXISTING,,NONE,0\n"
#define VEHICLES                                                                                   \
    "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,"        \
    "removed,unit\n"
#define GOOD "LTESTBEV5P1000001,,BUS,BEV,D,91419001MA9TEA0117,419001,1,,2024-01-01,,\n"
#define BAD  "LTESTTRK6R1000002,,BUS,STEAM,D,91419001MA9TEA0117,419001,1,,2024-01-01,,\n"

static const char *const names[] = {"r.db",     "r.db-wal", "r.db-shm",
                                    "orgs.csv", "v.csv",    "v.csv.rejected.csv"};

struct folder {
    char dir[32], url[512];
    char paths[6][64];
};

enum { ORGS_CSV = 3, V_CSV, REJECTED };

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void get_file(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static bool is_there(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file != NULL)
        fclose(file);
    return file != NULL;
}

static int import(struct folder *f, const char *file)
{
    char *argv[] = {"import", "--db", f->url, (char *)file, NULL};

    return command_import.run(file == NULL ? 3 : 4, argv);
}

static int set_up(void **state)
{
    static struct folder f;
    char sqlite[160];
    struct sql *db = NULL;

    memset(&f, 0, sizeof f);
    snprintf(f.dir, sizeof f.dir, "/tmp/test-import-XXXXXX");
    assert_non_null(mkdtemp(f.dir));
    for (size_t i = 0; i < 6; i++)
        snprintf(f.paths[i], sizeof f.paths[i], "%s/%s", f.dir, names[i]);
    snprintf(sqlite, sizeof sqlite, "sqlite:%s", f.paths[0]);
    scratch_url(f.url, sizeof f.url, sqlite);
    assert_int_equal(sql_open(f.url, &db, NULL), ERR_OK);
    scratch_migrate(db);
    sql_close(db);
    put_file(f.paths[ORGS_CSV], ORGS);
    assert_int_equal(import(&f, f.paths[ORGS_CSV]), EXIT_DONE);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct folder *f = *state;

    for (size_t i = 0; i < 6; i++)
        (void)unlink(f->paths[i]);
    assert_int_equal(rmdir(f->dir), 0); /* and nothing else was left there */
    return 0;
}

static void bad_rows_are_written_beside_the_file(void **state)
{
    struct folder *f = *state;
    char text[2048];

    put_file(f->paths[V_CSV], VEHICLES GOOD BAD);
    assert_int_equal(import(f, f->paths[V_CSV]), EXIT_NO);
    get_file(f->paths[REJECTED], text, sizeof text);
    assert_non_null(strstr(text, ",unit,line,column,reason\r\nLTESTTRK6R1000002,,BUS,STEAM,"));
    assert_non_null(strstr(text, ",3,energy,\"\"\"STEAM\"\" is none of BEV"));
    assert_null(strstr(text, "LTESTBEV5P1000001"));
}

static void the_mended_file_of_bad_rows_goes_in(void **state)
{
    struct folder *f = *state;
    char text[2048];
    char *word = NULL;

    put_file(f->paths[V_CSV], VEHICLES BAD);
    assert_int_equal(import(f, f->paths[V_CSV]), EXIT_NO);
    get_file(f->paths[REJECTED], text, sizeof text);
    word = strstr(text, "STEAM");
    assert_non_null(word);
    for (int i = 0; i < 5; i++)
        word[i] = "  BEV"[i];
    put_file(f->paths[V_CSV], text);
    assert_int_equal(import(f, f->paths[V_CSV]), EXIT_DONE);
}

static void a_clean_run_takes_the_old_rejects_away(void **state)
{
    struct folder *f = *state;

    put_file(f->paths[REJECTED], "stale\n");
    put_file(f->paths[V_CSV], VEHICLES GOOD);
    assert_int_equal(import(f, f->paths[V_CSV]), EXIT_DONE);
    assert_false(is_there(f->paths[REJECTED]));
    assert_int_equal(import(f, f->paths[V_CSV]), EXIT_DONE);
}

static void what_is_no_such_file_is_wrong_usage(void **state)
{
    struct folder *f = *state;

    put_file(f->paths[V_CSV], "a,b\n1,2\n");
    assert_int_equal(import(f, f->paths[V_CSV]), EXIT_USAGE);
    assert_int_equal(import(f, "/nonexistent/v.csv"), EXIT_USAGE);
    assert_int_equal(import(f, "--colour"), EXIT_USAGE);
    assert_int_equal(import(f, "--kind=cars"), EXIT_USAGE);
    assert_int_equal(import(f, NULL), EXIT_USAGE);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(bad_rows_are_written_beside_the_file),
        WITH_FOLDER(the_mended_file_of_bad_rows_goes_in),
        WITH_FOLDER(a_clean_run_takes_the_old_rejects_away),
        WITH_FOLDER(what_is_no_such_file_is_wrong_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
