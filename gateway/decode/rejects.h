/*
 * rejects: the gateway's own store of refused payloads, for `evroll-gateway rejects`. The registry
 * gets them too; this one answers at the site, without a line.
 *
 * A directory of files 00000001.jsonl, 00000002.jsonl … with a line each (reject_line.h). When the
 * files together exceed the budget the oldest is deleted. A crash may repeat lines, or leave half
 * of one: showing passes over both. One writer; any number of readers.
 *
 * Errors: ERR_IO. Nothing depends on this store: a caller counts the fault and goes on.
 */
#ifndef EVROLL_GATEWAY_DECODE_REJECTS_H
#define EVROLL_GATEWAY_DECODE_REJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/decode/reject_line.h"
#include "shared/err.h"

#define REJECTS_BUDGET_DEFAULT (64u << 20)
#define REJECTS_FILES          8 /* the budget is kept in so many files */

struct rejects;

/* Creates `dir` (mode 0750) when it is not there. `budget` 0 means REJECTS_BUDGET_DEFAULT. */
enum err rejects_open(const char *dir, uint64_t budget, struct rejects **rejects,
                      struct fault *fault) ERR_CHECKED;
void rejects_close(struct rejects *rejects);

enum err rejects_append(struct rejects *rejects, const uint8_t journal_id[JOURNAL_ID_BYTES],
                        const struct batch_reject *reject, struct fault *fault) ERR_CHECKED;

struct rejects_filter {
    const char *unit; /* NULL: all */
    int64_t since_ms; /* arrival; INT64_MIN: all */
};

/* Each reject once, in the order in which they were written. `text` is the line as stored. */
typedef void (*rejects_visit)(void *arg, const struct reject_line *line, const char *text,
                              size_t len);

/* ERR_NOT_FOUND when there is no such directory. */
enum err rejects_each(const char *dir, const struct rejects_filter *filter, rejects_visit visit,
                      void *arg, struct fault *fault) ERR_CHECKED;

#endif
