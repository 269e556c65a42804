/*
 * The syncer: dirty pages of the writer's mapping belong to the segment file, so fdatasync from
 * this process writes them. A position is published only after the segments it covers, and the
 * names of new ones, are on stable storage.
 */
#include "gateway/journal/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/journal/journal_internal.h"
#include "gateway/journal/journal_segment.h"
#include "shared/log.h"

struct journal_syncer {
    struct journal_dir dir;
    struct journal_sync_page page; /* as last published */
    uint64_t current_base;         /* of the segment `current` is open on */
    int current;                   /* -1: none */
    bool failed;
};

static enum err page_load(struct journal_syncer *syncer, struct fault *fault)
{
    enum journal_file_state state = journal_file_load(
        &syncer->dir, JOURNAL_NAME_SYNC, JOURNAL_MAGIC_SYNC, &syncer->page, sizeof syncer->page);

    if (state == JOURNAL_FILE_GOOD)
        return ERR_OK;
    if (state == JOURNAL_FILE_NEWER || state == JOURNAL_FILE_FAILED)
        return fault_set(fault, state == JOURNAL_FILE_NEWER ? ERR_INPUT : ERR_IO, "%s/%s %s",
                         syncer->dir.path, JOURNAL_NAME_SYNC, journal_file_state_text(state));
    if (state != JOURNAL_FILE_MISSING)
        log_warn("journal", "%s/%s %s; everything is synced anew", syncer->dir.path,
                 JOURNAL_NAME_SYNC, journal_file_state_text(state));
    memset(&syncer->page, 0, sizeof syncer->page);
    return ERR_OK;
}

enum err journal_syncer_open_os(const char *dir, const struct journal_os *os,
                                struct journal_syncer **syncer, struct fault *fault)
{
    struct journal_syncer *made = calloc(1, sizeof *made);
    enum err err = ERR_OK;

    *syncer = NULL;
    if (made == NULL)
        return fault_set(fault, ERR_IO, "%s: out of memory", dir);
    made->current = -1;
    err = journal_dir_enter(&made->dir, dir, os, fault);
    if (err == ERR_OK)
        err = page_load(made, fault);
    if (err == ERR_OK)
        *syncer = made;
    else
        journal_syncer_close(made);
    return err;
}

enum err journal_syncer_open(const char *dir, struct journal_syncer **syncer, struct fault *fault)
{
    return journal_syncer_open_os(dir, &journal_os_system, syncer, fault);
}

void journal_syncer_close(struct journal_syncer *syncer)
{
    if (syncer == NULL)
        return;
    if (syncer->current >= 0)
        close(syncer->current);
    journal_dir_close(&syncer->dir);
    free(syncer);
}

/* In place, many times a second; who meets half of it looks again (journal_file_load). It needs no
 * sync of its own: after a power cut an older page only claims less. */
static enum err page_publish(struct journal_syncer *syncer, struct fault *fault)
{
    syncer->page.heartbeat++;
    journal_file_seal(&syncer->dir, JOURNAL_MAGIC_SYNC, &syncer->page, sizeof syncer->page);
    if (journal_file_overwrite(&syncer->dir, JOURNAL_NAME_SYNC, &syncer->page,
                               sizeof syncer->page) == ERR_OK)
        return ERR_OK;
    return fault_set(fault, ERR_IO, "%s/%s: %m", syncer->dir.path, JOURNAL_NAME_SYNC);
}

/* Makes the failure known to whoever syncs next, in this epoch, and to the next writer. */
static enum err sync_failed(struct journal_syncer *syncer, uint64_t epoch, struct fault *fault)
{
    (void)fault_set(fault, ERR_IO,
                    "%s: fdatasync failed: %m; nothing is synced until the writer opens again",
                    syncer->dir.path);
    syncer->page.failed_epoch = epoch;
    (void)page_publish(syncer, NULL);
    return ERR_IO;
}

