/*
 * The writer: one mapped segment, one mapped page. An append is a copy into the segment, the
 * record's magic, and the new position in the page; system calls are made when a segment is full.
 *
 *     journal_writer_open ─▶ WRITING ─ segment full, no room for another ─▶ REFUSING
 *                              ▲                                               │
 *                              └── segment_roll finds room, 100 ms apart ◀─────┘
 */
#include "gateway/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/journal/journal_internal.h"
#include "gateway/journal/journal_record.h"
#include "gateway/journal/journal_recovery.h"
#include "shared/log.h"

#define LOOK_AGAIN_MS 100
#define OS_PAGE       4096u

struct journal_writer {
    struct journal_dir dir;
    const struct clock *clock;
    int lock;
    uint32_t seed;
    uint64_t budget;
    size_t segment_bytes; /* of the next segment; the present one may be of another size */
    struct journal_page *page;
    uint8_t *segment; /* NULL: none could be made yet */
    size_t bytes, at;
    size_t left_behind; /* bytes of it that are no longer in this process's page table */
    uint64_t segment_base;
    uint8_t *spare; /* the next segment, ready; NULL: not yet */
    uint64_t next;
    enum err refusing; /* ERR_OK, or why the last try for a segment failed */
    int64_t look_again_ms;
};

/* ---- options ---- */

static size_t segment_bytes_default(uint64_t budget)
{
    uint64_t quarter = budget / 4 / OS_PAGE * OS_PAGE;

    return quarter < JOURNAL_SEGMENT_BYTES ? (size_t)quarter : JOURNAL_SEGMENT_BYTES;
}

/* Two segments at least: the one being written cannot be deleted, so with one alone a full journal
 * would stay full. */
static enum err options_take(struct journal_writer *writer, const struct journal_options *options,
                             struct fault *fault)
{
    writer->clock = options->clock == NULL ? &clock_system : options->clock;
    writer->budget = options->budget_bytes == 0 ? JOURNAL_BUDGET_DEFAULT : options->budget_bytes;
    writer->segment_bytes = options->segment_bytes == 0 ? segment_bytes_default(writer->budget)
                                                        : options->segment_bytes;
    if (writer->segment_bytes == 0 || writer->segment_bytes % OS_PAGE != 0)
        return fault_set(fault, ERR_INPUT,
                         "%s: a segment of %zu bytes; it must be a multiple of 4096", options->dir,
                         writer->segment_bytes);
    if (writer->budget / 2 < writer->segment_bytes)
        return fault_set(fault, ERR_INPUT,
                         "%s: a budget of %" PRIu64 " bytes is less than two segments of %zu",
                         options->dir, writer->budget, writer->segment_bytes);
    return ERR_OK;
}

/* ---- the directory ---- */

static enum err lock_take(struct journal_writer *writer, struct fault *fault)
{
    const struct journal_dir *dir = &writer->dir;

    writer->lock = dir->os->open(dir->os, dir->fd, JOURNAL_NAME_LOCK, O_RDWR | O_CREAT);
    if (writer->lock < 0)
        return fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, JOURNAL_NAME_LOCK);
    if (flock(writer->lock, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    if (errno == EWOULDBLOCK)
        return fault_set(fault, ERR_BUSY, "%s: another process writes this journal", dir->path);
    return fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, JOURNAL_NAME_LOCK);
}

static enum err directory_take(struct journal_writer *writer, const char *path, struct fault *fault)
{
    enum err err = ERR_OK;

    if (mkdir(path, 0750) != 0 && errno != EEXIST)
        return fault_set(fault, ERR_IO, "%s: cannot be made: %m", path);
    err = journal_dir_open(&writer->dir, path, writer->dir.os, fault);
    if (err == ERR_OK)
        err = journal_recovery_allow(&writer->dir, fault);
    if (err == ERR_OK)
        err = lock_take(writer, fault);
    if (err == ERR_OK)
        err = journal_recovery_identify(&writer->dir, fault);
    writer->seed = journal_record_seed(writer->dir.id);
    return err;
}

/* ---- the page ---- */

/* Entry first, then `appended`: who sees the position sees the record. */
static void position_publish(struct journal_page_live *live, uint64_t appended)
{
    __atomic_store_n(&live->appended, appended, __ATOMIC_RELEASE);
    __atomic_store_n(&live->check, ~appended, __ATOMIC_RELEASE);
}

