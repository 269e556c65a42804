/*
 * journal_walk: over the segments of a journal and the records in them, in order, past whatever is
 * broken. The reader stands on it; it knows positions, not what they are wanted for.
 *
 * A window over one segment is moved by pread, so that a file cut short by somebody else is a loss and
 * not the end of the process. Errors: ERR_IO leaves it where it was. One thread.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_WALK_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_WALK_H

#include "gateway/journal/journal_record.h"
#include "gateway/journal/journal_segment.h"

#define JOURNAL_WALK_WINDOW (256u << 10)
_Static_assert(JOURNAL_WALK_WINDOW >= 2 * JOURNAL_RECORD_MAX, "a window holds any record");

struct journal_walk {
    const struct journal_dir *dir;
    uint32_t seed;
    bool placed; /* it is in a segment, and what follows says where */
    int segment; /* -1: it has no file that can be read */
    uint64_t base, bytes;
    uint64_t at; /* in the segment: where to look next */
    /* Positions below `floor` are behind `at`; those from `ceiling` on are in the following segments,
     * and a record here that claims one was torn before its position was given again. */
    uint64_t floor, ceiling;

    uint64_t window_at;
    size_t window_len;
    uint8_t window[JOURNAL_WALK_WINDOW];
};

struct journal_found {
    enum journal_record_state state; /* JOURNAL_RECORD_NONE: nothing more in this segment */
    struct journal_record record;
    uint64_t at;
    const uint8_t *bytes; /* until the window moves */
};

/* Enters the segment that holds `position`, or the first one when all are behind it. ERR_NOT_FOUND:
 * there is no segment. ERR_INPUT: it was written by a newer version. */
enum err journal_walk_enter(struct journal_walk *walk, uint64_t position,
                            struct fault *fault) ERR_CHECKED;

/* Enters the segment behind the present one. ERR_NOT_FOUND: there is none; it stays. */
enum err journal_walk_follow(struct journal_walk *walk, struct fault *fault) ERR_CHECKED;

void journal_walk_leave(struct journal_walk *walk);

/* Forgets what was read ahead: the writer has filled more since. */
void journal_walk_refresh(struct journal_walk *walk);

/* The next record at or behind `at`; does not move. */
enum err journal_walk_find(struct journal_walk *walk, struct journal_found *found,
                           struct fault *fault) ERR_CHECKED;

/* Moves behind what was found. */
void journal_walk_pass(struct journal_walk *walk, const struct journal_found *found);

#endif
