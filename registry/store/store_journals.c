#include "registry/store/store_journals.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "journal_no, gateway, journal_id, next_position, messages, rows_received, rejects, damaged, "  \
    "lost, first_ms, last_ms"

static const char FIND[] = "SELECT " COLUMNS " FROM journal WHERE gateway = $1 AND journal_id = $2";
static const char LIST[] = "SELECT " COLUMNS " FROM journal ORDER BY gateway, journal_no";
static const char COUNT[] = "SELECT COUNT(*) FROM journal";
static const char COUNT_OF[] = "SELECT COUNT(*) FROM journal WHERE gateway = $1";
static const char CREATE[] = "INSERT INTO journal (" COLUMNS ") "
                             "SELECT COALESCE(MAX(journal_no), 0) + 1, $1, $2, 0, 0, 0, 0, 0, 0, "
                             "CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM journal WHERE TRUE "
                             "ON CONFLICT DO NOTHING";
static const char ADVANCE[] =
    "UPDATE journal SET next_position = $4, messages = messages + $5, "
    "rows_received = rows_received + $6, rejects = rejects + $7, damaged = damaged + $8, "
    "lost = lost + $9, last_ms = $10 "
    "WHERE gateway = $1 AND journal_id = $2 AND next_position = $3 RETURNING journal_no";

static void read_journal(const struct sql_rows *rows, struct store_journal *journal)
{
    size_t len = 0;
    const uint8_t *id = sql_column_bytes(rows, 2, &len);

    *journal = (struct store_journal){
        .journal_no = sql_column_int(rows, 0),
        .next = sql_column_int(rows, 3),
        .messages = sql_column_int(rows, 4),
        .rows = sql_column_int(rows, 5),
        .rejects = sql_column_int(rows, 6),
        .damaged = sql_column_int(rows, 7),
        .lost = sql_column_int(rows, 8),
        .first_ms = sql_column_int(rows, 9),
        .last_ms = sql_column_int(rows, 10),
    };
    snprintf(journal->gateway, sizeof journal->gateway, "%s", sql_column_text(rows, 1));
    if (len == sizeof journal->id)
        memcpy(journal->id, id, len);
}

enum err store_journal_find(struct sql *db, const char *gateway, const uint8_t *id,
                            struct store_journal *journal, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, FIND, SQL_VALUES(sql_text(gateway), sql_bytes(id, STORE_JOURNAL_ID_BYTES)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    if (found)
        read_journal(rows, journal);
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "gateway %s never delivered from this journal",
                         gateway);
    return err;
}

enum err store_journals_count(struct sql *db, const char *gateway, int64_t *count,
                              struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, COUNT_OF, SQL_VALUES(sql_text(gateway)));

    *count = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_journal_create(struct sql *db, const char *gateway, const uint8_t *id,
                              int64_t now_ms, struct fault *fault)
{
    int64_t changed = 0;
    enum err err = sql_exec(
        db, CREATE,
        SQL_VALUES(sql_text(gateway), sql_bytes(id, STORE_JOURNAL_ID_BYTES), sql_int(now_ms)),
        &changed, fault);

    if (err == ERR_OK && changed == 0)
        return fault_set(fault, ERR_BUSY, "another journal was added at the same moment");
    return err;
}

enum err store_journal_advance(struct sql *db, const struct store_advance *advance,
                               int64_t *journal_no, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, ADVANCE,
        SQL_VALUES(sql_text(advance->gateway), sql_bytes(advance->id, STORE_JOURNAL_ID_BYTES),
                   sql_int(advance->from), sql_int(advance->next), sql_int(advance->messages),
                   sql_int(advance->rows), sql_int(advance->rejects), sql_int(advance->damaged),
                   sql_int(advance->lost), sql_int(advance->now_ms)));

    *journal_no = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_journals_list(struct sql *db, struct arena *arena, struct store_journal **journals,
                             size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, COUNT, SQL_NO_VALUES);
    size_t room = sql_next(rows) ? (size_t)sql_column_int(rows, 0) : 0;
    enum err err = sql_done(rows, fault);

    *count = 0;
    if (err != ERR_OK)
        return err;
    *journals = ARENA_ARRAY(arena, struct store_journal, room + 1);
    rows = sql_query(db, LIST, SQL_NO_VALUES);
    while (*count < room && sql_next(rows))
        read_journal(rows, &(*journals)[(*count)++]);
    return sql_done(rows, fault);
}
