#include "gateway/journal/journal_walk.h"

#include <inttypes.h>
#include <unistd.h>

#include "shared/log.h"

void journal_walk_leave(struct journal_walk *walk)
{
    if (walk->segment >= 0)
        close(walk->segment);
    walk->segment = -1;
    walk->placed = false;
    walk->window_len = 0;
}

void journal_walk_refresh(struct journal_walk *walk)
{
    walk->window_len = 0;
}

/* ---- the segment ---- */

static void header_look(const struct journal_walk *walk, enum journal_file_state *state)
{
    struct journal_segment_header header;
    const struct journal_os *os = walk->dir->os;
    ssize_t got = os->pread(os, walk->segment, &header, sizeof header, 0);

    *state = got == (ssize_t)sizeof header ? journal_segment_check(walk->dir, &header, walk->base)
                                           : JOURNAL_FILE_DAMAGED;
}

/* Records carry the journal's seed, so those behind a damaged header can be trusted still. */
static enum err segment_enter(struct journal_walk *walk, uint64_t base, struct fault *fault)
{
    enum journal_file_state state = JOURNAL_FILE_GOOD;
    enum err err = ERR_OK;

    journal_walk_leave(walk);
    walk->base = walk->floor = base;
    walk->at = JOURNAL_SEGMENT_HEADER;
    walk->bytes = 0;
    err = journal_segment_open(walk->dir, base, &walk->segment, &walk->bytes);
    if (err == ERR_NOT_FOUND) /* no file that can be read: its positions come out as lost */
        return ERR_OK;
    if (err != ERR_OK)
        return fault_set(fault, err, "%s: segment %" PRIu64 ": %m", walk->dir->path, base);
    header_look(walk, &state);
    if (state == JOURNAL_FILE_NEWER)
        return fault_set(fault, ERR_INPUT, "%s: segment %" PRIu64 " %s; update the gateway",
                         walk->dir->path, base, journal_file_state_text(state));
    if (state != JOURNAL_FILE_GOOD)
        log_warn("journal", "%s: the header of segment %" PRIu64 " %s; reading what records it has",
                 walk->dir->path, base, journal_file_state_text(state));
    return ERR_OK;
}

/* Enters number `i` of the list, which it frees. */
static enum err listed_enter(struct journal_walk *walk, struct journal_segments *segments, size_t i,
                             struct fault *fault)
{
    uint64_t base = 0, ceiling = UINT64_MAX;
    bool found = i < segments->count;
    enum err err = ERR_NOT_FOUND;

    if (found)
        base = segments->bases[i];
    if (i + 1 < segments->count)
        ceiling = segments->bases[i + 1];
    journal_segments_free(segments);
    if (!found)
        return ERR_NOT_FOUND;
    walk->ceiling = ceiling;
    err = segment_enter(walk, base, fault);
    walk->placed = err == ERR_OK; /* half entered, it would pass for an empty one */
    return err;
}

enum err journal_walk_enter(struct journal_walk *walk, uint64_t position, struct fault *fault)
{
    struct journal_segments segments;
    size_t i = 0;

