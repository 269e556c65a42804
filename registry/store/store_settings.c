#include "registry/store/store_settings.h"

static const char FIND[] = "SELECT COALESCE(interval_s, 0) FROM unit_setting WHERE unit_id = $1";
static const char PUT[] = "INSERT INTO unit_setting (unit_id, interval_s) VALUES ($1, $2) "
                          "ON CONFLICT (unit_id) DO UPDATE SET interval_s = excluded.interval_s";

enum err store_interval_find(struct sql *db, const char *unit, int64_t *interval_s,
                             struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(sql_text(unit)));

    *interval_s = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_interval_put(struct sql *db, const char *unit, int64_t interval_s,
                            struct fault *fault)
{
    return sql_exec(db, PUT,
                    SQL_VALUES(sql_text(unit), interval_s == 0 ? sql_null() : sql_int(interval_s)),
                    NULL, fault);
}