static enum err page_map(struct journal_writer *writer, struct fault *fault)
{
    const struct journal_dir *dir = &writer->dir;
    int fd = dir->os->open(dir->os, dir->fd, JOURNAL_NAME_PAGE, O_RDWR);

    if (fd >= 0)
        writer->page = dir->os->map(dir->os, fd, JOURNAL_PAGE_BYTES);
    if (writer->page == NULL)
        (void)fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, JOURNAL_NAME_PAGE);
    if (fd >= 0)
        close(fd);
    return writer->page == NULL ? ERR_IO : ERR_OK;
}

/* A new file each time: the end of an epoch is one rename. */
static enum err page_create(struct journal_writer *writer, struct fault *fault)
{
    struct journal_page page = {
        .fixed = {.budget = writer->budget, .segment_bytes = writer->segment_bytes},
        .live = {.segment_base = writer->segment_base}};

    position_publish(&page.live, writer->next);
    while (page.fixed.epoch == 0)
        if (getrandom(&page.fixed.epoch, sizeof page.fixed.epoch, 0) < 0)
            return fault_set(fault, ERR_IO, "%s: no random bytes: %m", writer->dir.path);
    journal_file_seal(&writer->dir, JOURNAL_MAGIC_PAGE, &page.fixed, sizeof page.fixed);
    if (journal_file_replace(&writer->dir, JOURNAL_NAME_PAGE, &page, sizeof page) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s/%s: %m", writer->dir.path, JOURNAL_NAME_PAGE);
    return page_map(writer, fault);
}

/* ---- segments ---- */

static enum err spare_make(struct journal_writer *writer)
{
    struct journal_segments segments;
    uint64_t used = 0;

    if (writer->spare != NULL)
        return ERR_OK;
    if (journal_segments_list(&writer->dir, &segments) != ERR_OK)
        return ERR_IO;
    used = segments.bytes;
    journal_segments_free(&segments);
    if (used > writer->budget || writer->budget - used < writer->segment_bytes)
        return ERR_FULL;
    return journal_segment_prepare(&writer->dir, writer->segment_bytes, &writer->spare);
}

static void spare_take(struct journal_writer *writer)
{
    if (writer->segment != NULL)
        munmap(writer->segment, writer->bytes);
    writer->segment = writer->spare;
    writer->bytes = writer->segment_bytes;
    writer->at = JOURNAL_SEGMENT_HEADER;
    writer->left_behind = 0;
    writer->segment_base = writer->next;
    writer->spare = NULL;
    if (writer->page != NULL)
        __atomic_store_n(&writer->page->live.segment_base, writer->next, __ATOMIC_RELEASE);
}

/* Says so once when it begins to refuse and once when it ends, not for each entry. */
static enum err refusal_note(struct journal_writer *writer, enum err err, int64_t now_ms)
{
    if (err != ERR_OK && writer->refusing != err)
        log_error("journal", "%s: %s; new data is refused until there is room", writer->dir.path,
                  err == ERR_FULL ? "the budget or the disk is used up"
                                  : "no new segment can be made, the disk failed");
    if (err == ERR_OK && writer->refusing != ERR_OK)
        log_info("journal", "%s: there is room again", writer->dir.path);
    writer->refusing = err;
    writer->look_again_ms = now_ms + LOOK_AGAIN_MS;
    return err;
}

static enum err segment_roll(struct journal_writer *writer)
{
    int64_t now_ms = clock_mono_ms(writer->clock);
    enum err err = ERR_OK;

    if (writer->refusing != ERR_OK && now_ms < writer->look_again_ms)
        return writer->refusing;
    err = spare_make(writer);
    if (err == ERR_OK)
        err =
            journal_segment_begin(&writer->dir, writer->spare, writer->segment_bytes, writer->next);
    if (err == ERR_OK)
        spare_take(writer);
    return refusal_note(writer, err, now_ms);
}

/* What was written stays in the page cache and need not stay mapped: letting go of a whole segment
 * at once takes milliseconds, at the very append that begins the next one. */
static void pages_leave(struct journal_writer *writer)
{
    size_t upto = writer->at / OS_PAGE * OS_PAGE;

    if (writer->segment == NULL || upto <= writer->left_behind)
        return;
    (void)madvise(writer->segment + writer->left_behind, upto - writer->left_behind, MADV_DONTNEED);
    writer->left_behind = upto;
}

void journal_writer_prepare(struct journal_writer *writer)
{
    int64_t now_ms = clock_mono_ms(writer->clock);

    __atomic_fetch_add(&writer->page->live.heartbeat, 1, __ATOMIC_RELEASE);
    pages_leave(writer);
    if (writer->spare != NULL || writer->at < writer->bytes / 4 * 3 ||
        now_ms < writer->look_again_ms)
        return;
    writer->look_again_ms = now_ms + LOOK_AGAIN_MS;
    (void)spare_make(writer); /* append tries again, and says so, when it is needed */
}

/* ---- open, append, close ---- */

static enum err recovered_take(struct journal_writer *writer, struct fault *fault)
{
    const struct journal_dir *dir = &writer->dir;
    struct journal_recovery recovery;
    enum err err = journal_recovery_run(dir, &recovery, fault);

