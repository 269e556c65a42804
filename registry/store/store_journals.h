/*
 * store_journals: which journals deliver, how far, and what came of it. The row of a journal is its
 * cursor; it moves in the transaction that stores what it moved over.
 *
 * Calls belong inside a transaction where the comment says so. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_JOURNALS_H
#define EVROLL_REGISTRY_STORE_STORE_JOURNALS_H

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/unit.h"

#define STORE_JOURNAL_ID_BYTES 16

struct store_journal {
    int64_t journal_no; /* the registry's number of it, from 1 */
    char gateway[UNIT_NAME_MAX + 1];
    uint8_t id[STORE_JOURNAL_ID_BYTES];
    int64_t next;     /* the first position that is not there yet */
    int64_t messages; /* positions delivered: as rows, as rejects, or both */
    int64_t rows;     /* samples received in them, duplicates included */
    int64_t rejects;
    int64_t damaged;           /* positions that the gateway could not read any more */
    int64_t lost;              /* positions that the gateway no longer had */
    int64_t first_ms, last_ms; /* first and last delivery */
};

/* What a delivery adds. */
struct store_advance {
    const char *gateway;
    const uint8_t *id;
    int64_t from, next; /* the cursor moves from `from` to `next`, or not at all */
    int64_t messages, rows, rejects, damaged, lost;
    int64_t now_ms;
};

/* ERR_NOT_FOUND: it never delivered. */
enum err store_journal_find(struct sql *db, const char *gateway, const uint8_t *id,
                            struct store_journal *journal, struct fault *fault) ERR_CHECKED;

/* From how many journals a gateway delivered. */
enum err store_journals_count(struct sql *db, const char *gateway, int64_t *count,
                              struct fault *fault) ERR_CHECKED;

/* At first contact, with the cursor at 0. Inside SQL_WRITE. ERR_BUSY: another connection did it at
 * the same moment. */
enum err store_journal_create(struct sql *db, const char *gateway, const uint8_t *id,
                              int64_t now_ms, struct fault *fault) ERR_CHECKED;

/* Inside SQL_WRITE. `journal_no` is 0 when the cursor did not stand at `from`: nothing changed. */
enum err store_journal_advance(struct sql *db, const struct store_advance *advance,
                               int64_t *journal_no, struct fault *fault) ERR_CHECKED;

/* All of them, by gateway and first delivery. */
enum err store_journals_list(struct sql *db, struct arena *arena, struct store_journal **journals,
                             size_t *count, struct fault *fault) ERR_CHECKED;

#endif
