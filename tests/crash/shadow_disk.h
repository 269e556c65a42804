/*
 * shadow_disk: a disk that forgets. File operations for a journal_syncer which remember what was
 * brought to stable storage; shadow_disk_cut then makes the directory what a power cut could have
 * left: of everything that was not synced each sector is there or not, as chance has it, and so is
 * each name. The writer may be another process.
 */
#ifndef EVROLL_TESTS_CRASH_SHADOW_DISK_H
#define EVROLL_TESTS_CRASH_SHADOW_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/journal/journal_os.h"

struct shadow_file {
    char name[40];
    uint8_t *synced; /* its content at the last fdatasync; NULL: never */
    size_t bytes;
    bool named; /* there was an fsync of the directory since it appeared */
};

struct shadow_disk {
    struct journal_os os; /* first, so that &disk.os is the whole */
    const char *dir;
    struct shadow_file *files;
    size_t count;
};

/* What lies in `dir` now counts as being on disk. */
void shadow_disk_begin(struct shadow_disk *disk, const char *dir);
void shadow_disk_end(struct shadow_disk *disk);

/* `random` is the state of random_next. Nobody may have the journal open for writing. */
void shadow_disk_cut(struct shadow_disk *disk, uint64_t *random);

/* Knuth's MMIX generator, its upper half. */
static inline uint32_t random_next(uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 32);
}

#endif
