/*
 * journal_os: every file operation of the journal that can fail goes through this table, so that
 * tests can fail each one in turn. Names are relative to a directory descriptor. Results are those
 * of the system call of the same name, with errno; for the folder and its tests only.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_OS_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_OS_H

#include <sys/types.h>

struct journal_os {
    int (*open)(const struct journal_os *os, int dir, const char *name, int flags);
    int (*fallocate)(const struct journal_os *os, int fd, off_t bytes); /* never leaves a hole */
    ssize_t (*pread)(const struct journal_os *os, int fd, void *into, size_t bytes, off_t at);
    ssize_t (*pwrite)(const struct journal_os *os, int fd, const void *from, size_t bytes,
                      off_t at);
    int (*fdatasync)(const struct journal_os *os, int fd);
    int (*fsync)(const struct journal_os *os, int fd); /* for directories: names are not data */
    int (*rename)(const struct journal_os *os, int dir, const char *from, const char *to);
    int (*unlink)(const struct journal_os *os, int dir, const char *name);
    void *(*map)(const struct journal_os *os, int fd, size_t bytes); /* shared, to write; or NULL */
};

extern const struct journal_os journal_os_system;

#endif
