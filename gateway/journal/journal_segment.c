#include "gateway/journal/journal_segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/journal/journal_record.h"
#include "shared/crc32c.h"

#define DIGITS 20
#define SUFFIX ".seg"

void journal_segment_name(uint64_t base, char out[static JOURNAL_SEGMENT_NAME])
{
    snprintf(out, JOURNAL_SEGMENT_NAME, "%0*" PRIu64 SUFFIX, DIGITS, base);
}

bool journal_segment_name_parse(const char *name, uint64_t *base)
{
    char again[JOURNAL_SEGMENT_NAME];

    if (strlen(name) != DIGITS + strlen(SUFFIX) || strspn(name, "0123456789") != DIGITS)
        return false;
    errno = 0;
    *base = strtoull(name, NULL, 10);
    journal_segment_name(*base, again);
    return errno == 0 && *base <= INT64_MAX && strcmp(name, again) == 0;
}

static bool name_is_ours(const char *name)
{
    static const char *const names[] = {
        ".",
        "..",
        JOURNAL_NAME_ID,
        JOURNAL_NAME_ID ".new",
        JOURNAL_NAME_LOCK,
        JOURNAL_NAME_PAGE,
        JOURNAL_NAME_PAGE ".new",
        JOURNAL_NAME_SYNC,
        JOURNAL_NAME_SYNC ".new",
        JOURNAL_NAME_CURSOR,
        JOURNAL_NAME_CURSOR ".new",
        JOURNAL_NAME_RLOCK,
        JOURNAL_NAME_SPARE,
        "lost+found",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static uint64_t file_bytes(const struct journal_dir *dir, const char *name)
{
    struct stat st;

    return fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)
               ? (uint64_t)st.st_size
               : 0;
}

/* malloc and not shared/arena: this runs inside the broker, which must not end for want of memory.
 */
static bool segments_add(struct journal_segments *segments, size_t *cap, uint64_t base)
{
    if (segments->count == *cap) {
        size_t more = *cap == 0 ? 64 : *cap * 2;
        uint64_t *grown = realloc(segments->bases, more * sizeof *grown);
        if (grown == NULL)
            return false;
        segments->bases = grown;
        *cap = more;
    }
    segments->bases[segments->count++] = base;
    return true;
}

static bool segments_read(const struct journal_dir *dir, DIR *stream,
                          struct journal_segments *segments)
{
    size_t cap = 0;
    uint64_t base = 0;

    for (;;) {
        const struct dirent *item = NULL;
        errno = 0;
        item = readdir(stream); /* NOLINT(concurrency-mt-unsafe): the stream is this call's own */
        if (item == NULL)
            return errno == 0;
        if (journal_segment_name_parse(item->d_name, &base)) {
            if (!segments_add(segments, &cap, base))
                return false;
            segments->bytes += file_bytes(dir, item->d_name);
        } else if (strcmp(item->d_name, JOURNAL_NAME_SPARE) == 0) {
            segments->bytes += file_bytes(dir, item->d_name);
        } else if (!name_is_ours(item->d_name)) {
            segments->strangers++;
        }
    }
}

static int base_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

enum err journal_segments_list(const struct journal_dir *dir, struct journal_segments *segments)
{
    int fd = dir->os->open(dir->os, dir->fd, ".", O_RDONLY | O_DIRECTORY);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    bool done = false;
    int why = errno;

    *segments = (struct journal_segments){0};
    if (stream == NULL && fd >= 0)
        close(fd);
    if (stream != NULL) {
        done = segments_read(dir, stream, segments);
        why = errno;
        closedir(stream);
    }
    errno = why;
    if (!done) {
        journal_segments_free(segments);
        return ERR_IO;
    }
    if (segments->count > 1)
        qsort(segments->bases, segments->count, sizeof *segments->bases, base_compare);
    return ERR_OK;
}

void journal_segments_free(struct journal_segments *segments)
{
    free(segments->bases);
    *segments = (struct journal_segments){0};
}

size_t journal_segments_at(const struct journal_segments *segments, uint64_t position)
{
    size_t above = 0;

    while (above < segments->count && segments->bases[above] <= position)
        above++;
    return above == 0 ? segments->count : above - 1;
}

enum err journal_segment_open(const struct journal_dir *dir, uint64_t base, int *fd,
                              uint64_t *bytes)
{
    char name[JOURNAL_SEGMENT_NAME];
    struct stat st = {0};

    journal_segment_name(base, name);
    *fd = dir->os->open(dir->os, dir->fd, name, O_RDONLY);
    if (*fd < 0)
        return errno == ENOENT || errno == ELOOP || errno == ENXIO ? ERR_NOT_FOUND : ERR_IO;
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(*fd);
        *fd = -1;
        return ERR_NOT_FOUND;
    }
    *bytes = (uint64_t)st.st_size;
    return ERR_OK;
}

enum journal_file_state journal_segment_check(const struct journal_dir *dir,
                                              const struct journal_segment_header *header,
                                              uint64_t base)
{
    if (header->head.magic != JOURNAL_MAGIC_SEGMENT)
        return JOURNAL_FILE_DAMAGED;
    if (header->head.version > JOURNAL_VERSION)
        return JOURNAL_FILE_NEWER;
    if (header->crc != crc32c(0, header, offsetof(struct journal_segment_header, crc)))
        return JOURNAL_FILE_DAMAGED;
    if (memcmp(header->head.id, dir->id, sizeof dir->id) != 0)
        return JOURNAL_FILE_FOREIGN;
    return header->base == base ? JOURNAL_FILE_GOOD : JOURNAL_FILE_DAMAGED;
}

