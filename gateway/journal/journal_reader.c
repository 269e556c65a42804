/*
 * The reader: a window over one segment, moved by pread, so that a file cut short by somebody else
 * is an error and not the end of the process.
 *
 * Two numbers lead it: `next`, the position to deliver next, and `limit`, one past the last
 * position it may deliver. While next < limit something must come out: the record of `next`, or the
 * run of positions that is not there. journal_read is that decision, record_find what it rests on.
 */
#include "gateway/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "gateway/journal/journal_internal.h"
#include "gateway/journal/journal_record.h"
#include "gateway/journal/journal_segment.h"
#include "shared/log.h"

#define WINDOW_BYTES (256u << 10)
_Static_assert(WINDOW_BYTES >= 2 * JOURNAL_RECORD_MAX, "a window holds any record");

struct journal_reader {
    struct journal_dir dir;
    uint32_t seed;
    int lock; /* taken by the first release; -1: not yet */
    bool only_synced;
    uint64_t cursor, next, limit;

    bool placed; /* `base` and what follows say where it is */
    int segment; /* -1: it has no file that can be read */
    uint64_t base, bytes;
    uint64_t at; /* in the segment: where to look next */
    /* Positions below `floor` are behind `at`; those from `ceiling` on are in the following segments,
     * and a record here that claims one was torn before its position was given again. */
    uint64_t floor, ceiling;

    uint64_t window_at;
    size_t window_len;
    uint8_t window[WINDOW_BYTES];
};

static void segment_leave(struct journal_reader *reader)
{
    if (reader->segment >= 0)
        close(reader->segment);
    reader->segment = -1;
    reader->window_len = 0;
}

/* ---- how far to read ---- */

static uint64_t synced_now(const struct journal_reader *reader, uint64_t appended)
{
    struct journal_sync_page sync;

    if (journal_file_load(&reader->dir, JOURNAL_NAME_SYNC, JOURNAL_MAGIC_SYNC, &sync,
                          sizeof sync) != JOURNAL_FILE_GOOD)
        return 0;
    return sync.synced < appended ? sync.synced : appended;
}

static enum err page_look(const struct journal_reader *reader, struct journal_page *page,
                          struct fault *fault)
{
    const char *path = reader->dir.path;
    enum journal_file_state state = journal_page_load(&reader->dir, page);

    if (state == JOURNAL_FILE_GOOD)
        return ERR_OK;
    if (state == JOURNAL_FILE_MISSING || state == JOURNAL_FILE_FOREIGN)
        return fault_set(fault, ERR_CONFLICT, "%s: this journal is gone, open again", path);
    if (state == JOURNAL_FILE_NEWER)
        return fault_set(fault, ERR_INPUT, "%s/%s %s; update the gateway", path, JOURNAL_NAME_PAGE,
                         journal_file_state_text(state));
    return fault_set(fault, ERR_IO, "%s/%s %s; the writer makes it again when it opens", path,
                     JOURNAL_NAME_PAGE, journal_file_state_text(state));
}

/* The window may hold bytes from before the writer filled them, so it goes with the old limit. */
static enum err limit_refresh(struct journal_reader *reader, struct fault *fault)
{
    struct journal_page page;
    uint64_t limit = 0;
    enum err err = page_look(reader, &page, fault);

    if (err != ERR_OK)
        return err;
    limit = reader->only_synced ? synced_now(reader, page.live.appended) : page.live.appended;
    if (limit > reader->limit)
        reader->window_len = 0;
    reader->limit = limit;
    return ERR_OK;
}

/* ---- the segment ---- */

static void header_look(const struct journal_reader *reader, enum journal_file_state *state)
{
    struct journal_segment_header header;
    const struct journal_os *os = reader->dir.os;
    ssize_t got = os->pread(os, reader->segment, &header, sizeof header, 0);

    *state = got == (ssize_t)sizeof header
                 ? journal_segment_check(&reader->dir, &header, reader->base)
                 : JOURNAL_FILE_DAMAGED;
}

