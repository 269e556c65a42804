#include "registry/store/store_live.h"

#define SUM(column) "CAST(COALESCE(SUM(" column "), 0) AS BIGINT)"

static const char DELIVERED[] = "SELECT " SUM("messages") ", " SUM("rows_received") ", " SUM(
    "rejects") ", " SUM("damaged") ", " SUM("lost") ", COALESCE(MAX(last_ms), 0) FROM journal";
static const char STEPS[] =
    "SELECT COUNT(*), COALESCE(MAX(at_ms), 0) FROM finding_history WHERE at_ms >= $1";

enum err store_delivered_read(struct sql *db, struct store_delivered *delivered,
                              struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, DELIVERED, SQL_NO_VALUES);

    *delivered = (struct store_delivered){0};
    if (sql_next(rows))
        *delivered = (struct store_delivered){
            .messages = sql_column_int(rows, 0),
            .samples = sql_column_int(rows, 1),
            .rejects = sql_column_int(rows, 2),
            .damaged = sql_column_int(rows, 3),
            .lost = sql_column_int(rows, 4),
            .last_ms = sql_column_int(rows, 5),
        };
    return sql_done(rows, fault);
}

enum err store_finding_steps_since(struct sql *db, int64_t since_ms,
                                   struct store_finding_steps *steps, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, STEPS, SQL_VALUES(sql_int(since_ms)));

    *steps = (struct store_finding_steps){0};
    if (sql_next(rows))
        *steps = (struct store_finding_steps){sql_column_int(rows, 0), sql_column_int(rows, 1)};
    return sql_done(rows, fault);
}
