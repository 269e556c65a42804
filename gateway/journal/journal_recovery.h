/*
 * journal_recovery: what a writer finds when it opens a journal, and what it makes of it. The rules
 * are in docs/journal-format.md, "Recovery".
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_RECOVERY_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_RECOVERY_H

#include "gateway/journal/journal_segment.h"

struct journal_recovery {
    uint64_t next;    /* the position of the next entry */
    uint8_t *mapped;  /* the segment to go on in; NULL: begin a new one */
    size_t bytes, at; /* its size, and where its next record begins */
    uint64_t segment_base;
};

/* Touches nothing. ERR_INPUT when the directory holds something else than a journal. */
enum err journal_recovery_allow(struct journal_dir *dir, struct fault *fault) ERR_CHECKED;

/* Under the writer's lock, as everything below. Makes journal.id when it is missing. */
enum err journal_recovery_identify(struct journal_dir *dir, struct fault *fault) ERR_CHECKED;

enum err journal_recovery_run(const struct journal_dir *dir, struct journal_recovery *recovery,
                              struct fault *fault) ERR_CHECKED;

#endif