/* Records carry the journal's seed, so those behind a damaged header can be trusted still. */
static enum err segment_enter(struct journal_reader *reader, uint64_t base, struct fault *fault)
{
    enum journal_file_state state = JOURNAL_FILE_GOOD;
    enum err err = ERR_OK;

    segment_leave(reader);
    reader->base = reader->floor = base;
    reader->at = JOURNAL_SEGMENT_HEADER;
    reader->bytes = 0;
    err = journal_segment_open(&reader->dir, base, &reader->segment, &reader->bytes);
    if (err == ERR_NOT_FOUND) /* no file that can be read: its positions come out as lost */
        return ERR_OK;
    if (err != ERR_OK)
        return fault_set(fault, err, "%s: segment %" PRIu64 ": %m", reader->dir.path, base);
    header_look(reader, &state);
    if (state == JOURNAL_FILE_NEWER)
        return fault_set(fault, ERR_INPUT, "%s: segment %" PRIu64 " %s; update the gateway",
                         reader->dir.path, base, journal_file_state_text(state));
    if (state != JOURNAL_FILE_GOOD)
        log_warn("journal", "%s: the header of segment %" PRIu64 " %s; reading what records it has",
                 reader->dir.path, base, journal_file_state_text(state));
    return ERR_OK;
}

/* Enters the segment that holds `next`, or the one behind it. ERR_NOT_FOUND: there is none. */
static enum err segment_choose(struct journal_reader *reader, bool following, struct fault *fault)
{
    struct journal_segments segments;
    size_t i = 0;
    uint64_t base = 0, ceiling = UINT64_MAX;
    bool found = false;

