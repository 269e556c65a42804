#include "registry/store/store_arrivals.h"

#define INSERT_INTO(table)                                                                         \
    "INSERT INTO " table " (journal_no, first_position, arrived_ms, first_hour, hours, "           \
    "row_count, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)"
static const char INSERT[] = INSERT_INTO("arrival");
static const char PUT_ASIDE[] = INSERT_INTO("arrival_damaged");
static const char LIST[] =
    "SELECT journal_no, first_position, arrived_ms, first_hour, hours, row_count FROM arrival "
    "WHERE arrived_ms <= $1 OR arrived_ms > $2 "
    "ORDER BY arrived_ms, journal_no, first_position LIMIT $3";
static const char TAKE[] =
    "DELETE FROM arrival WHERE journal_no = $1 AND first_position = $2 RETURNING bytes";
static const char OLDEST[] = "SELECT MIN(first_hour) FROM arrival";

static enum err insert(struct sql *db, const char *text, const struct store_arrival *arrival,
                       struct fault *fault)
{
    return sql_send(db, text,
                    SQL_VALUES(sql_int(arrival->journal_no), sql_int(arrival->first_position),
                               sql_int(arrival->arrived_ms), sql_int(arrival->first_hour),
                               sql_int(arrival->hours), sql_int(arrival->row_count),
                               sql_bytes(arrival->bytes, arrival->len)),
                    fault);
}

enum err store_arrival_insert(struct sql *db, const struct store_arrival *arrival,
                              struct fault *fault)
{
    return insert(db, INSERT, arrival, fault);
}

enum err store_arrival_put_aside(struct sql *db, const struct store_arrival *arrival,
                                 struct fault *fault)
{
    return insert(db, PUT_ASIDE, arrival, fault);
}

enum err store_arrivals_list(struct sql *db, struct arena *arena,
                             const struct store_arrivals_ask *ask, struct store_arrival **arrivals,
                             size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, LIST,
        SQL_VALUES(sql_int(ask->before_ms), sql_int(ask->later_ms), sql_int((int64_t)ask->limit)));

    *count = 0;
    *arrivals = ARENA_ARRAY(arena, struct store_arrival, ask->limit + 1);
    while (*count < ask->limit && sql_next(rows))
        (*arrivals)[(*count)++] = (struct store_arrival){
            .journal_no = sql_column_int(rows, 0),
            .first_position = sql_column_int(rows, 1),
            .arrived_ms = sql_column_int(rows, 2),
            .first_hour = sql_column_int(rows, 3),
            .hours = sql_column_int(rows, 4),
            .row_count = sql_column_int(rows, 5),
        };
    return sql_done(rows, fault);
}

enum err store_arrival_take(struct sql *db, struct arena *arena, struct store_arrival *arrival,
                            bool *taken, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, TAKE, SQL_VALUES(sql_int(arrival->journal_no), sql_int(arrival->first_position)));

    *taken = sql_next(rows);
    if (*taken) {
        const uint8_t *bytes = sql_column_bytes(rows, 0, &arrival->len);
        arrival->bytes = arena_copy(arena, bytes, arrival->len);
    }
    return sql_done(rows, fault);
}

enum err store_arrivals_oldest(struct sql *db, bool *found, int64_t *hour, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, OLDEST, SQL_NO_VALUES);

    *found = sql_next(rows) && !sql_column_null(rows, 0);
    *hour = *found ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}
