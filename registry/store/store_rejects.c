#include "registry/store/store_rejects.h"

#define INSERT_ONE                                                                                 \
    "INSERT INTO reject (unit_id, received_ms, journal_no, position, format, reason, detail, "     \
    "at_byte, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
static const char INSERT[] = INSERT_ONE;
static const char INSERT_UNLESS[] =
    INSERT_ONE " ON CONFLICT (unit_id, received_ms, journal_no, position) DO NOTHING";
static const char ADD[] =
    "INSERT INTO reject_count (unit_id, reason, payloads) VALUES ($1, $2, $3) "
    "ON CONFLICT (unit_id, reason) DO UPDATE SET "
    "payloads = reject_count.payloads + excluded.payloads";
static const char COUNTS_OF_UNIT[] = "SELECT reason, payloads FROM reject_count "
                                     "WHERE unit_id = $1 ORDER BY payloads DESC, reason LIMIT $2";
static const char COUNTS_OF_ALL[] =
    "SELECT reason, CAST(SUM(payloads) AS BIGINT) AS payloads FROM reject_count "
    "GROUP BY reason ORDER BY 2 DESC, 1 LIMIT $1";
static const char BETWEEN[] = "SELECT COUNT(*) FROM reject WHERE unit_id = $1 AND "
                              "received_ms >= $2 AND received_ms < $3";
static const char LIST[] =
    "SELECT r.received_ms, r.journal_no, r.position, r.format, r.reason, r.detail, r.at_byte, "
    "r.payload, j.gateway FROM reject r JOIN journal j ON j.journal_no = r.journal_no "
    "WHERE r.unit_id = $1 AND (r.received_ms, r.journal_no, r.position) < ($2, $3, $4) "
    "ORDER BY r.received_ms DESC, r.journal_no DESC, r.position DESC LIMIT $5";

static enum err insert(struct sql *db, const char *text, const struct store_reject *reject,
                       int64_t count, struct fault *fault)
{
    enum err err = sql_send(db, text,
                            SQL_VALUES(sql_text(reject->unit), sql_int(reject->received_ms),
                                       sql_int(reject->journal_no), sql_int(reject->position),
                                       sql_int(reject->format), sql_text(reject->reason),
                                       sql_text(reject->detail), sql_int(reject->at_byte),
                                       sql_bytes(reject->payload, reject->payload_len)),
                            fault);

    if (err != ERR_OK)
        return err;
    return sql_send(db, ADD,
                    SQL_VALUES(sql_text(reject->unit), sql_text(reject->reason), sql_int(count)),
                    fault);
}

enum err store_reject_insert(struct sql *db, const struct store_reject *reject, struct fault *fault)
{
    return insert(db, INSERT, reject, 1, fault);
}

enum err store_reject_insert_samples(struct sql *db, const struct store_reject *reject,
                                     int64_t samples, struct fault *fault)
{
    return insert(db, INSERT_UNLESS, reject, samples, fault);
}

static struct store_reject read_reject(const struct sql_rows *rows, struct arena *arena)
{
    struct store_reject reject = {
        .received_ms = sql_column_int(rows, 0),
        .journal_no = sql_column_int(rows, 1),
        .position = sql_column_int(rows, 2),
        .format = sql_column_int(rows, 3),
        .reason = arena_text(arena, sql_column_text(rows, 4)),
        .detail = arena_text(arena, sql_column_text(rows, 5)),
        .at_byte = sql_column_int(rows, 6),
        .gateway = arena_text(arena, sql_column_text(rows, 8)),
    };
    const uint8_t *payload = sql_column_bytes(rows, 7, &reject.payload_len);

    reject.payload = arena_copy(arena, payload, reject.payload_len);
    return reject;
}

enum err store_rejects_list(struct sql *db, struct arena *arena, const char *unit,
                            struct store_reject_place after, size_t limit,
                            struct store_reject **rejects, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, LIST,
                  SQL_VALUES(sql_text(unit), sql_int(after.received_ms), sql_int(after.journal_no),
                             sql_int(after.position), sql_int((int64_t)limit)));

    *count = 0;
    *rejects = ARENA_ARRAY(arena, struct store_reject, limit + 1);
    while (*count < limit && sql_next(rows)) {
        (*rejects)[*count] = read_reject(rows, arena);
        (*rejects)[*count].unit = unit;
        *count += 1;
    }
    return sql_done(rows, fault);
}

enum err store_reject_counts(struct sql *db, struct arena *arena, const char *unit, size_t limit,
                             struct store_reject_count **counts, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        unit == NULL
            ? sql_query(db, COUNTS_OF_ALL, SQL_VALUES(sql_int((int64_t)limit)))
            : sql_query(db, COUNTS_OF_UNIT, SQL_VALUES(sql_text(unit), sql_int((int64_t)limit)));

    *count = 0;
    *counts = ARENA_ARRAY(arena, struct store_reject_count, limit);
    while (*count < limit && sql_next(rows))
        (*counts)[(*count)++] = (struct store_reject_count){
            arena_text(arena, sql_column_text(rows, 0)), sql_column_int(rows, 1)};
    return sql_done(rows, fault);
}

enum err store_rejects_between(struct sql *db, const char *unit, int64_t from_ms, int64_t to_ms,
                               int64_t *payloads, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, BETWEEN, SQL_VALUES(sql_text(unit), sql_int(from_ms), sql_int(to_ms)));

    *payloads = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}
