#include "tests/crash/shadow_disk.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/arena.h"

#define SECTOR 512u

/* ---- what is remembered ---- */

static struct shadow_file *file_of(struct shadow_disk *disk, const char *name)
{
    struct shadow_file *file = NULL;

    for (size_t i = 0; i < disk->count; i++)
        if (strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    disk->files = mem_grow(disk->files, disk->count + 1, sizeof *disk->files);
    file = &disk->files[disk->count++];
    *file = (struct shadow_file){0};
    snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

static uint8_t *content_of(int fd, size_t *bytes)
{
    struct stat st;
    uint8_t *content = NULL;
    ssize_t got = 0;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return NULL;
    content = mem_alloc((size_t)st.st_size, 1);
    got = pread(fd, content, (size_t)st.st_size, 0);
    assert(got == st.st_size);
    *bytes = (size_t)got;
    return content;
}

static void file_keep(struct shadow_disk *disk, const char *name, int fd)
{
    struct shadow_file *file = file_of(disk, name);

    free(file->synced);
    file->synced = content_of(fd, &file->bytes);
}

typedef void visit(struct shadow_disk *disk, const char *name, void *data);

/* The names are taken first: visiting may remove files. */
static void files_visit(struct shadow_disk *disk, visit *each, void *data)
{
    struct dirent **items = NULL;
    int count = scandir(disk->dir, &items, NULL, alphasort);

    assert(count >= 0);
    for (int i = 0; i < count; i++) {
        if (items[i]->d_name[0] != '.')
            each(disk, items[i]->d_name, data);
        free(items[i]);
    }
    free(items);
}

static int disk_fdatasync(const struct journal_os *os, int fd)
{
    struct shadow_disk *disk = (struct shadow_disk *)os;
    char link[64], path[512];
    ssize_t len = 0;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    assert(len > 0);
    path[len] = '\0';
    file_keep(disk, strrchr(path, '/') + 1, fd);
    return 0;
}

static void name_keep(struct shadow_disk *disk, const char *name, void *data)
{
    (void)data;
    file_of(disk, name)->named = true;
}

static int disk_fsync(const struct journal_os *os, int fd)
{
    (void)fd;
    files_visit((struct shadow_disk *)os, name_keep, NULL);
    return 0;
}

static int file_open(const struct shadow_disk *disk, const char *name, int flags)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", disk->dir, name);
    return open(path, flags | O_CLOEXEC, 0600);
}

static void everything_keep(struct shadow_disk *disk, const char *name, void *data)
{
    int fd = file_open(disk, name, O_RDONLY);

    name_keep(disk, name, data);
    if (fd >= 0) {
        file_keep(disk, name, fd);
        close(fd);
    }
}

void shadow_disk_begin(struct shadow_disk *disk, const char *dir)
{
    *disk = (struct shadow_disk){.os = journal_os_system, .dir = dir};
    disk->os.fdatasync = disk_fdatasync;
    disk->os.fsync = disk_fsync;
    files_visit(disk, everything_keep, NULL);
}

void shadow_disk_end(struct shadow_disk *disk)
{
    for (size_t i = 0; i < disk->count; i++)
        free(disk->files[i].synced);
    free(disk->files);
    disk->files = NULL;
    disk->count = 0;
}

/* ---- the cut ---- */

static void content_write(const struct shadow_disk *disk, const char *name, const uint8_t *content,
                          size_t bytes)
{
    int fd = file_open(disk, name, O_WRONLY | O_CREAT | O_TRUNC);
    ssize_t put = 0;

    assert(fd >= 0);
    put = write(fd, content, bytes);
    assert(put == (ssize_t)bytes);
    close(fd);
}

/* Each sector as it is now, or as it was when it was last synced: zeros when it never was. */
static void sectors_mix(const struct shadow_file *file, uint8_t *content, size_t bytes,
                        uint64_t *random)
{
    bool mostly = random_next(random) % 2 == 0; /* nearly all gone, or an even mix */

    for (size_t at = 0; at < bytes; at += SECTOR) {
        size_t len = bytes - at < SECTOR ? bytes - at : SECTOR;
        if (random_next(random) % 8 < (mostly ? 1 : 4))
            continue;
        if (file->synced != NULL && at + len <= file->bytes)
            memcpy(content + at, file->synced + at, len);
        else
            memset(content + at, 0, len);
    }
}

static void file_remove(const struct shadow_disk *disk, const char *name)
{
    char path[512];
    int done = 0;

    snprintf(path, sizeof path, "%s/%s", disk->dir, name);
    done = unlink(path);
    assert(done == 0);
}

static void segment_cut(struct shadow_disk *disk, const char *name, uint64_t *random)
{
    struct shadow_file *file = file_of(disk, name);
    size_t bytes = 0;
    int fd = file_open(disk, name, O_RDWR);
    uint8_t *content = NULL;

    assert(fd >= 0);
    content = content_of(fd, &bytes);
    close(fd);
    if (!file->named && random_next(random) % 2 == 0) {
        file_remove(disk, name);
    } else {
        sectors_mix(file, content, bytes, random);
        content_write(disk, name, content, file->named || random_next(random) % 4 ? bytes : 0);
    }
    free(content);
}

/* The small files are replaced by rename: the old one may be back. */
static void small_file_cut(struct shadow_disk *disk, const char *name, uint64_t *random)
{
    const struct shadow_file *file = file_of(disk, name);

    if (file->synced != NULL && random_next(random) % 2 == 0)
        content_write(disk, name, file->synced, file->bytes);
}

static void file_cut(struct shadow_disk *disk, const char *name, void *data)
{
    const char *dot = strrchr(name, '.');

    if (dot != NULL && strcmp(dot, ".seg") == 0)
        segment_cut(disk, name, data);
    else if (strcmp(name, "writer.page") == 0 || strcmp(name, "sync.page") == 0)
        small_file_cut(disk, name, data);
}

void shadow_disk_cut(struct shadow_disk *disk, uint64_t *random)
{
    files_visit(disk, file_cut, random);
}
