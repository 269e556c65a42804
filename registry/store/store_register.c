#include "registry/store/store_register.h"

static const char READ[] =
    "SELECT begun_ms, recorded_ms, counted_ms FROM register_head WHERE one = 1";
static const char TAKE[] =
    "UPDATE register_head SET begun_ms = CASE WHEN begun_ms = 0 THEN $1 ELSE begun_ms END, "
    "recorded_ms = CASE WHEN recorded_ms < $1 THEN $1 ELSE recorded_ms + 1 END WHERE one = 1";

static const char CHANGES[] =
    "SELECT r.recorded_ms, (SELECT COALESCE(MAX(s.number), 0) FROM snapshot s) "
    "FROM register_head r WHERE r.one = 1";

enum err store_register_read(struct sql *db, struct store_register *reg, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, READ, SQL_NO_VALUES);

    *reg = (struct store_register){0};
    if (sql_next(rows))
        *reg = (struct store_register){sql_column_int(rows, 0), sql_column_int(rows, 1),
                                       sql_column_int(rows, 2)};
    return sql_done(rows, fault);
}

enum err store_changes_read(struct sql *db, struct store_changes *changes, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, CHANGES, SQL_NO_VALUES);

    *changes = (struct store_changes){0};
    if (sql_next(rows))
        *changes = (struct store_changes){sql_column_int(rows, 0), sql_column_int(rows, 1)};
    return sql_done(rows, fault);
}

enum err store_register_take(struct sql *db, int64_t now_ms, int64_t *recorded_ms,
                             struct fault *fault)
{
    struct store_register reg;
    enum err err = sql_exec(db, TAKE, SQL_VALUES(sql_int(now_ms)), NULL, fault);

    if (err == ERR_OK)
        err = store_register_read(db, &reg, fault);
    if (err == ERR_OK)
        *recorded_ms = reg.recorded_ms;
    return err;
}
