#include "gateway/journal/journal_recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/journal/journal_record.h"
#include "shared/log.h"

#define OS_PAGE 4096u

/* The directory's own name must outlive a power cut as well. */
static bool names_sync(const struct journal_dir *dir)
{
    int parent = dir->os->open(dir->os, dir->fd, "..", O_RDONLY | O_DIRECTORY);
    bool done = dir->os->fsync(dir->os, dir->fd) == 0 && parent >= 0 &&
                dir->os->fsync(dir->os, parent) == 0;

    if (parent >= 0)
        close(parent);
    return done;
}

static enum err id_create(struct journal_dir *dir, struct fault *fault)
{
    struct journal_id_file file = {0};

    if (getrandom(dir->id, sizeof dir->id, 0) != (ssize_t)sizeof dir->id)
        return fault_set(fault, ERR_IO, "%s: no random bytes for a journal id: %m", dir->path);
    journal_file_seal(dir, JOURNAL_MAGIC_ID, &file, sizeof file);
    if (journal_file_replace(dir, JOURNAL_NAME_ID, &file, sizeof file) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, JOURNAL_NAME_ID);
    if (!names_sync(dir))
        return fault_set(fault, ERR_IO, "%s: cannot bring the new journal to disk: %m", dir->path);
    return ERR_OK;
}

/* Without an id nothing here may be a journal's: somebody's directory is not filled with segments,
 * and segments whose id was lost are not continued under another. */
static enum err emptiness_check(const struct journal_dir *dir, struct fault *fault)
{
    struct journal_segments segments;
    bool empty = false;

    if (journal_segments_list(dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", dir->path);
    empty = segments.count == 0 && segments.strangers == 0;
    journal_segments_free(&segments);
    if (!empty)
        return fault_set(fault, ERR_INPUT,
                         "%s: holds files but no %s; name an empty directory for the journal",
                         dir->path, JOURNAL_NAME_ID);
    return ERR_OK;
}

enum err journal_recovery_allow(struct journal_dir *dir, struct fault *fault)
{
    enum err err = journal_dir_identify(dir, fault);

    return err == ERR_NOT_FOUND ? emptiness_check(dir, fault) : err;
}

enum err journal_recovery_identify(struct journal_dir *dir, struct fault *fault)
{
    enum err err = journal_dir_identify(dir, fault);

    return err == ERR_NOT_FOUND ? id_create(dir, fault) : err;
}

/* ---- positions: none may be given twice ---- */

/* What the small files know; each raises `next`. */
struct memory {
    uint64_t next;
    uint64_t appended; /* by writer.page */
    uint64_t synced;
    bool distrust; /* the epoch before ended in a failed fdatasync */
};

static enum err state_judge(const struct journal_dir *dir, const char *name,
                            enum journal_file_state state, struct fault *fault)
{
    if (state == JOURNAL_FILE_GOOD || state == JOURNAL_FILE_MISSING)
        return ERR_OK;
    if (state == JOURNAL_FILE_NEWER)
        return fault_set(fault, ERR_INPUT, "%s/%s %s; install that version again, or drain first",
                         dir->path, name, journal_file_state_text(state));
    if (state == JOURNAL_FILE_FAILED)
        return fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, name);
    log_warn("journal", "%s/%s %s; going on without it", dir->path, name,
             journal_file_state_text(state));
    return ERR_OK;
}

static void raise_to(uint64_t *position, uint64_t least)
{
    if (*position < least)
        *position = least;
}

static enum err memory_load(const struct journal_dir *dir, struct memory *memory,
                            struct fault *fault)
{
    struct journal_page page;
    struct journal_sync_page sync;
    struct journal_cursor_file cursor;
    enum journal_file_state paged = journal_page_load(dir, &page);
    enum journal_file_state synced =
        journal_file_load(dir, JOURNAL_NAME_SYNC, JOURNAL_MAGIC_SYNC, &sync, sizeof sync);
    enum journal_file_state cursored =
        journal_file_load(dir, JOURNAL_NAME_CURSOR, JOURNAL_MAGIC_CURSOR, &cursor, sizeof cursor);
    enum err err = state_judge(dir, JOURNAL_NAME_PAGE, paged, fault);

