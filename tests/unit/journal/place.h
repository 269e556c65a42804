/*
 * place: a journal in a directory of its own, for tests. Entry number n always has the same content,
 * so that what was read can be checked by its position alone.
 */
#ifndef EVROLL_TESTS_UNIT_JOURNAL_PLACE_H
#define EVROLL_TESTS_UNIT_JOURNAL_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/journal/journal_format.h"
#include "gateway/journal/journal_internal.h"
#include "gateway/journal/journal_segment.h"
#include "shared/log.h"

#define PLACE_SEGMENT (64u << 10)

struct place {
    char dir[64];
    struct journal_options options;
    uint8_t payload[JOURNAL_PAYLOAD_MAX];
};

static inline void place_make(struct place *place)
{
    memset(place, 0, sizeof *place);
    snprintf(place->dir, sizeof place->dir, "/tmp/evroll-journal-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    place->options = (struct journal_options){
        .dir = place->dir, .segment_bytes = PLACE_SEGMENT, .budget_bytes = 64 * PLACE_SEGMENT};
    log_set_level((enum log_level) - 1); /* what is reported here is provoked */
}

static inline void place_path(const struct place *place, const char *name, char out[static 320])
{
    snprintf(out, 320, "%s/%s", place->dir, name);
}

static inline void place_wipe(const struct place *place)
{
    DIR *stream = opendir(place->dir);
    const struct dirent *item = NULL;

    assert_non_null(stream);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own */
    while ((item = readdir(stream)) != NULL) {
        if (unlinkat(dirfd(stream), item->d_name, 0) != 0)
            (void)unlinkat(dirfd(stream), item->d_name, AT_REMOVEDIR);
    }
    closedir(stream);
}

static inline void place_remove(const struct place *place)
{
    place_wipe(place);
    assert_int_equal(rmdir(place->dir), 0);
}

/* ---- entries ---- */

static inline size_t entry_len(uint64_t n)
{
    return (size_t)(n * 7919 % 400);
}

static inline struct journal_entry entry_make(struct place *place, uint64_t n)
{
    struct journal_entry entry = {.received_ms = (int64_t)(1700000000000 + n),
                                  .format = (enum format)(1 + n % 4),
                                  .payload = place->payload,
                                  .payload_len = entry_len(n)};

    snprintf(entry.unit, sizeof entry.unit, "unit-%" PRIu64, n % 1000);
    for (size_t i = 0; i < entry.payload_len; i++)
        place->payload[i] = (uint8_t)(n * 31 + i);
    return entry;
}

static inline void entry_check(struct place *place, const struct journal_entry *got, uint64_t n)
{
    struct journal_entry want = entry_make(place, n);

    assert_false(got->damaged);
    assert_int_equal(got->position, n);
    assert_int_equal(got->received_ms, want.received_ms);
    assert_int_equal(got->format, want.format);
    assert_string_equal(got->unit, want.unit);
    assert_int_equal(got->payload_len, want.payload_len);
    assert_memory_equal(got->payload, want.payload, want.payload_len);
}

/* ---- both sides ---- */

static inline struct journal_writer *writer_open(struct place *place)
{
    struct journal_writer *writer = NULL;
    struct fault fault = {0};

    if (journal_writer_open(&place->options, &writer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return writer;
}

static inline struct journal_reader *reader_open(const struct place *place)
{
    struct journal_reader *reader = NULL;
    struct fault fault = {0};

    if (journal_reader_open(place->dir, &reader, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return reader;
}

static inline void append_some(struct place *place, struct journal_writer *writer, uint64_t from,
                               uint64_t to)
{
    for (uint64_t n = from; n < to; n++) {
        struct journal_entry entry = entry_make(place, n);
        uint64_t position = 0;
        assert_int_equal(journal_append(writer, &entry, &position), ERR_OK);
        assert_int_equal(position, n);
    }
}

static inline void read_some(struct place *place, struct journal_reader *reader, uint64_t from,
                             uint64_t to)
{
    for (uint64_t n = from; n < to; n++) {
        struct journal_entry entry;
        assert_int_equal(journal_read(reader, &entry, NULL), ERR_OK);
        entry_check(place, &entry, n);
    }
}

static inline void read_nothing(struct journal_reader *reader)
{
    struct journal_entry entry;

    assert_int_equal(journal_read(reader, &entry, NULL), ERR_NOT_FOUND);
}

static inline void read_damage(struct journal_reader *reader, uint64_t from, uint64_t count)
{
    struct journal_entry entry;

    assert_int_equal(journal_read(reader, &entry, NULL), ERR_OK);
    assert_true(entry.damaged);
    assert_int_equal(entry.position, from);
    assert_int_equal(entry.damaged_count, count);
}

/* A journal with the entries 0 … count-1 and no writer. */
static inline void place_fill(struct place *place, uint64_t count)
{
    struct journal_writer *writer = writer_open(place);

    append_some(place, writer, 0, count);
    journal_writer_close(writer);
}

/* ---- files ---- */

static inline uint8_t *file_read(const struct place *place, const char *name, size_t *len)
{
    char path[320];
    struct stat st;
    uint8_t *bytes = NULL;
    int fd = -1;

    place_path(place, name, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    bytes = malloc((size_t)st.st_size + 1);
    assert_non_null(bytes);
    assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    *len = (size_t)st.st_size;
    return bytes;
}

static inline void file_write(const struct place *place, const char *name, const void *bytes,
                              size_t len)
{
    char path[320];
    int fd = -1;

    place_path(place, name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static inline void file_flip(const struct place *place, const char *name, size_t at, uint8_t mask)
{
    size_t len = 0;
    uint8_t *bytes = file_read(place, name, &len);

    assert_true(at < len);
    bytes[at] ^= mask;
    file_write(place, name, bytes, len);
    free(bytes);
}

static inline void file_remove(const struct place *place, const char *name)
{
    char path[320];

    place_path(place, name, path);
    assert_int_equal(unlink(path), 0);
}

static inline struct journal_segments place_segments(const struct place *place)
{
    struct journal_dir dir;
    struct journal_segments segments;

    assert_int_equal(journal_dir_open(&dir, place->dir, &journal_os_system, NULL), ERR_OK);
    assert_int_equal(journal_segments_list(&dir, &segments), ERR_OK);
    journal_dir_close(&dir);
    return segments;
}

static inline size_t place_segment_count(const struct place *place)
{
    struct journal_segments segments = place_segments(place);
    size_t count = segments.count;

    journal_segments_free(&segments);
    return count;
}

#define FIRST_SEGMENT "00000000000000000000.seg"

#endif