    if (journal_segments_list(&reader->dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", reader->dir.path);
    if (following) {
        i = journal_segments_at(&segments, reader->base);
        i = i == segments.count ? 0 : i + 1;
    } else {
        i = journal_segments_at(&segments, reader->next);
        i = i == segments.count ? 0 : i;
    }
    found = i < segments.count;
    if (found)
        base = segments.bases[i];
    if (i + 1 < segments.count)
        ceiling = segments.bases[i + 1];
    journal_segments_free(&segments);
    if (!found)
        return ERR_NOT_FOUND;
    reader->ceiling = ceiling;
    return segment_enter(reader, base, fault);
}

/* ---- the window ---- */

static size_t window_left(const struct journal_reader *reader, uint64_t at)
{
    return at < reader->window_at || at > reader->window_at + reader->window_len
               ? 0
               : (size_t)(reader->window_at + reader->window_len - at);
}

/* The bytes at `at`: JOURNAL_RECORD_MAX of them, or as many as the segment still has. */
static enum err window_over(struct journal_reader *reader, uint64_t at, const uint8_t **bytes,
                            size_t *left, struct fault *fault)
{
    const struct journal_os *os = reader->dir.os;
    uint64_t rest = at < reader->bytes ? reader->bytes - at : 0;
    ssize_t got = 0;

    *left = window_left(reader, at);
    if (*left < JOURNAL_RECORD_MAX && *left < rest) {
        got = os->pread(os, reader->segment, reader->window, WINDOW_BYTES, (off_t)at);
        if (got < 0) {
            (void)fault_set(fault, ERR_IO, "%s: segment %" PRIu64 " at byte %" PRIu64 ": %m",
                            reader->dir.path, reader->base, at);
            return ERR_IO;
        }
        if ((size_t)got < WINDOW_BYTES)
            reader->bytes = at + (uint64_t)got; /* cut short, or its end */
        reader->window_at = at;
        reader->window_len = (size_t)got;
        *left = (size_t)got;
    }
    *bytes = reader->window + (at - reader->window_at);
    return ERR_OK;
}

/* ---- records ---- */

struct found {
    enum journal_record_state state; /* JOURNAL_RECORD_NONE: nothing more in this segment */
    struct journal_record record;
    uint64_t at;
    const uint8_t *bytes;
};

static bool position_fits(const struct journal_reader *reader, const struct journal_record *record)
{
    return record->position >= reader->floor && record->position < reader->ceiling;
}

/* Where no header can be trusted, it looks every 8 bytes for a record that is right in all its
 * parts; a right header alone is trusted only where the record before it ended. */
static enum err record_find(struct journal_reader *reader, struct found *found, struct fault *fault)
{
    size_t left = 0;
    enum err err = ERR_OK;

    found->state = JOURNAL_RECORD_NONE;
    if (reader->segment < 0)
        return ERR_OK;
    for (found->at = reader->at;; found->at += JOURNAL_RECORD_ALIGN) {
        err = window_over(reader, found->at, &found->bytes, &left, fault);
        if (err != ERR_OK || left < JOURNAL_RECORD_HEADER)
            return err;
        found->state = journal_record_check(found->bytes, left, reader->seed, &found->record);
        if (found->state != JOURNAL_RECORD_NONE && position_fits(reader, &found->record) &&
            (found->state == JOURNAL_RECORD_WHOLE || found->at == reader->at))
            return ERR_OK;
        found->state = JOURNAL_RECORD_NONE;
    }
}

static void record_pass(struct journal_reader *reader, const struct found *found)
{
    reader->at = found->at + journal_record_size(&found->record);
    reader->floor = found->record.position + 1;
}

static void lost_up_to(struct journal_reader *reader, uint64_t position,
                       struct journal_entry *entry)
{
    uint64_t end = position < reader->limit ? position : reader->limit;

    *entry = (struct journal_entry){
        .position = reader->next, .damaged = true, .damaged_count = end - reader->next};
    reader->next = end;
}

static void record_deliver(struct journal_reader *reader, const struct found *found,
                           struct journal_entry *entry)
{
    record_pass(reader, found);
    if (found->state == JOURNAL_RECORD_BROKEN) {
        lost_up_to(reader, reader->next + 1, entry);
        return;
    }
    journal_record_entry(found->bytes, &found->record, entry);
    reader->next++;
}

/* One look at the segment: an entry comes out (ERR_OK), or the segment is at its end
 * (ERR_NOT_FOUND). */
static enum err segment_read(struct journal_reader *reader, struct journal_entry *entry,
                             struct fault *fault)
{
    struct found found;

    for (;;) {
        enum err err = record_find(reader, &found, fault);
        if (err != ERR_OK)
            return err;
        if (found.state == JOURNAL_RECORD_NONE)
            return ERR_NOT_FOUND;
        if (found.record.position >= reader->next)
            break;
        record_pass(reader, &found); /* before the cursor, or before where it was told to seek */
    }
    if (found.record.position == reader->next) {
        record_deliver(reader, &found, entry);
        return ERR_OK;
    }
    lost_up_to(reader, found.record.position, entry);
    if (found.at != reader->at)
        log_warn("journal",
                 "%s: segment %" PRIu64 ": %" PRIu64 " bytes from %" PRIu64 " on are no record",
                 reader->dir.path, reader->base, found.at - reader->at, reader->at);
    reader->at = found.at;
    return ERR_OK;
}

/* The segment that follows, and what is lost in front of it; with none, all up to the limit is
 * lost. ERR_NOT_FOUND: entered, nothing came out yet. */
static enum err segment_follow(struct journal_reader *reader, bool following,
                               struct journal_entry *entry, struct fault *fault)
{
    enum err err = segment_choose(reader, following, fault);

    if (err == ERR_NOT_FOUND) {
        lost_up_to(reader, reader->limit, entry);
        return ERR_OK;
    }
    reader->placed = err == ERR_OK; /* half entered, it would take the segment for an empty one */
    if (err != ERR_OK)
        return err;
    if (reader->base <= reader->next)
        return ERR_NOT_FOUND;
    lost_up_to(reader, reader->base, entry);
    return ERR_OK;
}

static enum err entry_next(struct journal_reader *reader, struct journal_entry *entry,
                           struct fault *fault)
{
    enum err err = ERR_NOT_FOUND;

    if (!reader->placed)
        err = segment_follow(reader, false, entry, fault);
    while (err == ERR_NOT_FOUND) {
        err = segment_read(reader, entry, fault);
        if (err == ERR_NOT_FOUND)
            err = segment_follow(reader, true, entry, fault);
    }
    return err;
}

enum err journal_read(struct journal_reader *reader, struct journal_entry *entry,
                      struct fault *fault)
{
    enum err err = reader->next < reader->limit ? ERR_OK : limit_refresh(reader, fault);

    if (err == ERR_OK && reader->next >= reader->limit)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = entry_next(reader, entry, fault);
    if (err == ERR_OK && entry->damaged)
        log_warn("journal", "%s: %" PRIu64 " position(s) from %" PRIu64 " on cannot be read",
                 reader->dir.path, entry->damaged_count, entry->position);
    return err;
}

/* ---- open and close ---- */

static enum err oldest_find(const struct journal_reader *reader, uint64_t appended,
                            uint64_t *oldest, uint64_t *bytes, struct fault *fault)
{
    struct journal_segments segments;

    if (journal_segments_list(&reader->dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", reader->dir.path);
    *oldest = segments.count == 0 ? appended : segments.bases[0];
    *bytes = segments.bytes;
    journal_segments_free(&segments);
    return ERR_OK;
}

/* False when there is none that makes sense: the oldest entry is the place then, and the registry
 * knows what it has already. */
static bool cursor_load(struct journal_reader *reader, uint64_t appended)
{
    struct journal_cursor_file file;
    const char *path = reader->dir.path;
    enum journal_file_state state = journal_file_load(&reader->dir, JOURNAL_NAME_CURSOR,
                                                      JOURNAL_MAGIC_CURSOR, &file, sizeof file);

    if (state != JOURNAL_FILE_GOOD) {
        if (state != JOURNAL_FILE_MISSING)
            log_error("journal", "%s/%s %s; reading begins at the oldest entry", path,
                      JOURNAL_NAME_CURSOR, journal_file_state_text(state));
        return false;
    }
    if (file.position > appended) {
        log_error("journal",
                  "%s: the cursor stands at %" PRIu64 ", but the journal ends at %" PRIu64
                  "; was it put back from a copy? Reading begins at the oldest entry",
                  path, file.position, appended);
        return false;
    }
    reader->cursor = file.position;
    return true;
}

static enum err reader_place(struct journal_reader *reader, struct fault *fault)
{
    struct journal_page page;
    uint64_t bytes = 0;
    enum err err = page_look(reader, &page, fault);

    if (err == ERR_CONFLICT)
        return fault_set(fault, ERR_NOT_FOUND, "%s: no journal here yet", reader->dir.path);
    if (err == ERR_OK && !cursor_load(reader, page.live.appended))
        err = oldest_find(reader, page.live.appended, &reader->cursor, &bytes, fault);
    reader->next = reader->cursor;
    reader->seed = journal_record_seed(reader->dir.id);
    return err;
}

enum err journal_reader_open_os(const char *dir, const struct journal_os *os,
                                struct journal_reader **reader, struct fault *fault)
{
    struct journal_reader *made = calloc(1, sizeof *made);
    enum err err = ERR_OK;

    *reader = NULL;
    if (made == NULL)
        return fault_set(fault, ERR_IO, "%s: out of memory", dir);
    made->segment = made->lock = -1;
    err = journal_dir_enter(&made->dir, dir, os, fault);
    if (err == ERR_OK)
        err = reader_place(made, fault);
    if (err == ERR_OK)
        *reader = made;
    else
        journal_reader_close(made);
    return err;
}

enum err journal_reader_open(const char *dir, struct journal_reader **reader, struct fault *fault)
{
    return journal_reader_open_os(dir, &journal_os_system, reader, fault);
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader == NULL)
        return;
    segment_leave(reader);
    if (reader->lock >= 0)
        close(reader->lock);
    journal_dir_close(&reader->dir);
    free(reader);
}

const uint8_t *journal_reader_id(const struct journal_reader *reader)
{
    return reader->dir.id;
}

void journal_reader_only_synced(struct journal_reader *reader, bool only)
{
    reader->only_synced = only;
    reader->limit = 0;
}

/* ---- where things stand ---- */

enum err journal_reader_extent(struct journal_reader *reader, struct journal_extent *extent,
                               struct fault *fault)
{
    struct journal_page page;
    enum err err = page_look(reader, &page, fault);

    *extent = (struct journal_extent){.cursor = reader->cursor};
    if (err != ERR_OK)
        return err;
    extent->appended = page.live.appended;
    extent->synced = synced_now(reader, page.live.appended);
    extent->bytes_budget = page.fixed.budget;
    return oldest_find(reader, page.live.appended, &extent->oldest, &extent->bytes_used, fault);
}

enum err journal_seek(struct journal_reader *reader, uint64_t position, struct fault *fault)
{
    struct journal_extent extent;
    enum err err = journal_reader_extent(reader, &extent, fault);

    if (err != ERR_OK)
        return err;
    if (position < extent.oldest || position > extent.appended)
        return fault_set(fault, ERR_NOT_FOUND,
                         "%s: position %" PRIu64 " is not there; it holds %" PRIu64 " to %" PRIu64,
                         reader->dir.path, position, extent.oldest, extent.appended);
    segment_leave(reader);
    reader->placed = false;
    reader->next = position;
    return ERR_OK;
}

/* ---- release ---- */

static enum err release_lock(struct journal_reader *reader, struct fault *fault)
{
    const struct journal_dir *dir = &reader->dir;

    if (reader->lock >= 0)
        return ERR_OK;
    reader->lock = dir->os->open(dir->os, dir->fd, JOURNAL_NAME_RLOCK, O_RDWR | O_CREAT);
    if (reader->lock < 0)
        return fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, JOURNAL_NAME_RLOCK);
    if (flock(reader->lock, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    close(reader->lock);
    reader->lock = -1;
    return fault_set(fault, ERR_BUSY, "%s: another process releases from this journal", dir->path);
}

static enum err cursor_save(struct journal_reader *reader, uint64_t position, struct fault *fault)
{
    struct journal_cursor_file file = {.position = position};

    if (position <= reader->cursor)
        return ERR_OK;
    journal_file_seal(&reader->dir, JOURNAL_MAGIC_CURSOR, &file, sizeof file);
    if (journal_file_replace(&reader->dir, JOURNAL_NAME_CURSOR, &file, sizeof file) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s/%s: %m", reader->dir.path, JOURNAL_NAME_CURSOR);
    reader->cursor = position;
    return ERR_OK;
}

/* A segment goes when the one behind it begins at or before the cursor, and the writer is in that
 * one or further. */
static enum err segments_delete(struct journal_reader *reader, uint64_t writing,
                                struct fault *fault)
{
    const struct journal_dir *dir = &reader->dir;
    struct journal_segments segments;
    enum err err = ERR_OK;

    if (journal_segments_list(dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", dir->path);
    for (size_t i = 1; i < segments.count && err == ERR_OK; i++) {
        char name[JOURNAL_SEGMENT_NAME];
        if (segments.bases[i] > reader->cursor || segments.bases[i] > writing)
            break;
        journal_segment_name(segments.bases[i - 1], name);
        if (dir->os->unlink(dir->os, dir->fd, name) != 0 && errno != ENOENT)
            err = fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, name);
    }
    journal_segments_free(&segments);
    return err;
}

enum err journal_release(struct journal_reader *reader, uint64_t position, struct fault *fault)
{
    struct journal_page page;
    enum err err = page_look(reader, &page, fault);

    if (err != ERR_OK)
        return err;
    if (position > page.live.appended)
        return fault_set(fault, ERR_INPUT,
                         "%s: cannot release up to %" PRIu64 ", the journal ends at %" PRIu64,
                         reader->dir.path, position, page.live.appended);
    err = release_lock(reader, fault);
    if (err == ERR_OK)
        err = cursor_save(reader, position, fault);
    if (err == ERR_OK)
        err = segments_delete(reader, page.live.segment_base, fault);
    return err;
}
