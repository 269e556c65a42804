/*
 * store_copy.c:
 *
 *     catalog of the source ─▶ tables ─▶ destination claimed (emptied, marked)
 *         ─▶ each table: rows behind the last one there, slice by slice
 *         ─▶ each table: digest of both sides ─▶ mark removed
 *
 * The statements are made of the catalog's names and live as long as the copy: drivers keep them
 * prepared by address.
 */
#include "registry/store/store_copy.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql_driver.h"
#include "shared/arena.h"
#include "shared/tls/tls.h"

#define COLUMNS_MAX 64
#define SLICE_ROWS  5000
#define SLICE_BYTES (8u << 20)

static const char MARK[] = "copy_unfinished";

struct column {
    const char *name;
    enum sql_type type;
    int64_t key; /* place in the primary key, from 1; 0: none */
};

struct table {
    const char *name;
    struct column columns[COLUMNS_MAX];
    size_t count, keys;
    const char *read_all, *read_rest, *last, *insert;
    struct table *next;
};

struct copy {
    struct sql *from, *to;
    store_copy_note *note;
    void *arg;
    struct arena *arena;
    struct table *tables;
};

/* ---- the catalog ---- */

static const struct {
    const char *word;
    enum sql_type type;
} declared[] = {
    {"bigint", SQL_TYPE_INT}, {"BIGINT", SQL_TYPE_INT},  {"text", SQL_TYPE_TEXT},
    {"TEXT", SQL_TYPE_TEXT},  {"bytea", SQL_TYPE_BYTES}, {"BYTEA", SQL_TYPE_BYTES},
};

static enum err column_add(struct table *table, const char *name, const char *type, int64_t key,
                           struct fault *fault)
{
    struct column *column = &table->columns[table->count];

    if (table->count == COLUMNS_MAX)
        return fault_set(fault, ERR_INPUT, "table %s has more than %d columns", table->name,
                         COLUMNS_MAX);
    for (size_t i = 0; i < sizeof declared / sizeof declared[0]; i++) {
        if (strcmp(type, declared[i].word) != 0)
            continue;
        *column = (struct column){name, declared[i].type, key};
        table->count++;
        table->keys += key > 0;
        return ERR_OK;
    }
    return fault_set(fault, ERR_INPUT, "table %s, column %s: its type %s is not of our schema",
                     table->name, name, type);
}

static bool is_ours_to_copy(const char *table)
{
    static const char *const others[] = {"schema_migration", "evroll_mark", MARK};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(table, others[i]) == 0)
            return false;
    return true;
}

static struct table *table_add(struct copy *copy, struct table *last, const char *name)
{
    struct table *table = ARENA_NEW(copy->arena, struct table);

    *table = (struct table){.name = arena_text(copy->arena, name)};
    if (last == NULL)
        copy->tables = table;
    else
        last->next = table;
    return table;
}

/* Rows of the catalog: table, column, type, place in the key; by table. */
static enum err catalog_read(struct copy *copy, struct fault *fault)
{
    struct sql_rows *rows = sql_query(copy->from, sql_catalog(copy->from), SQL_NO_VALUES);
    struct table *last = NULL;
    enum err err = ERR_OK, ended = ERR_OK;

    while (err == ERR_OK && sql_next(rows)) {
        const char *name = sql_column_text(rows, 0);
        if (!is_ours_to_copy(name))
            continue;
        if (last == NULL || strcmp(last->name, name) != 0)
            last = table_add(copy, last, name);
        err = column_add(last, arena_text(copy->arena, sql_column_text(rows, 1)),
                         sql_column_text(rows, 2), sql_column_int(rows, 3), fault);
    }
    ended = sql_done(rows, err == ERR_OK ? fault : NULL);
    return err != ERR_OK ? err : ended;
}

/* ---- statements ---- */

static const char *columns_joined(const struct copy *copy, const struct table *table)
{
    const char *list = "";

    for (size_t i = 0; i < table->count; i++)
        list = arena_format(copy->arena, "%s%s\"%s\"", list, i == 0 ? "" : ", ",
                            table->columns[i].name);
    return list;
}

static const struct column *key_at(const struct table *table, int64_t place)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->columns[i].key == place)
            return &table->columns[i];
    return NULL;
}