    if (journal_segments_list(walk->dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", walk->dir->path);
    i = journal_segments_at(&segments, position);
    return listed_enter(walk, &segments, i == segments.count ? 0 : i, fault);
}

enum err journal_walk_follow(struct journal_walk *walk, struct fault *fault)
{
    struct journal_segments segments;
    size_t i = 0;

    if (journal_segments_list(walk->dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", walk->dir->path);
    i = journal_segments_at(&segments, walk->base);
    return listed_enter(walk, &segments, i == segments.count ? 0 : i + 1, fault);
}

/* ---- the window ---- */

static size_t window_left(const struct journal_walk *walk, uint64_t at)
{
    return at < walk->window_at || at > walk->window_at + walk->window_len
               ? 0
               : (size_t)(walk->window_at + walk->window_len - at);
}

/* Fills the window from `at` on. Less than a window comes at the end of the file, and before a sector that
 * cannot be read: only the first ends the segment. -1: nothing came. */
static ssize_t read_window(struct journal_walk *walk, uint64_t at, bool *ended)
{
    const struct journal_os *os = walk->dir->os;
    size_t len = 0;
    ssize_t got = 1;

    while (got > 0 && len < JOURNAL_WALK_WINDOW) {
        got = os->pread(os, walk->segment, walk->window + len, JOURNAL_WALK_WINDOW - len,
                        (off_t)(at + len));
        len += got > 0 ? (size_t)got : 0;
    }
    *ended = got == 0;
    return got < 0 && len == 0 ? -1 : (ssize_t)len;
}

static enum err unreadable(const struct journal_walk *walk, uint64_t at, struct fault *fault)
{
    return fault_set(fault, ERR_IO, "%s: segment %" PRIu64 " at byte %" PRIu64 ": %m",
                     walk->dir->path, walk->base, at);
}

/* The disk gave less than a record may have: what is not whole in it is not known to be damaged. */
static bool breaks_off(const struct journal_walk *walk, uint64_t at, size_t left)
{
    return left < JOURNAL_RECORD_MAX && at + left < walk->bytes;
}

/* The bytes at `at`: JOURNAL_RECORD_MAX of them, or as many as the segment still has or the disk gives. */
static enum err window_over(struct journal_walk *walk, uint64_t at, const uint8_t **bytes,
                            size_t *left, struct fault *fault)
{
    uint64_t rest = at < walk->bytes ? walk->bytes - at : 0;
    bool ended = false;
    ssize_t got = 0;

    *left = window_left(walk, at);
    if (*left < JOURNAL_RECORD_MAX && *left < rest) {
        got = read_window(walk, at, &ended);
        if (got < 0)
            return unreadable(walk, at, fault);
        if (ended)
            walk->bytes = at + (uint64_t)got; /* cut short, or its end */
        walk->window_at = at;
        walk->window_len = (size_t)got;
        *left = (size_t)got;
    }
    *bytes = walk->window + (at - walk->window_at);
    return ERR_OK;
}

/* ---- records ---- */

static bool position_fits(const struct journal_walk *walk, const struct journal_record *record)
{
    return record->position >= walk->floor && record->position < walk->ceiling;
}

/* Where no header can be trusted, it looks every 8 bytes for a record that is right in all its
 * parts; a right header alone is trusted only where the record before it ended. */
enum err journal_walk_find(struct journal_walk *walk, struct journal_found *found,
                           struct fault *fault)
{
    size_t left = 0;
    enum err err = ERR_OK;

    found->state = JOURNAL_RECORD_NONE;
    if (walk->segment < 0)
        return ERR_OK;
    for (found->at = walk->at;; found->at += JOURNAL_RECORD_ALIGN) {
        err = window_over(walk, found->at, &found->bytes, &left, fault);
        if (err != ERR_OK)
            return err;
        if (left < JOURNAL_RECORD_HEADER)
            return breaks_off(walk, found->at, left) ? unreadable(walk, found->at + left, fault)
                                                     : ERR_OK;
        found->state = journal_record_check(found->bytes, left, walk->seed, &found->record);
        if (found->state != JOURNAL_RECORD_WHOLE && breaks_off(walk, found->at, left))
            return unreadable(walk, found->at + left, fault);
        if (found->state != JOURNAL_RECORD_NONE && position_fits(walk, &found->record) &&
            (found->state == JOURNAL_RECORD_WHOLE || found->at == walk->at))
            return ERR_OK;
        found->state = JOURNAL_RECORD_NONE;
    }
}

void journal_walk_pass(struct journal_walk *walk, const struct journal_found *found)
{
    walk->at = found->at + journal_record_size(&found->record);
    walk->floor = found->record.position + 1;
}
