/*
 * The reader: a walk over the records (journal_walk), and two numbers that lead it. `next` is the
 * position to deliver next, `limit` one past the last position it may deliver. While next < limit
 * something must come out: the record of `next`, or the run of positions that is not there.
 * segment_read and segment_follow are that decision.
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
#include "gateway/journal/journal_walk.h"
#include "shared/log.h"

struct journal_reader {
    struct journal_dir dir;
    int lock; /* taken by the first release; -1: not yet */
    bool only_synced;
    bool loose;        /* the cursor may fall behind at a power cut */
    bool cursor_stuck; /* the disk is too full to save it, and this was said */
    uint64_t cursor, next, limit;
    struct journal_walk walk;
};

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
        journal_walk_refresh(&reader->walk);
    reader->limit = limit;
    return ERR_OK;
}

static void lost_up_to(struct journal_reader *reader, uint64_t position,
                       struct journal_entry *entry)
{
    uint64_t end = position < reader->limit ? position : reader->limit;

    *entry = (struct journal_entry){
        .position = reader->next, .damaged = true, .damaged_count = end - reader->next};
    reader->next = end;
}

static void record_deliver(struct journal_reader *reader, const struct journal_found *found,
                           struct journal_entry *entry)
{
    journal_walk_pass(&reader->walk, found);
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
    struct journal_found found;

    for (;;) {
        enum err err = journal_walk_find(&reader->walk, &found, fault);
        if (err != ERR_OK)
            return err;
        if (found.state == JOURNAL_RECORD_NONE)
            return ERR_NOT_FOUND;
        if (found.record.position >= reader->next)
            break;
        journal_walk_pass(&reader->walk, &found); /* in front of the cursor, or of a seek */
    }
    if (found.record.position == reader->next) {
        record_deliver(reader, &found, entry);
        return ERR_OK;
    }
    lost_up_to(reader, found.record.position, entry);
    if (found.at != reader->walk.at)
        log_warn("journal",
                 "%s: segment %" PRIu64 ": %" PRIu64 " bytes from %" PRIu64 " on are no record",
                 reader->dir.path, reader->walk.base, found.at - reader->walk.at, reader->walk.at);
    reader->walk.at = found.at;
    return ERR_OK;
}

/* The segment that follows, and what is lost in front of it; with none, all up to the limit is
 * lost. ERR_NOT_FOUND: entered, nothing came out yet. */
static enum err segment_follow(struct journal_reader *reader, struct journal_entry *entry,
                               struct fault *fault)
{
    struct journal_walk *walk = &reader->walk;
    enum err err = walk->placed ? journal_walk_follow(walk, fault)
                                : journal_walk_enter(walk, reader->next, fault);

    if (err == ERR_NOT_FOUND) {
        lost_up_to(reader, reader->limit, entry);
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    if (reader->walk.base <= reader->next)
        return ERR_NOT_FOUND;
    lost_up_to(reader, reader->walk.base, entry);
    return ERR_OK;
}

static enum err entry_next(struct journal_reader *reader, struct journal_entry *entry,
                           struct fault *fault)
{
    enum err err = ERR_NOT_FOUND;

    if (!reader->walk.placed)
        err = segment_follow(reader, entry, fault);
    while (err == ERR_NOT_FOUND) {
        err = segment_read(reader, entry, fault);
        if (err == ERR_NOT_FOUND)
            err = segment_follow(reader, entry, fault);
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
    reader->walk.seed = journal_record_seed(reader->dir.id);
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
    made->lock = made->walk.segment = -1;
    made->walk.dir = &made->dir;
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
    journal_walk_leave(&reader->walk);
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

void journal_reader_loose_cursor(struct journal_reader *reader)
{
    reader->loose = true;
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
    journal_walk_leave(&reader->walk);
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

static bool disk_full(void)
{
    return errno == ENOSPC || errno == EDQUOT;
}

/* On a full disk there may be no room for a new file, while the bytes of the old one are there
 * still. */
static bool cursor_write(const struct journal_reader *reader,
                         const struct journal_cursor_file *file)
{
    const struct journal_dir *dir = &reader->dir;

    if (!reader->loose &&
        journal_file_replace(dir, JOURNAL_NAME_CURSOR, file, sizeof *file) == ERR_OK)
        return true;
    return (reader->loose || disk_full()) &&
           journal_file_overwrite(dir, JOURNAL_NAME_CURSOR, file, sizeof *file) == ERR_OK;
}

/* A full disk is no reason to stop: only deleting segments makes room again. An old cursor costs
 * entries that come again, which every receiver must bear anyway. */
static enum err cursor_save(struct journal_reader *reader, uint64_t position, struct fault *fault)
{
    struct journal_cursor_file file = {.position = position};
    bool saved = false;

    if (position <= reader->cursor)
        return ERR_OK;
    journal_file_seal(&reader->dir, JOURNAL_MAGIC_CURSOR, &file, sizeof file);
    saved = cursor_write(reader, &file);
    if (!saved && !disk_full())
        return fault_set(fault, ERR_IO, "%s/%s: %m", reader->dir.path, JOURNAL_NAME_CURSOR);
    if (!saved && !reader->cursor_stuck)
        log_warn("journal", "%s/%s: %m; going on without it until there is room", reader->dir.path,
                 JOURNAL_NAME_CURSOR);
    reader->cursor_stuck = !saved;
    reader->cursor = position;
    return ERR_OK;
}

/* A segment goes when the one behind it begins at or before `released`, and the writer is in that
 * one or further. */
static enum err segments_delete(const struct journal_reader *reader, uint64_t released,
                                uint64_t writing, struct fault *fault)
{
    const struct journal_dir *dir = &reader->dir;
    struct journal_segments segments;
    enum err err = ERR_OK;

    if (journal_segments_list(dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", dir->path);
    for (size_t i = 1; i < segments.count && err == ERR_OK; i++) {
        char name[JOURNAL_SEGMENT_NAME];
        if (segments.bases[i] > released || segments.bases[i] > writing)
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
        err = segments_delete(reader, position, page.live.segment_base, fault);
    return err;
}