static const char *keys_joined(const struct copy *copy, const struct table *table,
                               const char *order)
{
    const char *list = "";

    for (size_t i = 1; i <= table->keys; i++)
        list = arena_format(copy->arena, "%s%s\"%s\"%s", list, i == 1 ? "" : ", ",
                            key_at(table, (int64_t)i)->name, order);
    return list;
}

static const char *numbers_joined(const struct copy *copy, size_t count)
{
    const char *list = "";

    for (size_t i = 1; i <= count; i++)
        list = arena_format(copy->arena, "%s%s$%zu", list, i == 1 ? "" : ", ", i);
    return list;
}

static enum err statements_make(const struct copy *copy, struct table *t, struct fault *fault)
{
    const char *columns = columns_joined(copy, t), *keys = keys_joined(copy, t, "");

    if (t->keys == 0)
        return fault_set(fault, ERR_INPUT, "table %s has no primary key and cannot be copied",
                         t->name);
    t->read_all =
        arena_format(copy->arena, "SELECT %s FROM %s ORDER BY %s", columns, t->name, keys);
    t->read_rest = arena_format(copy->arena, "SELECT %s FROM %s WHERE (%s) > (%s) ORDER BY %s",
                                columns, t->name, keys, numbers_joined(copy, t->keys), keys);
    t->last = arena_format(copy->arena, "SELECT %s FROM %s ORDER BY %s LIMIT 1", keys, t->name,
                           keys_joined(copy, t, " DESC"));
    t->insert = arena_format(copy->arena, "INSERT INTO %s (%s) VALUES (%s)", t->name, columns,
                             numbers_joined(copy, t->count));
    return ERR_OK;
}

/* ---- values ---- */

static struct sql_value value_at(const struct sql_rows *rows, int i, enum sql_type type)
{
    size_t len = 0;
    const void *bytes = NULL;

    if (sql_column_null(rows, i))
        return sql_null();
    if (type == SQL_TYPE_INT)
        return sql_int(sql_column_int(rows, i));
    if (type == SQL_TYPE_TEXT)
        return sql_text(sql_column_text(rows, i));
    bytes = sql_column_bytes(rows, i, &len);
    return sql_bytes(bytes, len);
}

static size_t row_read(const struct sql_rows *rows, const struct table *table,
                       struct sql_value *values)
{
    size_t bytes = 0;

    for (size_t i = 0; i < table->count; i++) {
        values[i] = value_at(rows, (int)i, table->columns[i].type);
        bytes += values[i].len;
    }
    return bytes;
}

/* The key of the last row in the destination; false: there is none. */
static enum err last_key(const struct copy *copy, const struct table *table,
                         struct sql_value *values, bool *found, struct fault *fault)
{
    struct sql_rows *rows = sql_query(copy->to, table->last, SQL_NO_VALUES);

    *found = sql_next(rows);
    for (size_t i = 0; *found && i < table->keys; i++) {
        values[i] = value_at(rows, (int)i, key_at(table, (int64_t)i + 1)->type);
        if (values[i].len > 0)
            values[i].bytes = arena_copy(copy->arena, values[i].bytes, values[i].len);
    }
    return sql_done(rows, fault);
}

static enum err number_of(struct sql *db, const char *text, int64_t *number, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);

    *number = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

static enum err count_rows(const struct copy *copy, struct sql *db, const char *table,
                           int64_t *rows, struct fault *fault)
{
    return number_of(db, arena_format(copy->arena, "SELECT COUNT(*) FROM %s", table), rows, fault);
}

/* ---- the destination ---- */

/* Nobody entered anything: what the migrations themselves put in goes. */
static enum err check_unused(const struct copy *copy, struct fault *fault)
{
    static const char *const tables[] = {"journal",   "org_version", "vehicle_version",
                                         "api_token", "account",     "site_version"};
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < sizeof tables / sizeof tables[0]; i++) {
        int64_t rows = 0;
        err = count_rows(copy, copy->to, tables[i], &rows, fault);
        if (err == ERR_OK && rows > 0)
            return fault_set(fault, ERR_CONFLICT,
                             "the destination is in use: its table %s has %lld rows; name an empty "
                             "database",
                             tables[i], (long long)rows);
    }
    return err;
}

static enum err empty_and_mark(const struct copy *copy, struct fault *fault)
{
    enum err err = check_unused(copy, fault);

