#include "tests/unit_tool/tally.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/arena.h"

#define TALLY_MAGIC 0x32594c4c41545645u /* "EVTALLY2" */

struct tally_file {
    uint64_t magic;
    uint64_t fingerprint;
    uint64_t count;
    uint64_t reserved;
    struct tally_unit units[TALLY_UNITS_MAX];
};

struct tally {
    struct tally_file *file;
};

/* The file is sparse: only the pages of units that exist take space. */
static enum err map_file(const char *name, struct tally_file **mapped, struct fault *fault)
{
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *at = MAP_FAILED;

    if (fd < 0)
        return fault_set(fault, ERR_IO, "%s: %m", name);
    if (ftruncate(fd, sizeof(struct tally_file)) == 0)
        at = mmap(NULL, sizeof(struct tally_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        fault_set(fault, ERR_IO, "%s: %m", name);
    close(fd);
    *mapped = at;
    return at == MAP_FAILED ? ERR_IO : ERR_OK;
}

static enum err check_file(struct tally_file *file, const char *name, uint64_t fingerprint,
                           struct fault *fault)
{
    if (file->magic == 0) {
        file->fingerprint = fingerprint;
        file->magic = TALLY_MAGIC;
    }
    if (file->magic != TALLY_MAGIC || file->count > TALLY_UNITS_MAX)
        return fault_set(fault, ERR_INPUT,
                         "%s is not a resume file of this program; name another one", name);
    if (file->fingerprint != fingerprint)
        return fault_set(
            fault, ERR_CONFLICT,
            "%s belongs to a run with other settings; repeat those, or remove it to begin anew",
            name);
    return ERR_OK;
}

enum err tally_open(const char *file, uint64_t fingerprint, struct tally **tally,
                    struct fault *fault)
{
    struct tally *made = mem_alloc(1, sizeof *made);
    enum err err = ERR_OK;

    if (file == NULL) {
        made->file = mmap(NULL, sizeof(struct tally_file), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (made->file == MAP_FAILED)
            err = fault_set(fault, ERR_IO, "no memory for the tally: %m");
    } else {
        err = map_file(file, &made->file, fault);
        if (err == ERR_OK)
            err = check_file(made->file, file, fingerprint, fault);
    }
    if (err != ERR_OK) {
        free(made);
        return err;
    }
    *tally = made;
    return ERR_OK;
}

void tally_close(struct tally *tally)
{
    if (tally == NULL)
        return;
    munmap(tally->file, sizeof(struct tally_file));
    free(tally);
}

enum err tally_get(struct tally *tally, const char *unit, struct tally_unit **record,
                   struct fault *fault)
{
    struct tally_file *file = tally->file;

    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->units[i].unit, unit) == 0) {
            *record = &file->units[i];
            return ERR_OK;
        }
    if (file->count == TALLY_UNITS_MAX)
        return fault_set(fault, ERR_FULL, "more than %u units in one run; split them over several",
                         TALLY_UNITS_MAX);
    *record = &file->units[file->count];
    snprintf((*record)->unit, sizeof(*record)->unit, "%s", unit);
    file->count++;
    return ERR_OK;
}

size_t tally_count(const struct tally *tally)
{
    return tally->file->count;
}

const struct tally_unit *tally_at(const struct tally *tally, size_t i)
{
    return &tally->file->units[i];
}

struct tally_unit tally_total(const struct tally *tally)
{
    struct tally_unit total = {.unit = "all"};

    for (size_t i = 0; i < tally->file->count; i++) {
        const struct tally_unit *unit = tally_at(tally, i);
        total.sent += unit->sent;
        total.acknowledged += unit->acknowledged;
        total.refused += unit->refused;
        total.samples_acknowledged += unit->samples_acknowledged;
        if (unit->last_at_ms > total.last_at_ms)
            total.last_at_ms = unit->last_at_ms;
    }
    return total;
}
