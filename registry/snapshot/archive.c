#include "registry/snapshot/archive.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK    512u
#define FILE_MAX ((off_t)1 << 30)

/* POSIX.1-2017, pax, "ustar Interchange Format". Numbers are octal digits. */
struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], chksum[8], typeflag,
        linkname[100], magic[6], version[2], uname[32], gname[32], devmajor[8], devminor[8],
        prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

void archive_add(struct archive *archive, const char *name, const void *bytes, size_t len)
{
    struct archive_file *file = &archive->files[archive->count++];

    assert(archive->count <= ARCHIVE_FILES_MAX && strlen(name) < sizeof file->name);
    snprintf(file->name, sizeof file->name, "%s", name);
    file->bytes = bytes;
    file->len = len;
}

const struct archive_file *archive_find(const struct archive *archive, const char *name)
{
    for (size_t i = 0; i < archive->count; i++)
        if (strcmp(archive->files[i].name, name) == 0)
            return &archive->files[i];
    return NULL;
}

static size_t padded(size_t len)
{
    return (len + BLOCK - 1) / BLOCK * BLOCK;
}

/* The sum of the header's bytes, its own field taken as blanks. */
static unsigned sum_of(const struct header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    unsigned sum = 0;

    for (size_t i = 0; i < BLOCK; i++) {
        bool own = i >= offsetof(struct header, chksum) && i < offsetof(struct header, typeflag);
        sum += own ? ' ' : bytes[i];
    }
    return sum;
}

static void put_octal(char *field, size_t size, unsigned long long number)
{
    char text[24];

    snprintf(text, sizeof text, "%0*llo", (int)size - 1, number);
    assert(strlen(text) == size - 1);
    memcpy(field, text, size);
}

static struct header header_of(const struct archive_file *file, int64_t time_s)
{
    struct header h = {.typeflag = '0'};

    memcpy(h.name, file->name, sizeof h.name);
    put_octal(h.mode, sizeof h.mode, 0644);
    put_octal(h.uid, sizeof h.uid, 0);
    put_octal(h.gid, sizeof h.gid, 0);
    put_octal(h.size, sizeof h.size, file->len);
    put_octal(h.mtime, sizeof h.mtime, (unsigned long long)time_s);
    memcpy(h.magic, "ustar", 6);
    memcpy(h.version, "00", 2);
    put_octal(h.chksum, sizeof h.chksum - 1, sum_of(&h));
    h.chksum[sizeof h.chksum - 1] = ' ';
    return h;
}

uint8_t *archive_write(const struct archive *archive, int64_t time_s, struct arena *arena,
                       size_t *len)
{
    uint8_t *bytes = NULL;
    uint8_t *at = NULL;

    *len = 2 * BLOCK; /* two blocks of zeros are the end */
    for (size_t i = 0; i < archive->count; i++)
        *len += BLOCK + padded(archive->files[i].len);
    at = bytes = arena_alloc(arena, *len, 1);
    for (size_t i = 0; i < archive->count; i++) {
        const struct archive_file *file = &archive->files[i];
        struct header header = header_of(file, time_s);
        memcpy(at, &header, BLOCK);
        memcpy(at + BLOCK, file->bytes, file->len);
        at += BLOCK + padded(file->len);
    }
    return bytes;
}

/* ---- reading ---- */

static bool take_octal(const char *field, size_t size, uint64_t *number)
{
    size_t i = 0;

    *number = 0;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        *number = *number * 8 + (uint64_t)(field[i] - '0');
    return i > 0 && (i == size || field[i] == '\0' || field[i] == ' ');
}

static bool is_end(const uint8_t *block)
{
    for (size_t i = 0; i < BLOCK; i++)
        if (block[i] != 0)
            return false;
    return true;
}

static bool take_header(const uint8_t *block, struct archive_file *file)
{
    struct header header;
    uint64_t sum = 0, size = 0;

    memcpy(&header, block, BLOCK);
    if (memcmp(header.magic, "ustar", 5) != 0 || (header.typeflag != '0' && header.typeflag != 0) ||
        memchr(header.name, '\0', sizeof header.name) == NULL ||
        !take_octal(header.chksum, sizeof header.chksum, &sum) || sum != sum_of(&header) ||
        !take_octal(header.size, sizeof header.size, &size))
        return false;
    memcpy(file->name, header.name, sizeof file->name);
    file->len = (size_t)size;
    return true;
}

enum err archive_read(const uint8_t *bytes, size_t len, struct archive *archive,
                      struct fault *fault)
{
    size_t at = 0;

    *archive = (struct archive){0};
    while (len - at >= BLOCK && !is_end(bytes + at)) {
        struct archive_file *file = &archive->files[archive->count];
        if (archive->count == ARCHIVE_FILES_MAX || !take_header(bytes + at, file))
            return fault_set(fault, ERR_INPUT,
                             "byte %zu: no header of a plain file; this is no snapshot's archive",
                             at);
        at += BLOCK;
        file->bytes = bytes + at;
        if (file->len > len - at || padded(file->len) > len - at)
            return fault_set(fault, ERR_INPUT, "\"%s\" is cut off; get the archive again",
                             file->name);
        at += padded(file->len);
        archive->count++;
    }
    if (archive->count == 0)
        return fault_set(fault, ERR_INPUT, "this is no snapshot's archive");
    return ERR_OK;
}

enum err archive_load(const char *file, struct arena *arena, uint8_t **bytes, size_t *len,
                      struct fault *fault)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat status;
    size_t got = 0;

    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size > FILE_MAX) {
        if (fd >= 0)
            close(fd);
        return fault_set(fault, ERR_INPUT, "%s cannot be read, or has more than 1 GiB", file);
    }
    *len = (size_t)status.st_size;
    *bytes = arena_alloc(arena, *len + 1, 1);
    while (got < *len) {
        ssize_t n = read(fd, *bytes + got, *len - got);
        if (n == 0 || (n < 0 && errno != EINTR))
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    return got == *len ? ERR_OK : fault_set(fault, ERR_IO, "%s cannot be read: %m", file);
}
