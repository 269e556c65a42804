#include "gateway/journal/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/crc32c.h"

/* What is read while the other side stores it may be torn: a few looks are enough. */
#define LOOKS 100

static uint32_t stored_crc(const void *fixed, size_t bytes)
{
    uint32_t crc = 0;

    memcpy(&crc, (const uint8_t *)fixed + bytes - sizeof crc, sizeof crc);
    return crc;
}

static bool id_matches(const struct journal_dir *dir, const struct journal_head *head)
{
    return head->magic == JOURNAL_MAGIC_ID || memcmp(head->id, dir->id, sizeof dir->id) == 0;
}

static enum journal_file_state fixed_check(const struct journal_dir *dir, uint32_t magic,
                                           const void *fixed, size_t bytes)
{
    struct journal_head head;

    memcpy(&head, fixed, sizeof head);
    if (head.magic != magic)
        return JOURNAL_FILE_DAMAGED;
    if (head.version > JOURNAL_VERSION)
        return JOURNAL_FILE_NEWER;
    if (head.version == 0 || stored_crc(fixed, bytes) != crc32c(0, fixed, bytes - sizeof(uint32_t)))
        return JOURNAL_FILE_DAMAGED;
    return id_matches(dir, &head) ? JOURNAL_FILE_GOOD : JOURNAL_FILE_FOREIGN;
}

static enum journal_file_state fixed_read(const struct journal_dir *dir, int fd, uint32_t magic,
                                          void *fixed, size_t bytes)
{
    ssize_t got = dir->os->pread(dir->os, fd, fixed, bytes, 0);

    if (got < 0)
        return errno == EISDIR ? JOURNAL_FILE_DAMAGED : JOURNAL_FILE_FAILED;
    return (size_t)got < bytes ? JOURNAL_FILE_DAMAGED : fixed_check(dir, magic, fixed, bytes);
}

static enum journal_file_state file_open(const struct journal_dir *dir, const char *name, int *fd)
{
    *fd = dir->os->open(dir->os, dir->fd, name, O_RDONLY);
    if (*fd >= 0)
        return JOURNAL_FILE_GOOD;
    if (errno == ENOENT)
        return JOURNAL_FILE_MISSING;
    return errno == ELOOP || errno == ENXIO ? JOURNAL_FILE_DAMAGED : JOURNAL_FILE_FAILED;
}

enum journal_file_state journal_file_load(const struct journal_dir *dir, const char *name,
                                          uint32_t magic, void *fixed, size_t bytes)
{
    int fd = -1;
    enum journal_file_state state = file_open(dir, name, &fd);

    if (state != JOURNAL_FILE_GOOD)
        return state;
    state = fixed_read(dir, fd, magic, fixed, bytes);
    for (int i = 1; i < LOOKS && state == JOURNAL_FILE_DAMAGED; i++)
        state = fixed_read(dir, fd, magic, fixed, bytes);
    close(fd);
    return state;
}

void journal_file_seal(const struct journal_dir *dir, uint32_t magic, void *fixed, size_t bytes)
{
    struct journal_head head = {.magic = magic, .version = JOURNAL_VERSION};
    uint32_t crc = 0;

    memcpy(head.id, dir->id, sizeof head.id);
    memcpy(fixed, &head, sizeof head);
    crc = crc32c(0, fixed, bytes - sizeof crc);
    memcpy((uint8_t *)fixed + bytes - sizeof crc, &crc, sizeof crc);
}

static bool content_write(const struct journal_dir *dir, int fd, const void *content, size_t bytes)
{
    ssize_t put = dir->os->pwrite(dir->os, fd, content, bytes, 0);

    if (put >= 0 && (size_t)put < bytes)
        errno = ENOSPC;
    return put == (ssize_t)bytes && dir->os->fdatasync(dir->os, fd) == 0;
}

enum err journal_file_replace(const struct journal_dir *dir, const char *name, const void *content,
                              size_t bytes)
{
    char fresh[64];
    int fd = -1;
    bool done = false;
    int why = 0;

    snprintf(fresh, sizeof fresh, "%s.new", name);
    fd = dir->os->open(dir->os, dir->fd, fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0)
        return ERR_IO;
    done = content_write(dir, fd, content, bytes) &&
           dir->os->rename(dir->os, dir->fd, fresh, name) == 0;
    why = errno;
    close(fd);
    errno = why;
    return done ? ERR_OK : ERR_IO;
}

