/*
 * failing_os: the journal's file operations, of which the n-th one fails, or all of one kind. Counts
 * what passes through it.
 */
#ifndef EVROLL_TESTS_UNIT_JOURNAL_FAILING_OS_H
#define EVROLL_TESTS_UNIT_JOURNAL_FAILING_OS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "gateway/journal/journal_os.h"

enum os_call {
    CALL_OPEN = 1 << 0,
    CALL_FALLOCATE = 1 << 1,
    CALL_PREAD = 1 << 2,
    CALL_PWRITE = 1 << 3,
    CALL_FDATASYNC = 1 << 4,
    CALL_FSYNC = 1 << 5,
    CALL_RENAME = 1 << 6,
    CALL_UNLINK = 1 << 7,
    CALL_MAP = 1 << 8,
    CALL_ANY = (1 << 9) - 1
};

struct failing_os {
    struct journal_os os; /* first, so that &failing.os is the whole */
    unsigned counted;     /* kinds of calls that count */
    int fail_at;          /* the call that fails, from 1; 0: none */
    bool for_ever;        /* and all after it */
    int code;             /* errno */
    int calls;
    int syncs;
};

static inline bool failing_now(const struct journal_os *os, enum os_call call)
{
    struct failing_os *self = (struct failing_os *)os;

    if (call == CALL_FDATASYNC)
        self->syncs++;
    if ((self->counted & call) == 0)
        return false;
    self->calls++;
    if (self->fail_at == 0 || self->calls < self->fail_at ||
        (self->calls > self->fail_at && !self->for_ever))
        return false;
    errno = self->code;
    return true;
}

static inline int failing_open(const struct journal_os *os, int dir, const char *name, int flags)
{
    return failing_now(os, CALL_OPEN)
               ? -1
               : journal_os_system.open(&journal_os_system, dir, name, flags);
}

static inline int failing_fallocate(const struct journal_os *os, int fd, off_t bytes)
{
    return failing_now(os, CALL_FALLOCATE)
               ? -1
               : journal_os_system.fallocate(&journal_os_system, fd, bytes);
}

static inline ssize_t failing_pread(const struct journal_os *os, int fd, void *into, size_t bytes,
                                    off_t at)
{
    return failing_now(os, CALL_PREAD)
               ? -1
               : journal_os_system.pread(&journal_os_system, fd, into, bytes, at);
}

/* A failing write leaves half of it, as a full disk does. */
static inline ssize_t failing_pwrite(const struct journal_os *os, int fd, const void *from,
                                     size_t bytes, off_t at)
{
    return failing_now(os, CALL_PWRITE)
               ? journal_os_system.pwrite(&journal_os_system, fd, from, bytes / 2, at)
               : journal_os_system.pwrite(&journal_os_system, fd, from, bytes, at);
}

static inline int failing_fdatasync(const struct journal_os *os, int fd)
{
    return failing_now(os, CALL_FDATASYNC) ? -1
                                           : journal_os_system.fdatasync(&journal_os_system, fd);
}

static inline int failing_fsync(const struct journal_os *os, int fd)
{
    return failing_now(os, CALL_FSYNC) ? -1 : journal_os_system.fsync(&journal_os_system, fd);
}

static inline int failing_rename(const struct journal_os *os, int dir, const char *from,
                                 const char *to)
{
    return failing_now(os, CALL_RENAME)
               ? -1
               : journal_os_system.rename(&journal_os_system, dir, from, to);
}

static inline int failing_unlink(const struct journal_os *os, int dir, const char *name)
{
    return failing_now(os, CALL_UNLINK) ? -1
                                        : journal_os_system.unlink(&journal_os_system, dir, name);
}

static inline void *failing_map(const struct journal_os *os, int fd, size_t bytes)
{
    return failing_now(os, CALL_MAP) ? NULL : journal_os_system.map(&journal_os_system, fd, bytes);
}

static inline struct failing_os failing_os_make(unsigned counted, int fail_at, int code)
{
    return (struct failing_os){
        .os = {.open = failing_open,
               .fallocate = failing_fallocate,
               .pread = failing_pread,
               .pwrite = failing_pwrite,
               .fdatasync = failing_fdatasync,
               .fsync = failing_fsync,
               .rename = failing_rename,
               .unlink = failing_unlink,
               .map = failing_map},
        .counted = counted,
        .fail_at = fail_at,
        .code = code,
    };
}

#endif