static enum err spare_fill(const struct journal_dir *dir, int fd, size_t bytes, uint8_t **mapped)
{
    if (dir->os->fallocate(dir->os, fd, (off_t)bytes) != 0)
        return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
    *mapped = dir->os->map(dir->os, fd, bytes);
    return *mapped == NULL ? ERR_IO : ERR_OK;
}

enum err journal_segment_prepare(const struct journal_dir *dir, size_t bytes, uint8_t **mapped)
{
    int fd = dir->os->open(dir->os, dir->fd, JOURNAL_NAME_SPARE, O_RDWR | O_CREAT | O_TRUNC);
    enum err err = ERR_IO;
    int why = 0;

    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
    err = spare_fill(dir, fd, bytes, mapped);
    why = errno;
    close(fd);
    if (err != ERR_OK) /* give back what was allocated; when that fails the next try truncates it */
        (void)dir->os->unlink(dir->os, dir->fd, JOURNAL_NAME_SPARE);
    errno = why;
    return err;
}

enum err journal_segment_begin(const struct journal_dir *dir, uint8_t *mapped, size_t bytes,
                               uint64_t base)
{
    struct journal_segment_header header = {.base = base, .bytes = bytes};
    char name[JOURNAL_SEGMENT_NAME];

    journal_file_seal(dir, JOURNAL_MAGIC_SEGMENT, &header, sizeof header);
    memcpy(mapped, &header, sizeof header);
    journal_segment_name(base, name);
    return dir->os->rename(dir->os, dir->fd, JOURNAL_NAME_SPARE, name) == 0 ? ERR_OK : ERR_IO;
}

/* ---- scanning ---- */

#define PAGE_BYTES 4096u /* no disk fails in less */
#define PAGES      64u   /* a bit of `unread` each */
_Static_assert((size_t)PAGES *PAGE_BYTES >= 2 * JOURNAL_RECORD_MAX, "a window holds any record");

/* Moved by pread and not mapped: there a page that the disk does not give is the end of the process, at each
 * start anew. */
struct window {
    const struct journal_os *os;
    int fd;
    size_t file_bytes;
    size_t at, len;
    uint64_t unread; /* pages that are zeros here for want of what they hold */
    uint8_t held[PAGES * PAGE_BYTES];
};

static ssize_t ask_twice(struct window *window, size_t done)
{
    const struct journal_os *os = window->os;
    uint8_t *into = window->held + done;
    off_t at = (off_t)(window->at + done);
    ssize_t got = os->pread(os, window->fd, into, window->len - done, at);

    return got > 0 ? got : os->pread(os, window->fd, into, window->len - done, at);
}

static void window_move(struct window *window, size_t at)
{
    window->at = at / PAGE_BYTES * PAGE_BYTES;
    window->len = window->file_bytes - window->at;
    window->unread = 0;
    if (window->len > sizeof window->held)
        window->len = sizeof window->held;
    for (size_t done = 0; done < window->len;) {
        ssize_t got = ask_twice(window, done);
        size_t page = done / PAGE_BYTES, end = (page + 1) * PAGE_BYTES;
        if (got > 0) {
            done += (size_t)got;
            continue;
        }
        end = end < window->len ? end : window->len;
        memset(window->held + done, 0, end - done);
        window->unread |= UINT64_C(1) << page;
        done = end;
    }
}

/* The bytes at `at`: JOURNAL_RECORD_MAX of them, or as many as the file has. */
static const uint8_t *window_over(struct window *window, size_t at, size_t *left)
{
    size_t end = window->at + window->len;

    if (at >= end || (end - at < JOURNAL_RECORD_MAX && end < window->file_bytes))
        window_move(window, at);
    *left = window->at + window->len - at;
    return window->held + (at - window->at);
}

/* Counts what is no whole record. Gives how much it was. */
static size_t scan_pass(const struct window *window, size_t at, size_t left,
                        struct journal_scan *scan)
{
    static const uint8_t zeros[JOURNAL_RECORD_ALIGN];
    size_t bytes = left < sizeof zeros ? left : sizeof zeros;

    if ((window->unread >> (at - window->at) / PAGE_BYTES & 1) != 0) {
        scan->unread_bytes += bytes;
        scan->unread_behind += bytes;
    }
    if (memcmp(window->held + (at - window->at), zeros, bytes) != 0)
        scan->torn_bytes = at + bytes - scan->end;
    return bytes;
}

static void scan_run(struct window *window, uint32_t seed, struct journal_scan *scan)
{
    size_t whole_bytes = JOURNAL_SEGMENT_HEADER, left = 0;

    for (size_t at = JOURNAL_SEGMENT_HEADER; at < window->file_bytes;) {
        const uint8_t *bytes = window_over(window, at, &left);
        struct journal_record record;
        if (journal_record_check(bytes, left, seed, &record) != JOURNAL_RECORD_WHOLE ||
            record.position < scan->next) {
            at += scan_pass(window, at, left, scan);
            continue;
        }
        at += journal_record_size(&record);
        whole_bytes += journal_record_size(&record);
        scan->end = at;
        scan->next = record.position + 1;
        scan->torn_bytes = scan->unread_behind = 0;
    }
    scan->wrong_bytes = scan->end - whole_bytes;
}

enum err journal_segment_scan(const struct journal_dir *dir, int fd, size_t bytes, uint64_t base,
                              struct journal_scan *scan)
{
    /* malloc: as segments_add */
    struct window *window = malloc(sizeof *window);

    *scan = (struct journal_scan){.next = base, .end = JOURNAL_SEGMENT_HEADER};
    if (window == NULL)
        return ERR_IO;
    window->os = dir->os;
    window->fd = fd;
    window->file_bytes = bytes;
    window->at = window->len = 0;
    scan_run(window, journal_record_seed(dir->id), scan);
    free(window);
    return ERR_OK;
}