    for (const struct table *t = copy->tables; err == ERR_OK && t != NULL; t = t->next)
        err = sql_run(copy->to, arena_format(copy->arena, "DELETE FROM %s", t->name), fault);
    if (err != ERR_OK)
        return err;
    return sql_run(copy->to,
                   arena_format(copy->arena, "CREATE TABLE %s (number BIGINT PRIMARY KEY)", MARK),
                   fault);
}

static enum err claim(const struct copy *copy, struct fault *fault)
{
    bool marked = false;
    enum err err = sql_begin(copy->to, SQL_WRITE, fault);

    if (err != ERR_OK)
        return err;
    err = sql_has_table(copy->to, MARK, &marked, fault);
    if (err == ERR_OK && !marked)
        err = empty_and_mark(copy, fault);
    if (err == ERR_OK)
        return sql_commit(copy->to, fault);
    sql_rollback(copy->to);
    return err;
}

static enum err unmark(const struct copy *copy, struct fault *fault)
{
    enum err err = sql_begin(copy->to, SQL_WRITE, fault);

    if (err == ERR_OK)
        err = sql_run(copy->to, arena_format(copy->arena, "DROP TABLE %s", MARK), fault);
    if (err == ERR_OK)
        return sql_commit(copy->to, fault);
    sql_rollback(copy->to);
    return err;
}

/* ---- rows ---- */

/* One transaction: rows up to the slice's end. `*more` false: the answer ended. */
static enum err slice_copy(const struct copy *copy, const struct table *table,
                           struct sql_rows *rows, int64_t *done, bool *more, struct fault *fault)
{
    struct sql_value values[COLUMNS_MAX];
    size_t bytes = 0;
    int64_t copied = 0;
    enum err err = sql_begin(copy->to, SQL_WRITE, fault);

    while (err == ERR_OK && copied < SLICE_ROWS && bytes < SLICE_BYTES &&
           (*more = sql_next(rows))) {
        bytes += row_read(rows, table, values);
        err = sql_send(copy->to, table->insert, values, table->count, fault);
        copied++;
    }
    if (err == ERR_OK)
        err = sql_commit(copy->to, fault);
    else
        sql_rollback(copy->to);
    if (err == ERR_OK)
        *done += copied;
    return err;
}

static enum err table_copy(const struct copy *copy, const struct table *table, struct fault *fault)
{
    struct sql_value key[COLUMNS_MAX];
    struct sql_rows *rows = NULL;
    int64_t done = 0;
    bool found = false, more = true;
    enum err err = count_rows(copy, copy->to, table->name, &done, fault), ended = ERR_OK;

    if (err == ERR_OK)
        err = last_key(copy, table, key, &found, fault);
    if (err != ERR_OK)
        return err;
    rows = sql_query(copy->from, found ? table->read_rest : table->read_all, key,
                     found ? table->keys : 0);
    while (err == ERR_OK && more) {
        err = slice_copy(copy, table, rows, &done, &more, fault);
        if (err == ERR_OK)
            copy->note(copy->arg, table->name, done, false);
    }
    ended = sql_done(rows, err == ERR_OK ? fault : NULL);
    return err != ERR_OK ? err : ended;
}

/* ---- the comparison ---- */

struct digest {
    int64_t rows;
    uint8_t bytes[32];
};

/* The digest so far and a value: its type, its length or number, its bytes. */
static void digest_add(struct digest *digest, const struct sql_value *value, struct arena *arena)
{
    const int64_t head[2] = {value->type,
                             value->type == SQL_TYPE_INT ? value->number : (int64_t)value->len};
    uint8_t *text = arena_alloc(arena, 1, sizeof digest->bytes + sizeof head + value->len);

    memcpy(text, digest->bytes, sizeof digest->bytes);
    memcpy(text + sizeof digest->bytes, head, sizeof head);
    if (value->len > 0)
        memcpy(text + sizeof digest->bytes + sizeof head, value->bytes, value->len);
    tls_sha256(text, sizeof digest->bytes + sizeof head + value->len, digest->bytes);
}

