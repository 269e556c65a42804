/*
 * Arbitrary bytes as the segments of a journal. Reading must end, give each position once, and touch
 * nothing outside its buffers.
 *
 * Input: appended, base of a second segment (0: none), flags (1: put right the checksums of whatever
 * looks like a record, so that the parser behind them is reached; 2: let a writer recover it first;
 * 4: give the first segment a right header), then the segments' bytes.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/journal/journal_record.h"
#include "gateway/journal/journal_segment.h"
#include "shared/crc32c.h"
#include "shared/log.h"

#define INPUT_HEADER 3u
#define INPUT_MAX    (64u << 10)

static void file_put(const struct journal_dir *dir, const char *name, const void *bytes, size_t len)
{
    int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t put = 0;

    assert(fd >= 0);
    put = write(fd, bytes, len);
    assert(put == (ssize_t)len);
    close(fd);
}

static void place_make(struct journal_dir *dir, char *path, uint64_t appended)
{
    struct journal_id_file id = {0};
    struct journal_page page = {.fixed = {.epoch = 1, .budget = 1u << 30, .segment_bytes = 4096},
                                .live = {.appended = appended, .check = ~appended}};
    enum err err = ERR_OK;

    assert(mkdtemp(path) != NULL);
    err = journal_dir_open(dir, path, &journal_os_system, NULL);
    assert(err == ERR_OK);
    memset(dir->id, 0x5a, sizeof dir->id);
    journal_file_seal(dir, JOURNAL_MAGIC_ID, &id, sizeof id);
    file_put(dir, JOURNAL_NAME_ID, &id, sizeof id);
    journal_file_seal(dir, JOURNAL_MAGIC_PAGE, &page.fixed, sizeof page.fixed);
    file_put(dir, JOURNAL_NAME_PAGE, &page, sizeof page);
}

static void place_remove(struct journal_dir *dir, const char *path)
{
    static const char *const names[] = {JOURNAL_NAME_ID, JOURNAL_NAME_PAGE, JOURNAL_NAME_LOCK,
                                        JOURNAL_NAME_SPARE};
    struct journal_segments segments;
    enum err err = journal_segments_list(dir, &segments);

    assert(err == ERR_OK);
    for (size_t i = 0; i < segments.count; i++) {
        char name[JOURNAL_SEGMENT_NAME];
        journal_segment_name(segments.bases[i], name);
        unlinkat(dir->fd, name, 0);
    }
    journal_segments_free(&segments);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlinkat(dir->fd, names[i], 0);
    journal_dir_close(dir);
    rmdir(path);
}

static void checksums_put_right(uint8_t *bytes, size_t len, uint32_t seed)
{
    for (size_t at = 0; at + JOURNAL_RECORD_HEADER <= len; at += JOURNAL_RECORD_ALIGN) {
        struct journal_record record;
        size_t covered = offsetof(struct journal_record, position);
        memcpy(&record, bytes + at, sizeof record);
        if (record.magic != JOURNAL_MAGIC_RECORD || journal_record_size(&record) > len - at)
            continue;
        record.body_crc = crc32c(0, bytes + at + JOURNAL_RECORD_HEADER,
                                 journal_record_size(&record) - JOURNAL_RECORD_HEADER);
        record.header_crc =
            crc32c(seed, (const uint8_t *)&record + covered, sizeof record - covered);
        memcpy(bytes + at, &record, sizeof record);
    }
}

static void segments_put(const struct journal_dir *dir, const uint8_t *data, uint8_t *bytes,
                         size_t len)
{
    char name[JOURNAL_SEGMENT_NAME];
    size_t first = data[1] == 0 ? len : len / 2 / 8 * 8;
    struct journal_segment_header header = {.bytes = first};

    if ((data[2] & 4) != 0 && first >= sizeof header) {
        journal_file_seal(dir, JOURNAL_MAGIC_SEGMENT, &header, sizeof header);
        memcpy(bytes, &header, sizeof header);
    }
    if ((data[2] & 1) != 0)
        checksums_put_right(bytes, len, journal_record_seed(dir->id));
    journal_segment_name(0, name);
    file_put(dir, name, bytes, first);
    journal_segment_name(data[1], name);
    if (data[1] != 0)
        file_put(dir, name, bytes + first, len - first);
}

static void recover(const char *path)
{
    struct journal_options options = {.dir = path, .segment_bytes = 4096, .budget_bytes = 1u << 30};
    struct journal_writer *writer = NULL;

    if (journal_writer_open(&options, &writer, NULL) == ERR_OK)
        journal_writer_close(writer);
}

static void read_everything(const char *path)
{
    struct journal_reader *reader = NULL;
    struct journal_extent extent;
    struct journal_entry entry;
    uint64_t next = 0;
    uint32_t touched = 0;
    enum err err = journal_reader_open(path, &reader, NULL);

    assert(err == ERR_OK);
    err = journal_reader_extent(reader, &extent, NULL);
    assert(err == ERR_OK);
    while ((err = journal_read(reader, &entry, NULL)) == ERR_OK) {
        assert(entry.position == next);
        assert(!entry.damaged || entry.damaged_count > 0);
        next += entry.damaged ? entry.damaged_count : 1;
        if (!entry.damaged)
            touched = crc32c(touched, entry.payload, entry.payload_len);
    }
    assert(err == ERR_INPUT || (err == ERR_NOT_FOUND && next == extent.appended));
    journal_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/dev/shm/evroll-fuzz-XXXXXX";
    struct journal_dir dir;
    uint8_t *bytes = NULL;

    if (size < INPUT_HEADER || size > INPUT_MAX)
        return -1;
    log_set_level((enum log_level) - 1); /* damage is all there is to say */
    bytes = malloc(size);
    assert(bytes != NULL);
    memcpy(bytes, data + INPUT_HEADER, size - INPUT_HEADER);
    place_make(&dir, path, data[0]);
    segments_put(&dir, data, bytes, size - INPUT_HEADER);
    if ((data[2] & 2) != 0)
        recover(path);
    read_everything(path);
    place_remove(&dir, path);
    free(bytes);
    return 0;
}
