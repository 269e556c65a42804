#include "registry/store/store_evidence.h"

#define OLDEST 64

static const char INSERT[] =
    "INSERT INTO evidence (unit_id, journal_no, position, received_ms, format, bytes, payload) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
static const char ADD[] =
    "INSERT INTO unit_evidence (unit_id, payloads, bytes) VALUES ($1, $2, $3) "
    "ON CONFLICT (unit_id) DO UPDATE SET payloads = unit_evidence.payloads + excluded.payloads, "
    "bytes = unit_evidence.bytes + excluded.bytes RETURNING bytes";
static const char FIND_OLDEST[] =
    "SELECT journal_no, position, bytes FROM evidence WHERE unit_id = $1 "
    "ORDER BY received_ms, journal_no, position LIMIT $2";
static const char DELETE[] =
    "DELETE FROM evidence WHERE unit_id = $1 AND journal_no = $2 AND position = $3";
static const char FIND[] = "SELECT e.received_ms, e.format, e.payload, j.gateway FROM evidence e "
                           "JOIN journal j ON j.journal_no = e.journal_no "
                           "WHERE e.unit_id = $1 AND e.journal_no = $2 AND e.position = $3";
static const char LIST[] =
    "SELECT e.received_ms, e.journal_no, e.position, e.format, e.bytes, j.gateway FROM evidence e "
    "JOIN journal j ON j.journal_no = e.journal_no WHERE e.unit_id = $1 AND "
    "(e.received_ms, e.journal_no, e.position) > ($2, $3, $4) AND e.received_ms < $5 "
    "ORDER BY e.received_ms, e.journal_no, e.position LIMIT $6";

static enum err add(struct sql *db, const char *unit, int64_t payloads, int64_t bytes,
                    int64_t *total, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, ADD, SQL_VALUES(sql_text(unit), sql_int(payloads), sql_int(bytes)));

    *total = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

struct oldest {
    int64_t journal_no, position, bytes;
};

static enum err find_oldest(struct sql *db, const char *unit, struct oldest *oldest, size_t *count,
                            struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND_OLDEST, SQL_VALUES(sql_text(unit), sql_int(OLDEST)));

    *count = 0;
    while (*count < OLDEST && sql_next(rows))
        oldest[(*count)++] = (struct oldest){sql_column_int(rows, 0), sql_column_int(rows, 1),
                                             sql_column_int(rows, 2)};
    return sql_done(rows, fault);
}

/* Deletes up to OLDEST payloads, as long as there is too much. */
static enum err trim_some(struct sql *db, const char *unit, int64_t keep_bytes, int64_t *total,
                          struct fault *fault)
{
    struct oldest oldest[OLDEST];
    size_t count = 0, gone = 0;
    int64_t left = *total;
    enum err err = find_oldest(db, unit, oldest, &count, fault);

    for (; err == ERR_OK && gone < count && left > keep_bytes; gone++) {
        left -= oldest[gone].bytes;
        err = sql_exec(db, DELETE,
                       SQL_VALUES(sql_text(unit), sql_int(oldest[gone].journal_no),
                                  sql_int(oldest[gone].position)),
                       NULL, fault);
    }
    if (err == ERR_OK && gone == 0)
        return fault_set(fault, ERR_IO, "unit %s: evidence and its sum do not agree", unit);
    return err == ERR_OK ? add(db, unit, -(int64_t)gone, left - *total, total, fault) : err;
}

enum err store_evidence_insert(struct sql *db, const struct store_evidence *evidence,
                               int64_t keep_bytes, struct fault *fault)
{
    int64_t total = 0;
    enum err err = sql_exec(db, INSERT,
                            SQL_VALUES(sql_text(evidence->unit), sql_int(evidence->journal_no),
                                       sql_int(evidence->position), sql_int(evidence->received_ms),
                                       sql_int(evidence->format), sql_int((int64_t)evidence->len),
                                       sql_bytes(evidence->payload, evidence->len)),
                            NULL, fault);

    if (err == ERR_OK)
        err = add(db, evidence->unit, 1, (int64_t)evidence->len, &total, fault);
    while (err == ERR_OK && total > keep_bytes)
        err = trim_some(db, evidence->unit, keep_bytes, &total, fault);
    return err;
}

enum err store_evidence_find(struct sql *db, struct arena *arena, const char *unit,
                             int64_t journal_no, int64_t position, struct store_evidence *evidence,
                             struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, FIND, SQL_VALUES(sql_text(unit), sql_int(journal_no), sql_int(position)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    *evidence = (struct store_evidence){unit, journal_no, position, 0, 0, NULL, 0, NULL};
    if (found) {
        const uint8_t *payload = sql_column_bytes(rows, 2, &evidence->len);

        evidence->payload = arena_copy(arena, payload, evidence->len);
        evidence->received_ms = sql_column_int(rows, 0);
        evidence->format = sql_column_int(rows, 1);
        evidence->gateway = arena_text(arena, sql_column_text(rows, 3));
    }
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND,
                         "unit %s: no raw payload of journal %lld, position %lld is kept", unit,
                         (long long)journal_no, (long long)position);
    return err;
}

/* The array doubles; what it outgrows stays in the arena. */
static struct store_evidence *room_for_one(struct arena *arena, struct store_evidence *list,
                                           size_t count, size_t *room)
{
    struct store_evidence *wider = NULL;

    if (count < *room)
        return list;
    *room = *room == 0 ? 64 : *room * 2;
    wider = ARENA_ARRAY(arena, struct store_evidence, *room);
    for (size_t i = 0; i < count; i++)
        wider[i] = list[i];
    return wider;
}

enum err store_evidence_list(struct sql *db, struct arena *arena, const char *unit,
                             struct store_evidence_place after, int64_t to_ms, size_t limit,
                             struct store_evidence **list, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, LIST,
                  SQL_VALUES(sql_text(unit), sql_int(after.received_ms), sql_int(after.journal_no),
                             sql_int(after.position), sql_int(to_ms), sql_int((int64_t)limit)));
    size_t room = 0;

    *list = NULL;
    *count = 0;
    while (*count < limit && sql_next(rows)) {
        *list = room_for_one(arena, *list, *count, &room);
        (*list)[(*count)++] = (struct store_evidence){
            .unit = unit,
            .received_ms = sql_column_int(rows, 0),
            .journal_no = sql_column_int(rows, 1),
            .position = sql_column_int(rows, 2),
            .format = sql_column_int(rows, 3),
            .len = (size_t)sql_column_int(rows, 4),
            .gateway = arena_text(arena, sql_column_text(rows, 5)),
        };
    }
    return sql_done(rows, fault);
}