enum err journal_file_overwrite(const struct journal_dir *dir, const char *name,
                                const void *content, size_t bytes)
{
    int fd = dir->os->open(dir->os, dir->fd, name, O_WRONLY | O_CREAT);
    ssize_t put = 0;
    int why = 0;

    if (fd < 0)
        return ERR_IO;
    put = dir->os->pwrite(dir->os, fd, content, bytes, 0);
    why = put >= 0 && (size_t)put < bytes ? ENOSPC : errno;
    close(fd);
    errno = why;
    return put == (ssize_t)bytes ? ERR_OK : ERR_IO;
}

/* The writer stores `appended`, then `check`, one position at a time. Killed in between it leaves a
 * difference of one; the entry is whole by then. Anything else was read while it was stored. */
static bool live_settled(const struct journal_page_live *live)
{
    uint64_t checked = ~live->check;

    return live->appended == checked || live->appended == checked + 1;
}

#define LIVE_AT sizeof(struct journal_page_fixed)
#define REST_AT offsetof(struct journal_page_live, segment_base)

/* Two reads, in this order: the writer names a segment before it publishes a position in it, so the
 * segment read here is never older than the position. */
static enum journal_file_state live_read(const struct journal_dir *dir, int fd,
                                         struct journal_page_live *live)
{
    const struct journal_os *os = dir->os;

    for (int i = 0; i < LOOKS; i++) {
        ssize_t got = os->pread(os, fd, live, REST_AT, LIVE_AT);
        ssize_t rest = os->pread(os, fd, &live->segment_base, sizeof *live - REST_AT,
                                 (off_t)(LIVE_AT + REST_AT));
        if (got < 0 || rest < 0)
            return JOURNAL_FILE_FAILED;
        if ((size_t)got == REST_AT && (size_t)rest == sizeof *live - REST_AT && live_settled(live))
            return JOURNAL_FILE_GOOD;
    }
    return JOURNAL_FILE_DAMAGED;
}

enum journal_file_state journal_page_load(const struct journal_dir *dir, struct journal_page *page)
{
    int fd = -1;
    enum journal_file_state state = file_open(dir, JOURNAL_NAME_PAGE, &fd);

    if (state != JOURNAL_FILE_GOOD)
        return state;
    state = fixed_read(dir, fd, JOURNAL_MAGIC_PAGE, &page->fixed, sizeof page->fixed);
    if (state == JOURNAL_FILE_GOOD)
        state = live_read(dir, fd, &page->live);
    close(fd);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return state;
}

const char *journal_file_state_text(enum journal_file_state state)
{
    static const char *const texts[] = {
        [JOURNAL_FILE_GOOD] = "is good",
        [JOURNAL_FILE_MISSING] = "is missing",
        [JOURNAL_FILE_DAMAGED] = "is damaged",
        [JOURNAL_FILE_FOREIGN] = "belongs to another journal",
        [JOURNAL_FILE_NEWER] = "was written by a newer evroll",
        [JOURNAL_FILE_FAILED] = "cannot be read",
    };
    return texts[state];
}

enum err journal_dir_identify(struct journal_dir *dir, struct fault *fault)
{
    struct journal_id_file file;
    enum journal_file_state state =
        journal_file_load(dir, JOURNAL_NAME_ID, JOURNAL_MAGIC_ID, &file, sizeof file);

    if (state == JOURNAL_FILE_GOOD) {
        memcpy(dir->id, file.head.id, sizeof dir->id);
        return ERR_OK;
    }
    if (state == JOURNAL_FILE_MISSING)
        return fault_set(fault, ERR_NOT_FOUND, "%s: no journal here yet", dir->path);
    if (state == JOURNAL_FILE_FAILED)
        return fault_set(fault, ERR_IO, "%s/%s: %m", dir->path, JOURNAL_NAME_ID);
    return fault_set(fault, ERR_INPUT, "%s/%s %s; move the directory away or name another one",
                     dir->path, JOURNAL_NAME_ID, journal_file_state_text(state));
}

enum err journal_dir_open(struct journal_dir *dir, const char *path, const struct journal_os *os,
                          struct fault *fault)
{
    *dir = (struct journal_dir){.os = os};
    snprintf(dir->path, sizeof dir->path, "%s", path);
    dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->fd < 0)
        return fault_set(fault, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %m", path);
    return ERR_OK;
}

enum err journal_dir_enter(struct journal_dir *dir, const char *path, const struct journal_os *os,
                           struct fault *fault)
{
    enum err err = journal_dir_open(dir, path, os, fault);

    if (err == ERR_OK)
        err = journal_dir_identify(dir, fault);
    if (err != ERR_OK)
        journal_dir_close(dir);
    return err;
}

void journal_dir_close(struct journal_dir *dir)
{
    if (dir->fd >= 0)
        close(dir->fd);
    dir->fd = -1;
}
