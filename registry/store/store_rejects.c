#include "registry/store/store_rejects.h"

static const char INSERT[] =
    "INSERT INTO reject (unit_id, received_ms, journal_no, position, format, reason, detail, "
    "at_byte, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
static const char LIST[] =
    "SELECT r.received_ms, r.journal_no, r.position, r.format, r.reason, r.detail, r.at_byte, "
    "r.payload, j.gateway FROM reject r JOIN journal j ON j.journal_no = r.journal_no "
    "WHERE r.unit_id = $1 AND (r.received_ms, r.journal_no, r.position) < ($2, $3, $4) "
    "ORDER BY r.received_ms DESC, r.journal_no DESC, r.position DESC LIMIT $5";

enum err store_reject_insert(struct sql *db, const struct store_reject *reject, struct fault *fault)
{
    return sql_exec(db, INSERT,
                    SQL_VALUES(sql_text(reject->unit), sql_int(reject->received_ms),
                               sql_int(reject->journal_no), sql_int(reject->position),
                               sql_int(reject->format), sql_text(reject->reason),
                               sql_text(reject->detail), sql_int(reject->at_byte),
                               sql_bytes(reject->payload, reject->payload_len)),
                    NULL, fault);
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