static enum err digest_of(struct sql *db, const struct table *table, struct digest *digest,
                          struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, table->read_all, SQL_NO_VALUES);
    struct arena *arena = arena_create();
    struct sql_value values[COLUMNS_MAX];

    *digest = (struct digest){.rows = 0};
    while (sql_next(rows)) {
        (void)row_read(rows, table, values);
        for (size_t i = 0; i < table->count; i++)
            digest_add(digest, &values[i], arena);
        arena_reset(arena);
        digest->rows++;
    }
    arena_destroy(arena);
    return sql_done(rows, fault);
}

static enum err table_compare(const struct copy *copy, const struct table *table,
                              struct fault *fault)
{
    struct digest from, to;
    enum err err = digest_of(copy->from, table, &from, fault);

    if (err == ERR_OK)
        err = digest_of(copy->to, table, &to, fault);
    if (err != ERR_OK)
        return err;
    if (from.rows != to.rows || memcmp(from.bytes, to.bytes, sizeof to.bytes) != 0)
        return fault_set(fault, ERR_CONFLICT,
                         "table %s differs: %lld rows in the source, %lld in the destination; the "
                         "source changed while it was copied: stop what writes to it and copy into "
                         "an empty database",
                         table->name, (long long)from.rows, (long long)to.rows);
    copy->note(copy->arg, table->name, to.rows, true);
    return ERR_OK;
}

/* ---- all of it ---- */

typedef enum err table_step(const struct copy *copy, const struct table *table,
                            struct fault *fault);

static enum err each_table(const struct copy *copy, table_step *step, struct fault *fault)
{
    enum err err = ERR_OK;

    for (const struct table *t = copy->tables; err == ERR_OK && t != NULL; t = t->next) {
        err = step(copy, t, fault);
        if (err != ERR_OK)
            fault_prefix(fault, "table %s", t->name);
    }
    return err;
}

/* What moves with every batch, every change of a person and every entry of the log. */
#define MARKS 3
static enum err marks_read(struct sql *db, int64_t marks[static MARKS], struct fault *fault)
{
    static const char *const texts[MARKS] = {
        "SELECT CAST(COALESCE(SUM(messages + rejects), 0) AS BIGINT) FROM journal",
        "SELECT recorded_ms FROM register_head", "SELECT number FROM audit_head WHERE chain = 1"};
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < MARKS; i++)
        err = number_of(db, texts[i], &marks[i], fault);
    return err;
}

/* The copy is of one moment; what came behind that would be missing in it, and gateways delete what was
 * acknowledged. */
static enum err check_unmoved(const struct copy *copy, const int64_t before[static MARKS],
                              struct fault *fault)
{
    int64_t after[MARKS] = {0};
    enum err err = ERR_OK;

    sql_rollback(copy->from); /* now, no longer that moment */
    err = marks_read(copy->from, after, fault);
    if (err == ERR_OK && memcmp(after, before, sizeof after) != 0)
        return fault_set(fault, ERR_CONFLICT,
                         "the source was written to while it was copied, and the destination lacks "
                         "that: stop what writes to it and copy into an empty database");
    return err;
}

static enum err copy_all(struct copy *copy, struct fault *fault)
{
    int64_t before[MARKS] = {0};
    enum err err = marks_read(copy->from, before, fault);

    if (err == ERR_OK)
        err = catalog_read(copy, fault);
    for (struct table *t = copy->tables; err == ERR_OK && t != NULL; t = t->next)
        err = statements_make(copy, t, fault);
    if (err == ERR_OK)
        err = claim(copy, fault);
    if (err == ERR_OK)
        err = each_table(copy, table_copy, fault);
    if (err == ERR_OK)
        err = each_table(copy, table_compare, fault);
    if (err == ERR_OK)
        err = check_unmoved(copy, before, fault);
    return err == ERR_OK ? unmark(copy, fault) : err;
}

enum err store_copy(struct sql *from, struct sql *to, struct arena *arena, store_copy_note *note,
                    void *arg, struct fault *fault)
{
    struct copy copy = {.from = from, .to = to, .note = note, .arg = arg, .arena = arena};
    enum err err = store_check_schema(from, fault);

    if (err != ERR_OK)
        fault_prefix(fault, "the source");
    else
        err = store_migrate(to, NULL, fault);
    if (err == ERR_OK)
        err = sql_begin(from, SQL_READ, fault);
    if (err != ERR_OK)
        return err;
    err = copy_all(&copy, fault);
    sql_rollback(from);
    return err;
}
