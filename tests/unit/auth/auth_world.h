/* auth_world: a migrated database of its own, a clock that tests move, and the memory of tokens. */
#ifndef EVROLL_TESTS_UNIT_AUTH_AUTH_WORLD_H
#define EVROLL_TESTS_UNIT_AUTH_AUTH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/auth/auth.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"

struct world {
    char dir[64], url[512];
    struct sql *db;
    struct clock_fake clock;
    struct auth *auth;
    struct arena *arena;
};

static inline int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    char sqlite[128];
    struct fault fault;

    strcpy(w->dir, "/tmp/evroll-auth-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(sqlite, sizeof sqlite, "sqlite:%s/r.db", w->dir);
    scratch_url(w->url, sizeof w->url, sqlite);
    assert_int_equal(sql_open(w->url, &w->db, &fault), ERR_OK);
    scratch_migrate(w->db);
    clock_fake_init(&w->clock, 1767225600000); /* 2026-01-01 */
    w->auth = auth_create(w->db, &w->clock.clock);
    w->arena = arena_create();
    *state = w;
    return 0;
}

static inline int teardown(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct world *w = *state;
    char file[128];

    auth_destroy(w->auth);
    arena_destroy(w->arena);
    sql_close(w->db);
    for (size_t i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s/r.db%s", w->dir, endings[i]);
        unlink(file);
    }
    rmdir(w->dir);
    free(w);
    return 0;
}

#endif