/* A segment that the reader released in the meantime has nothing left to sync. */
static enum err segment_sync(struct journal_syncer *syncer, uint64_t base, bool keep,
                             uint64_t epoch, struct fault *fault)
{
    const struct journal_os *os = syncer->dir.os;
    uint64_t bytes = 0;
    int fd = -1;
    enum err err = journal_segment_open(&syncer->dir, base, &fd, &bytes);

    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err != ERR_OK)
        return fault_set(fault, err, "%s: segment %" PRIu64 ": %m", syncer->dir.path, base);
    if (os->fdatasync(os, fd) != 0)
        err = sync_failed(syncer, epoch, fault);
    if (keep && err == ERR_OK) {
        syncer->current = fd;
        syncer->current_base = base;
    } else {
        close(fd);
    }
    return err;
}

/* All segments that hold a position from page.synced up to `page->live.appended`. */
static enum err segments_sync(struct journal_syncer *syncer, const struct journal_page *page,
                              struct fault *fault)
{
    const struct journal_os *os = syncer->dir.os;
    struct journal_segments segments;
    size_t first = 0;
    enum err err = ERR_OK;

    if (syncer->current >= 0)
        close(syncer->current);
    syncer->current = -1;
    if (journal_segments_list(&syncer->dir, &segments) != ERR_OK)
        return fault_set(fault, ERR_IO, "%s: cannot be listed: %m", syncer->dir.path);
    first = journal_segments_at(&segments, syncer->page.synced);
    for (size_t i = first == segments.count ? 0 : first; i < segments.count && err == ERR_OK; i++)
        if (segments.bases[i] <= page->live.appended)
            err = segment_sync(syncer, segments.bases[i],
                               segments.bases[i] == page->live.segment_base, page->fixed.epoch,
                               fault);
    journal_segments_free(&segments);
    if (err == ERR_OK && os->fsync(os, syncer->dir.fd) != 0)
        err = sync_failed(syncer, page->fixed.epoch, fault);
    return err;
}

static enum err bring_to_disk(struct journal_syncer *syncer, const struct journal_page *page,
                              struct fault *fault)
{
    const struct journal_os *os = syncer->dir.os;

    if (syncer->page.epoch != page->fixed.epoch || syncer->current < 0 ||
        syncer->current_base != page->live.segment_base)
        return segments_sync(syncer, page, fault);
    if (syncer->page.synced == page->live.appended)
        return ERR_OK;
    if (os->fdatasync(os, syncer->current) != 0)
        return sync_failed(syncer, page->fixed.epoch, fault);
    return ERR_OK;
}

static enum err writer_look(struct journal_syncer *syncer, struct journal_page *page,
                            struct fault *fault)
{
    enum journal_file_state state = journal_page_load(&syncer->dir, page);

    if (state != JOURNAL_FILE_GOOD)
        return fault_set(fault, state == JOURNAL_FILE_MISSING ? ERR_NOT_FOUND : ERR_IO, "%s/%s %s",
                         syncer->dir.path, JOURNAL_NAME_PAGE, journal_file_state_text(state));
    if (syncer->page.failed_epoch == page->fixed.epoch)
        return fault_set(
            fault, ERR_IO,
            "%s: fdatasync failed before; nothing is synced until the writer opens again",
            syncer->dir.path);
    return ERR_OK;
}

uint64_t journal_syncer_failed_epoch(const struct journal_syncer *syncer)
{
    return syncer->page.failed_epoch;
}

enum err journal_sync(struct journal_syncer *syncer, uint64_t *synced, struct fault *fault)
{
    struct journal_page page;
    enum err err = ERR_OK;

    *synced = syncer->page.synced;
    if (syncer->failed)
        return fault_set(fault, ERR_IO, "%s: syncing failed before; open again", syncer->dir.path);
    err = writer_look(syncer, &page, fault);
    if (err == ERR_OK)
        err = bring_to_disk(syncer, &page, fault);
    if (err == ERR_OK) {
        syncer->page.epoch = page.fixed.epoch;
        syncer->page.synced = page.live.appended;
        syncer->page.failed_epoch = 0;
        err = page_publish(syncer, fault);
    }
    syncer->failed = err == ERR_IO;
    if (err == ERR_OK)
        *synced = syncer->page.synced;
    return err;
}
