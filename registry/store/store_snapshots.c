#include "registry/store/store_snapshots.h"

#define COLUMNS "number, plan, as_of, known_ms, created_ms, author, note"

static const char NEXT[] = "SELECT COALESCE(MAX(number), 0) + 1 FROM snapshot";
static const char INSERT[] = "INSERT INTO snapshot (" COLUMNS ", statement, signature, vehicles, "
                             "sources) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
static const char FIND[] =
    "SELECT " COLUMNS ", statement, signature, vehicles, sources FROM snapshot WHERE number = $1";
static const char STATEMENT[] = "SELECT statement FROM snapshot WHERE number = $1";
static const char LIST[] = "SELECT " COLUMNS " FROM snapshot WHERE number < $1 "
                           "AND ($2 = '' OR plan = $2) ORDER BY number DESC LIMIT $3";
static const char FIRST_KNOWN[] =
    "SELECT known_ms FROM snapshot WHERE plan = $1 AND as_of = $2 ORDER BY number LIMIT 1";
static const char SIZE[] = "SELECT (SELECT COUNT(DISTINCT vehicle_id) FROM vehicle_version), "
                           "(SELECT COUNT(*) FROM vehicle_version), "
                           "(SELECT COUNT(*) FROM org_version), "
                           "(SELECT COUNT(*) FROM exemption_version)";

static enum err read_number(struct sql_rows *rows, int64_t *number, struct fault *fault)
{
    *number = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_snapshot_next(struct sql *db, int64_t *number, struct fault *fault)
{
    return read_number(sql_query(db, NEXT, SQL_NO_VALUES), number, fault);
}

enum err store_snapshot_insert(struct sql *db, const struct store_snapshot *s, struct fault *fault)
{
    return sql_exec(db, INSERT,
                    SQL_VALUES(sql_int(s->number), sql_text(s->plan), sql_int(s->as_of),
                               sql_int(s->known_ms), sql_int(s->created_ms), sql_text(s->author),
                               sql_text(s->note), sql_bytes(s->statement.bytes, s->statement.len),
                               sql_bytes(s->signature.bytes, s->signature.len),
                               sql_bytes(s->vehicles.bytes, s->vehicles.len),
                               sql_bytes(s->sources.bytes, s->sources.len)),
                    NULL, fault);
}

static struct store_snapshot read_head(const struct sql_rows *rows, struct arena *arena)
{
    return (struct store_snapshot){
        .number = sql_column_int(rows, 0),
        .plan = arena_text(arena, sql_column_text(rows, 1)),
        .as_of = (int32_t)sql_column_int(rows, 2),
        .known_ms = sql_column_int(rows, 3),
        .created_ms = sql_column_int(rows, 4),
        .author = arena_text(arena, sql_column_text(rows, 5)),
        .note = arena_text(arena, sql_column_text(rows, 6)),
    };
}

static struct store_bytes read_bytes(const struct sql_rows *rows, int column, struct arena *arena)
{
    struct store_bytes out = {0};
    const uint8_t *bytes = sql_column_bytes(rows, column, &out.len);

    out.bytes = arena_copy(arena, bytes, out.len);
    return out;
}

enum err store_snapshot_find(struct sql *db, int64_t number, struct arena *arena,
                             struct store_snapshot *snapshot, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(sql_int(number)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    if (found) {
        *snapshot = read_head(rows, arena);
        snapshot->statement = read_bytes(rows, 7, arena);
        snapshot->signature = read_bytes(rows, 8, arena);
        snapshot->vehicles = read_bytes(rows, 9, arena);
        if (!sql_column_null(rows, 10))
            snapshot->sources = read_bytes(rows, 10, arena);
    }
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "there is no snapshot %lld", (long long)number);
    return err;
}

enum err store_snapshot_statement(struct sql *db, int64_t number, struct arena *arena,
                                  struct store_bytes *statement, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, STATEMENT, SQL_VALUES(sql_int(number)));

    *statement = (struct store_bytes){0};
    if (sql_next(rows))
        *statement = read_bytes(rows, 0, arena);
    return sql_done(rows, fault);
}

enum err store_snapshots_list(struct sql *db, const char *plan, int64_t before, int64_t limit,
                              struct arena *arena, struct store_snapshot **snapshots, size_t *count,
                              struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, LIST, SQL_VALUES(sql_int(before), sql_text(plan == NULL ? "" : plan), sql_int(limit)));

    *snapshots = ARENA_ARRAY(arena, struct store_snapshot, (size_t)limit);
    *count = 0;
    while (*count < (size_t)limit && sql_next(rows))
        (*snapshots)[(*count)++] = read_head(rows, arena);
    return sql_done(rows, fault);
}

enum err store_snapshot_first_known(struct sql *db, const char *plan, int32_t as_of,
                                    int64_t *known_ms, struct fault *fault)
{
    return read_number(sql_query(db, FIRST_KNOWN, SQL_VALUES(sql_text(plan), sql_int(as_of))),
                       known_ms, fault);
}

enum err store_register_size(struct sql *db, struct store_register_size *size, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, SIZE, SQL_NO_VALUES);

    *size = (struct store_register_size){0};
    if (sql_next(rows))
        *size = (struct store_register_size){sql_column_int(rows, 0), sql_column_int(rows, 1),
                                             sql_column_int(rows, 2), sql_column_int(rows, 3)};
    return sql_done(rows, fault);
}
