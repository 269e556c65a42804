#include "gateway/decode/rejects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/arena.h"
#include "shared/when.h"

#define FILES_MAX                                                                                  \
    4096 /* far more than REJECTS_FILES: a directory may come from a larger budget                 \
          */

struct rejects {
    char dir[PATH_MAX / 2];
    uint64_t budget;
    unsigned first, last; /* numbers of the oldest and the present file */
    uint64_t last_bytes;
    bool torn; /* the present file may end in half a line */
    int fd;
};

static enum err io_fault(struct fault *fault, const char *what, const char *path)
{
    return fault_set(fault, ERR_IO, "rejects: cannot %s %s: %s", what, path,
                     strerrordesc_np(errno));
}

static void file_path(const char *dir, unsigned number, char path[static PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%08u.jsonl", dir, number);
}

/* ---- which files there are ---- */

static int is_store_file(const struct dirent *entry)
{
    unsigned number = 0;
    int used = 0;

    return sscanf(entry->d_name, "%8u.jsonl%n", &number, &used) == 1 && used == 14 &&
           entry->d_name[used] == '\0';
}

/* Numbers of the oldest and newest file; both 0 when there is none. */
static enum err find_range(const char *dir, unsigned *first, unsigned *last, struct fault *fault)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_store_file, alphasort);

    *first = *last = 0;
    if (count < 0)
        return errno == ENOENT ? fault_set(fault, ERR_NOT_FOUND, "rejects: no directory %s", dir)
                               : io_fault(fault, "read", dir);
    if (count > 0) {
        *first = (unsigned)strtoul(entries[0]->d_name, NULL, 10);
        *last = (unsigned)strtoul(entries[count - 1]->d_name, NULL, 10);
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return ERR_OK;
}

/* ---- writing ---- */

static enum err open_last(struct rejects *rejects, struct fault *fault)
{
    char path[PATH_MAX] = "";
    struct stat st = {0};

    file_path(rejects->dir, rejects->last, path);
    if (rejects->fd >= 0)
        close(rejects->fd);
    rejects->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (rejects->fd < 0 || fstat(rejects->fd, &st) != 0)
        return io_fault(fault, "open", path);
    rejects->last_bytes = (uint64_t)st.st_size;
    rejects->torn = st.st_size > 0;
    return ERR_OK;
}

enum err rejects_open(const char *dir, uint64_t budget, struct rejects **rejects,
                      struct fault *fault)
{
    struct rejects *r = NULL;
    enum err err = ERR_OK;

    if (strlen(dir) >= sizeof r->dir)
        return fault_set(fault, ERR_INPUT, "rejects: the path %s is too long", dir);
    if (mkdir(dir, 0750) != 0 && errno != EEXIST)
        return io_fault(fault, "create", dir);
    r = mem_alloc(1, sizeof *r);
    memcpy(r->dir, dir, strlen(dir) + 1);
    r->budget = budget == 0 ? REJECTS_BUDGET_DEFAULT : budget;
    r->fd = -1;
    err = find_range(dir, &r->first, &r->last, fault);
    if (err == ERR_OK && r->last == 0)
        r->first = r->last = 1;
    if (err == ERR_OK)
        err = open_last(r, fault);
    if (err != ERR_OK) {
        rejects_close(r);
        return err;
    }
    *rejects = r;
    return ERR_OK;
}

void rejects_close(struct rejects *rejects)
{
    if (rejects == NULL)
        return;
    if (rejects->fd >= 0)
        close(rejects->fd);
    free(rejects);
}

/* Every file but the present one has its full share, so the count of files keeps the budget. */
static enum err next_file(struct rejects *rejects, struct fault *fault)
{
    char path[PATH_MAX] = "";

    rejects->last++;
    while (rejects->last - rejects->first >= REJECTS_FILES) {
        file_path(rejects->dir, rejects->first++, path);
        if (unlink(path) != 0 && errno != ENOENT)
            return io_fault(fault, "delete", path);
    }
    return open_last(rejects, fault);
}

/* Half a line that a crash or a full disk left must not swallow the next one: an empty line is
 * passed over. */
static bool end_torn_line(struct rejects *rejects)
{
    if (!rejects->torn)
        return true;
    rejects->torn = write(rejects->fd, "\n", 1) != 1;
    return !rejects->torn;
}

