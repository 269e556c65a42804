/* audit_fixture: a database in a file, and acts by number. */
#ifndef EVROLL_TESTS_UNIT_AUDIT_AUDIT_FIXTURE_H
#define EVROLL_TESTS_UNIT_AUDIT_AUDIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/audit/audit.h"
#include "registry/audit/audit_verify.h"

struct log_world {
    char dir[64], url[128];
    struct sql *db;
};

static inline void must(enum err err, const struct fault *fault)
{
    if (err != ERR_OK)
        fail_msg("%s: %s", err_name(err), fault->text);
}

static inline int log_open(void **state)
{
    struct log_world *w = calloc(1, sizeof *w);
    struct fault fault;
    int applied = 0;

    strcpy(w->dir, "/tmp/evroll-audit-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->url, sizeof w->url, "sqlite:%s/r.db", w->dir);
    must(sql_open(w->url, &w->db, &fault), &fault);
    must(store_migrate(w->db, &applied, &fault), &fault);
    *state = w;
    return 0;
}

static inline int log_close(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct log_world *w = *state;
    char file[128];

    sql_close(w->db);
    for (size_t i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s/r.db%s", w->dir, endings[i]);
        unlink(file);
    }
    rmdir(w->dir);
    free(w);
    return 0;
}

static inline struct audit_act act_numbered(int number)
{
    static const char *const subjects[] = {"BUS-1", "\xE8\xB1\xAB\x55\x31",
                                           "a \"quoted\"\n\x1f one"};

    return (struct audit_act){
        .at_ms = 1767225600000 + number,
        .who = number % 2 == 0 ? "clerk" : "officer",
        .role = "officer",
        .action = number % 3 == 0 ? "vehicle.change" : "samples.look",
        .subject = subjects[number % 3],
        .details = json_pack("{s:i, s:s}", "z", number, "a", "\x01/"),
    };
}

static inline void log_append(struct sql *db, int number)
{
    struct audit_act act = act_numbered(number);
    struct fault fault;

    must(sql_begin(db, SQL_WRITE, &fault), &fault);
    must(audit_append(db, &act, &fault), &fault);
    must(sql_commit(db, &fault), &fault);
}

static inline struct audit_verdict log_verify(struct sql *db, const struct audit_mark *mark)
{
    const struct audit_verify_options options = {.marks = mark, .mark_count = mark != NULL};
    struct audit_verdict verdict;
    struct fault fault;

    must(audit_verify(db, &options, &verdict, &fault), &fault);
    return verdict;
}

static inline void log_tamper(struct sql *db, const char *text)
{
    struct fault fault;

    must(sql_exec(db, text, SQL_NO_VALUES, NULL, &fault), &fault);
}

#endif
