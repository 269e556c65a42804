#include "gateway/journal/journal_os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* O_NONBLOCK: a FIFO put where a file should be must not hold anybody up. */
static int os_open(const struct journal_os *os, int dir, const char *name, int flags)
{
    (void)os;
    return openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
}

static int os_fallocate(const struct journal_os *os, int fd, off_t bytes)
{
    int code = posix_fallocate(fd, 0, bytes);

    (void)os;
    errno = code;
    return code == 0 ? 0 : -1;
}

static ssize_t os_pread(const struct journal_os *os, int fd, void *into, size_t bytes, off_t at)
{
    (void)os;
    return pread(fd, into, bytes, at);
}

static ssize_t os_pwrite(const struct journal_os *os, int fd, const void *from, size_t bytes,
                         off_t at)
{
    (void)os;
    return pwrite(fd, from, bytes, at);
}

static int os_fdatasync(const struct journal_os *os, int fd)
{
    (void)os;
    return fdatasync(fd);
}

static int os_fsync(const struct journal_os *os, int fd)
{
    (void)os;
    return fsync(fd);
}

static int os_rename(const struct journal_os *os, int dir, const char *from, const char *to)
{
    (void)os;
    return renameat(dir, from, dir, to);
}

static int os_unlink(const struct journal_os *os, int dir, const char *name)
{
    (void)os;
    return unlinkat(dir, name, 0);
}

static void *os_map(const struct journal_os *os, int fd, size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    (void)os;
    return at == MAP_FAILED ? NULL : at;
}

const struct journal_os journal_os_system = {
    .open = os_open,
    .fallocate = os_fallocate,
    .pread = os_pread,
    .pwrite = os_pwrite,
    .fdatasync = os_fdatasync,
    .fsync = os_fsync,
    .rename = os_rename,
    .unlink = os_unlink,
    .map = os_map,
};
