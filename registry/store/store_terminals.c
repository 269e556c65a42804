#include "registry/store/store_terminals.h"

#include <stdio.h>

#define TERMINAL "unit_id, registered_ms, author, denied_ms, changes"
#define CERTIFICATE                                                                                \
    "number, request, key_kind, requested_ms, author, certificate, serial, issued_ms, "            \
    "expires_ms, "                                                                                 \
    "revoked_ms"

static const char FIND[] = "SELECT " TERMINAL " FROM terminal WHERE unit_id = $1";
static const char ADD[] = "INSERT INTO terminal (" TERMINAL ") VALUES ($1, $2, $3, 0, 1) "
                          "ON CONFLICT (unit_id) DO NOTHING";
static const char DENY[] =
    "UPDATE terminal SET denied_ms = $2, changes = changes + 1 WHERE unit_id = $1";
static const char TOUCH[] = "UPDATE terminal SET changes = changes + 1 WHERE unit_id = $1";
static const char LIST[] =
    "SELECT " TERMINAL " FROM terminal WHERE unit_id > $1 ORDER BY unit_id LIMIT $2";
static const char CERTIFICATES[] =
    "SELECT " CERTIFICATE " FROM unit_certificate WHERE unit_id = $1 ORDER BY number";
static const char LAST[] =
    "SELECT COALESCE(MAX(number), 0) FROM unit_certificate WHERE unit_id = $1";
static const char REQUEST[] = "INSERT INTO unit_certificate (unit_id, " CERTIFICATE ") "
                              "VALUES ($1, $2, $3, $4, $5, $6, '', '', 0, 0, 0)";
static const char ISSUE[] =
    "UPDATE unit_certificate SET certificate = $3, serial = $4, issued_ms = $5, expires_ms = $6 "
    "WHERE unit_id = $1 AND number = $2";
static const char REVOKE[] =
    "UPDATE unit_certificate SET revoked_ms = $2 WHERE unit_id = $1 AND revoked_ms = 0";
static const char REVOKED[] =
    "SELECT unit_id, serial FROM unit_certificate WHERE unit_id > $1 AND unit_id <= $2 "
    "AND revoked_ms > 0 AND serial <> '' ORDER BY unit_id, number";
static const char WAITING[] =
    "SELECT " CERTIFICATE ", unit_id FROM unit_certificate WHERE certificate = '' "
    "AND revoked_ms = 0 ORDER BY unit_id, number LIMIT $1";

static void terminal_read(const struct sql_rows *rows, struct store_terminal *terminal)
{
    *terminal = (struct store_terminal){.registered_ms = sql_column_int(rows, 1),
                                        .denied_ms = sql_column_int(rows, 3),
                                        .changes = sql_column_int(rows, 4)};
    snprintf(terminal->unit, sizeof terminal->unit, "%s", sql_column_text(rows, 0));
    snprintf(terminal->author, sizeof terminal->author, "%s", sql_column_text(rows, 2));
}

enum err store_terminal_find(struct sql *db, const char *unit, struct store_terminal *terminal,
                             struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(sql_text(unit)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    if (found)
        terminal_read(rows, terminal);
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "no terminal \"%.32s\" is registered", unit);
    return err;
}

enum err store_terminal_add(struct sql *db, const struct store_terminal *terminal, bool *added,
                            struct fault *fault)
{
    int64_t changed = 0;
    enum err err = sql_exec(db, ADD,
                            SQL_VALUES(sql_text(terminal->unit), sql_int(terminal->registered_ms),
                                       sql_text(terminal->author)),
                            &changed, fault);

    if (added != NULL)
        *added = changed > 0;
    return err;
}

enum err store_terminal_deny(struct sql *db, const char *unit, int64_t denied_ms,
                             struct fault *fault)
{
    return sql_exec(db, DENY, SQL_VALUES(sql_text(unit), sql_int(denied_ms)), NULL, fault);
}

enum err store_terminal_touch(struct sql *db, const char *unit, struct fault *fault)
{
    return sql_exec(db, TOUCH, SQL_VALUES(sql_text(unit)), NULL, fault);
}

