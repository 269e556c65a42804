#include "registry/store/store_audit.h"

#include <stdio.h>

#define COLUMNS "number, at_ms, who, role, action, subject, details, previous, hash"

static const char HEAD[] = "SELECT number, hash FROM audit_head WHERE chain = 1";
/* Changes nothing, but the row is this transaction's from here on. */
static const char TAKE[] = "UPDATE audit_head SET number = number WHERE chain = 1";
static const char MOVE[] = "UPDATE audit_head SET number = $1, hash = $2 WHERE chain = 1";
static const char INSERT[] = "INSERT INTO audit_entry (" COLUMNS ") "
                             "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
static const char WALK[] =
    "SELECT " COLUMNS " FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2";

#define FIND(narrow)                                                                               \
    "SELECT " COLUMNS " FROM audit_entry WHERE " narrow                                            \
    "number < $1 AND at_ms >= $2 AND at_ms < $3 "                                                  \
    "AND substr(action, 1, length(CAST($4 AS TEXT))) = CAST($4 AS TEXT) "                          \
    "AND ($5 = '' OR who = $5) AND ($6 = '' OR subject = $6) ORDER BY number DESC LIMIT $7"

/* Without a narrowing condition in front the planner walks the numbers; each of the others begins
 * at its own index. */
static const char FIND_ANY[] = FIND("");
static const char FIND_WHO[] = FIND("who = $5 AND ");
static const char FIND_SUBJECT[] = FIND("subject = $6 AND ");

enum err store_audit_head_read(struct sql *db, struct store_audit_head *head, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, HEAD, SQL_NO_VALUES);
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    *head = (struct store_audit_head){0};
    if (found) {
        head->number = sql_column_int(rows, 0);
        snprintf(head->hash, sizeof head->hash, "%s", sql_column_text(rows, 1));
    }
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(
            fault, ERR_INPUT,
            "the audit log has lost its head; run verify-log and restore the database");
    return err;
}

enum err store_audit_head_take(struct sql *db, struct store_audit_head *head, struct fault *fault)
{
    enum err err = sql_exec(db, TAKE, SQL_NO_VALUES, NULL, fault);

    return err == ERR_OK ? store_audit_head_read(db, head, fault) : err;
}

enum err store_audit_head_move(struct sql *db, const struct store_audit_head *head,
                               struct fault *fault)
{
    return sql_exec(db, MOVE, SQL_VALUES(sql_int(head->number), sql_text(head->hash)), NULL, fault);
}

enum err store_audit_insert(struct sql *db, const struct store_audit_entry *e, struct fault *fault)
{
    return sql_exec(db, INSERT,
                    SQL_VALUES(sql_int(e->number), sql_int(e->at_ms), sql_text(e->who),
                               sql_text(e->role), sql_text(e->action), sql_text(e->subject),
                               sql_text(e->details), sql_text(e->previous), sql_text(e->hash)),
                    NULL, fault);
}

static enum err read_entries(struct sql_rows *rows, int64_t limit, struct arena *arena,
                             struct store_audit_entry **entries, size_t *count, struct fault *fault)
{
    *entries = ARENA_ARRAY(arena, struct store_audit_entry, (size_t)limit);
    *count = 0;
    while (*count < (size_t)limit && sql_next(rows))
        (*entries)[(*count)++] = (struct store_audit_entry){
            .number = sql_column_int(rows, 0),
            .at_ms = sql_column_int(rows, 1),
            .who = arena_text(arena, sql_column_text(rows, 2)),
            .role = arena_text(arena, sql_column_text(rows, 3)),
            .action = arena_text(arena, sql_column_text(rows, 4)),
            .subject = arena_text(arena, sql_column_text(rows, 5)),
            .details = arena_text(arena, sql_column_text(rows, 6)),
            .previous = arena_text(arena, sql_column_text(rows, 7)),
            .hash = arena_text(arena, sql_column_text(rows, 8)),
        };
    return sql_done(rows, fault);
}

enum err store_audit_walk(struct sql *db, int64_t after, int64_t limit, struct arena *arena,
                          struct store_audit_entry **entries, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, WALK, SQL_VALUES(sql_int(after), sql_int(limit)));

    return read_entries(rows, limit, arena, entries, count, fault);
}

static struct sql_value text_or_empty(const char *text)
{
    return sql_text(text == NULL ? "" : text);
}

enum err store_audit_find(struct sql *db, const struct store_audit_search *s, struct arena *arena,
                          struct store_audit_entry **entries, size_t *count, struct fault *fault)
{
    const char *text = s->subject != NULL ? FIND_SUBJECT : s->who != NULL ? FIND_WHO : FIND_ANY;
    struct sql_rows *rows =
        sql_query(db, text,
                  SQL_VALUES(sql_int(s->before), sql_int(s->from_ms), sql_int(s->to_ms),
                             text_or_empty(s->action), text_or_empty(s->who),
                             text_or_empty(s->subject), sql_int(s->limit)));

    return read_entries(rows, s->limit, arena, entries, count, fault);
}
