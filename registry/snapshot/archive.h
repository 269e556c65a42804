/*
 * archive: a few files as one, in the form that tar -x reads (POSIX ustar). Only what a snapshot
 * needs: plain files with short names. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_SNAPSHOT_ARCHIVE_H
#define EVROLL_REGISTRY_SNAPSHOT_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"

#define ARCHIVE_FILES_MAX 8

struct archive_file {
    char name[100];
    const uint8_t *bytes;
    size_t len;
};

struct archive {
    struct archive_file files[ARCHIVE_FILES_MAX];
    size_t count;
};

void archive_add(struct archive *archive, const char *name, const void *bytes, size_t len);
/* NULL when there is no such file. */
const struct archive_file *archive_find(const struct archive *archive, const char *name);

/* Belongs to the arena. `time_s`: since 1970, for the files. */
uint8_t *archive_write(const struct archive *archive, int64_t time_s, struct arena *arena,
                       size_t *len);
/* The files point into `bytes`. ERR_INPUT: it is none, or holds more than plain files. */
enum err archive_read(const uint8_t *bytes, size_t len, struct archive *archive,
                      struct fault *fault) ERR_CHECKED;

/* Reads a whole archive of at most 1 GiB from a file into the arena. */
enum err archive_load(const char *file, struct arena *arena, uint8_t **bytes, size_t *len,
                      struct fault *fault) ERR_CHECKED;

#endif