static enum err write_line(struct rejects *rejects, char *line, size_t len, struct fault *fault)
{
    ssize_t wrote = 0;
    enum err err = ERR_OK;

    if (rejects->last_bytes > 0 && rejects->last_bytes + len + 1 > rejects->budget / REJECTS_FILES)
        err = next_file(rejects, fault);
    if (err != ERR_OK)
        return err;
    line[len] = '\n'; /* in place of the NUL: one write for the whole line */
    wrote = end_torn_line(rejects) ? write(rejects->fd, line, len + 1) : -1;
    if (wrote < 0)
        return io_fault(fault, "write in", rejects->dir);
    rejects->last_bytes += (uint64_t)wrote;
    rejects->torn = (size_t)wrote != len + 1;
    return rejects->torn ? fault_set(fault, ERR_IO, "rejects: the disk of %s is full", rejects->dir)
                         : ERR_OK;
}

enum err rejects_append(struct rejects *rejects, const uint8_t journal_id[JOURNAL_ID_BYTES],
                        const struct batch_reject *reject, struct fault *fault)
{
    char *line = reject_line_write(journal_id, reject);
    enum err err = ERR_OK;

    if (line == NULL)
        return fault_set(fault, ERR_IO, "rejects: position %llu cannot be written as JSON",
                         (unsigned long long)reject->position);
    err = write_line(rejects, line, strlen(line), fault);
    free(line);
    return err;
}

/* ---- reading ---- */

struct walk {
    const struct rejects_filter *filter;
    rejects_visit visit;
    void *arg;
    void *seen; /* a tree of keys, see search.h */
};

struct key {
    char journal[2 * JOURNAL_ID_BYTES + 1];
    uint64_t position;
    char reason[BATCH_REASON_MAX + 1];
};

static int key_compare(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    int sign = (a->position > b->position) - (a->position < b->position);

    if (sign == 0)
        sign = strcmp(a->journal, b->journal);
    return sign != 0 ? sign : strcmp(a->reason, b->reason);
}

static bool is_new(struct walk *walk, const struct reject_line *line)
{
    struct key *key = mem_alloc(1, sizeof *key);
    struct key *const *found = NULL;

    memcpy(key->journal, line->journal, sizeof key->journal);
    memcpy(key->reason, line->reason, sizeof key->reason);
    key->position = line->position;
    found = tsearch(key, &walk->seen, key_compare);
    if (found != NULL && *found == key)
        return true;
    free(key);
    return false;
}

static bool wanted(const struct rejects_filter *filter, const struct reject_line *line)
{
    int64_t received_ms = 0;

    if (filter->unit != NULL && strcmp(filter->unit, line->unit) != 0)
        return false;
    return filter->since_ms == INT64_MIN ||
           (when_instant_parse(line->received, &received_ms) && received_ms >= filter->since_ms);
}

static void walk_file(struct walk *walk, FILE *file)
{
    struct reject_line line = {0};
    char *text = NULL;
    size_t room = 0;
    ssize_t len = 0;

    while ((len = getline(&text, &room, file)) > 0) {
        if (text[len - 1] == '\n')
            text[--len] = '\0';
        if (len > 0 && reject_line_read(text, (size_t)len, &line) && wanted(walk->filter, &line) &&
            is_new(walk, &line))
            walk->visit(walk->arg, &line, text, (size_t)len);
    }
    free(text);
}

enum err rejects_each(const char *dir, const struct rejects_filter *filter, rejects_visit visit,
                      void *arg, struct fault *fault)
{
    struct walk walk = {.filter = filter, .visit = visit, .arg = arg};
    unsigned first = 0, last = 0;
    enum err err = find_range(dir, &first, &last, fault);

    if (err == ERR_OK && last - first >= FILES_MAX)
        first = last - FILES_MAX + 1;
    for (unsigned number = first; err == ERR_OK && number <= last && last > 0; number++) {
        char path[PATH_MAX] = "";
        FILE *file = NULL;

        file_path(dir, number, path);
        file = fopen(path, "re");
        if (file == NULL && errno != ENOENT)
            err = io_fault(fault, "open", path);
        if (file != NULL) {
            walk_file(&walk, file);
            (void)fclose(file);
        }
    }
    tdestroy(walk.seen, free);
    return err;
}