    if (err != ERR_OK)
        return err;
    writer->next = recovery.next;
    writer->segment = recovery.mapped;
    writer->bytes = recovery.bytes;
    writer->at = recovery.at;
    writer->segment_base = recovery.mapped == NULL ? recovery.next : recovery.segment_base;
    if (dir->os->unlink(dir->os, dir->fd, JOURNAL_NAME_SPARE) != 0 && errno != ENOENT)
        return fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, JOURNAL_NAME_SPARE);
    if (writer->segment == NULL && segment_roll(writer) == ERR_IO)
        return fault_set(fault, ERR_IO, "%s: cannot make a segment: %m", dir->path);
    return ERR_OK;
}

enum err journal_writer_open_os(const struct journal_options *options, const struct journal_os *os,
                                struct journal_writer **writer, struct fault *fault)
{
    struct journal_writer *made = calloc(1, sizeof *made);
    enum err err = ERR_OK;

    *writer = NULL;
    if (made == NULL)
        return fault_set(fault, ERR_IO, "%s: out of memory", options->dir);
    made->dir = (struct journal_dir){.os = os, .fd = -1};
    made->lock = -1;
    err = options_take(made, options, fault);
    if (err == ERR_OK)
        err = directory_take(made, options->dir, fault);
    if (err == ERR_OK)
        err = recovered_take(made, fault);
    if (err == ERR_OK)
        err = page_create(made, fault);
    if (err == ERR_OK)
        *writer = made;
    else
        journal_writer_close(made);
    return err;
}

enum err journal_writer_open(const struct journal_options *options, struct journal_writer **writer,
                             struct fault *fault)
{
    return journal_writer_open_os(options, &journal_os_system, writer, fault);
}

static void spare_drop(struct journal_writer *writer)
{
    if (writer->spare == NULL)
        return;
    munmap(writer->spare, writer->segment_bytes);
    /* Not unlinked: it takes space until the next open, which removes it. */
    (void)writer->dir.os->unlink(writer->dir.os, writer->dir.fd, JOURNAL_NAME_SPARE);
}

void journal_writer_close(struct journal_writer *writer)
{
    if (writer == NULL)
        return;
    spare_drop(writer);
    if (writer->segment != NULL)
        munmap(writer->segment, writer->bytes);
    if (writer->page != NULL)
        munmap(writer->page, JOURNAL_PAGE_BYTES);
    if (writer->lock >= 0)
        close(writer->lock);
    journal_dir_close(&writer->dir);
    free(writer);
}

enum err journal_append(struct journal_writer *writer, const struct journal_entry *entry,
                        uint64_t *position)
{
    size_t unit_len = strnlen(entry->unit, sizeof entry->unit);
    size_t bytes = 0;
    enum err err = ERR_OK;

    if (!unit_name_ok(entry->unit, unit_len) || entry->payload_len > JOURNAL_PAYLOAD_MAX)
        return ERR_INPUT;
    bytes = journal_record_bytes(unit_len, entry->payload_len);
    if (bytes > writer->segment_bytes - JOURNAL_SEGMENT_HEADER)
        return ERR_INPUT;
    if (writer->bytes - writer->at < bytes)
        err = segment_roll(writer);
    if (err != ERR_OK)
        return err;
    journal_record_write(writer->segment + writer->at, entry, writer->next, writer->seed);
    writer->at += bytes;
    if (position != NULL)
        *position = writer->next;
    writer->next++;
    position_publish(&writer->page->live, writer->next);
    return ERR_OK;
}