enum err store_terminals_list(struct sql *db, const char *after, int64_t limit, struct arena *arena,
                              struct store_terminal **terminals, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, LIST, SQL_VALUES(sql_text(after), sql_int(limit)));

    *terminals = ARENA_ARRAY(arena, struct store_terminal, (size_t)limit);
    *count = 0;
    while (sql_next(rows))
        terminal_read(rows, &(*terminals)[(*count)++]);
    return sql_done(rows, fault);
}

/* ---- certificates ---- */

static struct store_certificate certificate_read(const struct sql_rows *rows, struct arena *arena)
{
    return (struct store_certificate){
        .number = sql_column_int(rows, 0),
        .request = arena_text(arena, sql_column_text(rows, 1)),
        .key_kind = arena_text(arena, sql_column_text(rows, 2)),
        .requested_ms = sql_column_int(rows, 3),
        .author = arena_text(arena, sql_column_text(rows, 4)),
        .certificate = arena_text(arena, sql_column_text(rows, 5)),
        .serial = arena_text(arena, sql_column_text(rows, 6)),
        .issued_ms = sql_column_int(rows, 7),
        .expires_ms = sql_column_int(rows, 8),
        .revoked_ms = sql_column_int(rows, 9),
    };
}

enum err store_certificates_of(struct sql *db, const char *unit, struct arena *arena,
                               struct store_certificate **certificates, size_t *count,
                               struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, CERTIFICATES, SQL_VALUES(sql_text(unit)));
    struct store_certificate *list = NULL;
    size_t room = 0;

    *count = 0;
    while (sql_next(rows)) {
        if (*count == room) {
            struct store_certificate *old = list;
            room = room == 0 ? 8 : room * 2;
            list = ARENA_ARRAY(arena, struct store_certificate, room);
            for (size_t i = 0; i < *count; i++)
                list[i] = old[i];
        }
        list[(*count)++] = certificate_read(rows, arena);
    }
    *certificates = list;
    return sql_done(rows, fault);
}

enum err store_certificate_request(struct sql *db, const char *unit, struct store_certificate *c,
                                   struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, LAST, SQL_VALUES(sql_text(unit)));
    enum err err = ERR_OK;

    c->number = sql_next(rows) ? sql_column_int(rows, 0) + 1 : 1;
    err = sql_done(rows, fault);
    if (err != ERR_OK)
        return err;
    return sql_exec(db, REQUEST,
                    SQL_VALUES(sql_text(unit), sql_int(c->number), sql_text(c->request),
                               sql_text(c->key_kind), sql_int(c->requested_ms),
                               sql_text(c->author)),
                    NULL, fault);
}

enum err store_certificate_issue(struct sql *db, const char *unit,
                                 const struct store_certificate *c, struct fault *fault)
{
    return sql_exec(db, ISSUE,
                    SQL_VALUES(sql_text(unit), sql_int(c->number), sql_text(c->certificate),
                               sql_text(c->serial), sql_int(c->issued_ms), sql_int(c->expires_ms)),
                    NULL, fault);
}

enum err store_certificates_revoke(struct sql *db, const char *unit, int64_t revoked_ms,
                                   struct fault *fault)
{
    return sql_exec(db, REVOKE, SQL_VALUES(sql_text(unit), sql_int(revoked_ms)), NULL, fault);
}

enum err store_certificates_revoked(struct sql *db, const char *from, const char *to,
                                    store_revoked_each *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, REVOKED, SQL_VALUES(sql_text(from), sql_text(to)));

    while (sql_next(rows))
        each(arg, sql_column_text(rows, 0), sql_column_text(rows, 1));
    return sql_done(rows, fault);
}

enum err store_certificates_waiting(struct sql *db, int64_t limit, store_request_each *each,
                                    void *arg, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, WAITING, SQL_VALUES(sql_int(limit)));
    struct arena *arena = arena_create();

    while (sql_next(rows)) {
        struct store_certificate request = certificate_read(rows, arena);
        each(arg, sql_column_text(rows, 10), &request);
    }
    arena_destroy(arena);
    return sql_done(rows, fault);
}