    if (err == ERR_OK)
        err = state_judge(dir, JOURNAL_NAME_SYNC, synced, fault);
    if (err == ERR_OK)
        err = state_judge(dir, JOURNAL_NAME_CURSOR, cursored, fault);
    if (paged == JOURNAL_FILE_GOOD)
        memory->appended = page.live.appended;
    if (synced == JOURNAL_FILE_GOOD)
        memory->synced = sync.synced;
    if (paged == JOURNAL_FILE_GOOD && synced == JOURNAL_FILE_GOOD)
        memory->distrust = sync.failed_epoch == page.fixed.epoch;
    if (cursored == JOURNAL_FILE_GOOD)
        raise_to(&memory->next, cursor.position);
    raise_to(&memory->next, memory->appended);
    raise_to(&memory->next, memory->synced);
    return err;
}

/* ---- the newest segment ---- */

struct newest {
    uint64_t base;
    int fd; /* -1: nothing there to read */
    size_t bytes;
    uint8_t *mapped; /* NULL: not mapped */
    bool whole;      /* header and size are right: it can be continued */
    bool ours;       /* it is, or may have been, this journal's */
    struct journal_scan scan;
};

static bool newest_enter(const struct journal_dir *dir, struct newest *newest)
{
    char name[JOURNAL_SEGMENT_NAME];
    struct stat st = {0};

    journal_segment_name(newest->base, name);
    newest->fd = dir->os->open(dir->os, dir->fd, name, O_RDWR);
    if (newest->fd < 0)
        return errno == ELOOP || errno == ENXIO || errno == EISDIR;
    if (fstat(newest->fd, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_size >= JOURNAL_SEGMENT_HEADER) {
        newest->bytes = (size_t)st.st_size;
        return true;
    }
    close(newest->fd);
    newest->fd = -1;
    return true;
}

static bool newest_map(const struct journal_dir *dir, struct newest *newest)
{
    newest->mapped = dir->os->map(dir->os, newest->fd, newest->bytes);
    return newest->mapped != NULL;
}

/* Both may be there or not. */
static void newest_leave(struct newest *newest)
{
    if (newest->mapped != NULL)
        munmap(newest->mapped, newest->bytes);
    newest->mapped = NULL;
    if (newest->fd >= 0)
        close(newest->fd);
    newest->fd = -1;
}

static enum err newest_fault(const struct journal_dir *dir, const struct newest *newest,
                             struct fault *fault)
{
    return fault_set(fault, ERR_IO, "%s: segment %" PRIu64 ": %m", dir->path, newest->base);
}

static enum err newest_judge(const struct journal_dir *dir, struct newest *newest,
                             struct fault *fault)
{
    struct journal_segment_header header;
    enum journal_file_state state = JOURNAL_FILE_DAMAGED;

    if (newest->fd >= 0 &&
        dir->os->pread(dir->os, newest->fd, &header, sizeof header, 0) == (ssize_t)sizeof header) {
        state = journal_segment_check(dir, &header, newest->base);
        newest->whole = state == JOURNAL_FILE_GOOD && header.bytes == newest->bytes;
    }
    newest->ours = state == JOURNAL_FILE_GOOD || state == JOURNAL_FILE_DAMAGED;
    if (state == JOURNAL_FILE_NEWER)
        return fault_set(fault, ERR_INPUT,
                         "%s: segment %" PRIu64 " %s; install that version again, or drain first",
                         dir->path, newest->base, journal_file_state_text(state));
    if (!newest->whole)
        log_warn("journal", "%s: segment %" PRIu64 " %s; it is left to the reader", dir->path,
                 newest->base,
                 state == JOURNAL_FILE_GOOD ? "has another size than it says"
                                            : journal_file_state_text(state));
    return ERR_OK;
}

/* Behind the last whole record nothing counts: it was never acknowledged, or is reported by
 * position. It is zeroed, so that a later scan cannot take it for part of a new record. */
static void tail_cut(const struct journal_dir *dir, const struct newest *newest)
{
    const struct journal_scan *scan = &newest->scan;

    if (scan->wrong_bytes > 0)
        log_warn("journal",
                 "%s: segment %" PRIu64 ": %zu bytes in the middle are no whole record; "
                 "the reader will report their positions",
                 dir->path, newest->base, scan->wrong_bytes);
    if (scan->torn_bytes == 0)
        return;
    memset(newest->mapped + scan->end, 0, scan->torn_bytes);
    log_warn("journal",
             "%s: segment %" PRIu64 ": cut a torn tail of %zu bytes behind position %" PRIu64,
             dir->path, newest->base, scan->torn_bytes, scan->next);
}

/* What cannot be read is not mapped either: touching it would be the end of the process. */
static void unread_note(const struct journal_dir *dir, struct newest *newest)
{
    newest->whole = false;
    log_error("journal",
              "%s: segment %" PRIu64 ": the disk does not give %zu bytes; it is left to the reader",
              dir->path, newest->base, newest->scan.unread_bytes);
}

static enum err newest_open(const struct journal_dir *dir, struct newest *newest,
                            struct fault *fault)
{
    enum err err = ERR_OK;

    if (!newest_enter(dir, newest))
        return newest_fault(dir, newest, fault);
    err = newest_judge(dir, newest, fault);
    if (err != ERR_OK || newest->fd < 0)
        return err;
    if (journal_segment_scan(dir, newest->fd, newest->bytes, newest->base, &newest->scan) != ERR_OK)
        return newest_fault(dir, newest, fault);
    if (newest->scan.unread_bytes > 0) {
        unread_note(dir, newest);
        return ERR_OK;
    }
    if (!newest->ours)
        return ERR_OK;
    if (!newest_map(dir, newest))
        return newest_fault(dir, newest, fault);
    tail_cut(dir, newest);
    return ERR_OK;
}

/* ---- after a failed fdatasync ---- */

/* The kernel may have marked pages clean that never reached the disk. Storing a byte of each again
 * makes them dirty, so that the next fdatasync writes them, or fails again. */
static void pages_touch(const struct journal_os *os, const struct newest *segment)
{
    for (size_t at = 0; at < segment->bytes; at += OS_PAGE) {
        volatile uint8_t *byte = segment->mapped + at;
        uint8_t first = 0;
        /* Of a page that cannot be read nothing is in memory that could be written. */
        if (os->pread(os, segment->fd, &first, sizeof first, (off_t)at) == sizeof first)
            *byte = *byte;
    }
}

static enum err segment_touch(const struct journal_dir *dir, uint64_t base, struct fault *fault)
{
    struct newest segment = {.base = base, .fd = -1};
    enum err err = ERR_OK;

    if (!newest_enter(dir, &segment))
        return errno == ENOENT ? ERR_OK /* released in the meantime */
                               : newest_fault(dir, &segment, fault);
    if (segment.fd >= 0 && newest_map(dir, &segment))
        pages_touch(dir->os, &segment);
    else if (segment.fd >= 0)
        err = newest_fault(dir, &segment, fault);
    newest_leave(&segment);
    return err;
}

static enum err segments_touch(const struct journal_dir *dir,
                               const struct journal_segments *segments, uint64_t synced,
                               struct fault *fault)
{
    size_t first = journal_segments_at(segments, synced);
    enum err err = ERR_OK;

    log_warn("journal", "%s: the disk failed to write; what was not synced is written again",
             dir->path);
    for (size_t i = first == segments->count ? 0 : first; i < segments->count && err == ERR_OK; i++)
        err = segment_touch(dir, segments->bases[i], fault);
    return err;
}

/* ---- together ---- */

/* How many positions may have been given in what cannot be read: after a power cut no other file need know
 * of them, and the registry may. */
static uint64_t hidden(const struct journal_scan *scan)
{
    return scan->unread_behind == 0 ? 0 : scan->unread_behind / JOURNAL_RECORD_HEADER + 2;
}

static void newest_take(struct newest *newest, bool distrust, struct journal_recovery *recovery)
{
    raise_to(&recovery->next, newest->base);
    raise_to(&recovery->next, newest->scan.next + hidden(&newest->scan));
    if (newest->mapped == NULL || !newest->whole || distrust)
        return;
    recovery->mapped = newest->mapped;
    recovery->bytes = newest->bytes;
    recovery->at = newest->scan.end;
    recovery->segment_base = newest->base;
    newest->mapped = NULL;
}

static enum err segments_recover(const struct journal_dir *dir,
                                 const struct journal_segments *segments,
                                 const struct memory *memory, struct journal_recovery *recovery,
                                 struct fault *fault)
{
    struct newest newest = {.fd = -1};
    enum err err = ERR_OK;

    if (segments->count == 0)
        return ERR_OK;
    if (memory->distrust)
        err = segments_touch(dir, segments, memory->synced, fault);
    if (err != ERR_OK)
        return err;
    newest.base = newest.scan.next = segments->bases[segments->count - 1];
    err = newest_open(dir, &newest, fault);
    if (err == ERR_OK)
        newest_take(&newest, memory->distrust, recovery);
    newest_leave(&newest);
    if (err == ERR_OK && newest.scan.next < memory->appended)
        log_error("journal",
                  "%s: positions %" PRIu64 " to %" PRIu64 " were appended and are not there; "
                  "the reader will report them",
                  dir->path, newest.scan.next, memory->appended);
    return err;
}

enum err journal_recovery_run(const struct journal_dir *dir, struct journal_recovery *recovery,
                              struct fault *fault)
{
    struct memory memory = {0};
    struct journal_segments segments;
    enum err err = memory_load(dir, &memory, fault);

    *recovery = (struct journal_recovery){.next = memory.next};
    if (err != ERR_OK)
        return err;
    if (journal_segments_list(dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", dir->path);
    err = segments_recover(dir, &segments, &memory, recovery, fault);
    journal_segments_free(&segments);
    return err;
}
