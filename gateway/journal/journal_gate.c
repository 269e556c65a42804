#include "gateway/journal/journal_gate.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/journal/journal_file.h"
#include "shared/arena.h"

/* What is read while the writer stores it may be torn: a few looks are enough. */
#define LOOKS 100

struct journal_gate {
    char *path;
    struct journal_dir dir;
    int page;                        /* writer.page as opened last; -1: not open */
    struct journal_page_fixed fixed; /* of that file, checked */
};

/* The part of the page that is read each time, in one system call. */
struct head_and_live {
    struct journal_page_fixed fixed;
    struct journal_page_live live;
};

struct journal_gate *journal_gate_create(const char *dir)
{
    struct journal_gate *gate = mem_alloc(1, sizeof *gate);
    size_t room = strlen(dir) + 1;

    gate->path = memcpy(mem_alloc(room, 1), dir, room);
    gate->dir.fd = gate->page = -1;
    return gate;
}

void journal_gate_reopen(struct journal_gate *gate)
{
    journal_dir_close(&gate->dir);
    if (gate->page >= 0)
        close(gate->page);
    gate->page = -1;
}

void journal_gate_destroy(struct journal_gate *gate)
{
    if (gate == NULL)
        return;
    journal_gate_reopen(gate);
    free(gate->path);
    free(gate);
}

static enum err page_refuse(const struct journal_gate *gate, enum journal_file_state state,
                            struct fault *fault)
{
    enum err err = ERR_INPUT;

    if (state == JOURNAL_FILE_MISSING)
        err = ERR_NOT_FOUND;
    else if (state == JOURNAL_FILE_FAILED)
        err = ERR_IO;
    return fault_set(fault, err, "%s/%s %s", gate->path, JOURNAL_NAME_PAGE,
                     journal_file_state_text(state));
}

/* The checked part must be of the file that stays open: read again from its descriptor by look. */
static enum err page_open(struct journal_gate *gate, struct fault *fault)
{
    const struct journal_os *os = &journal_os_system;
    struct journal_page page;
    enum journal_file_state state = JOURNAL_FILE_GOOD;
    enum err err = journal_dir_enter(&gate->dir, gate->path, os, fault);

    if (err != ERR_OK)
        return err;
    gate->page = os->open(os, gate->dir.fd, JOURNAL_NAME_PAGE, O_RDONLY);
    state = journal_page_load(&gate->dir, &page);
    if (state == JOURNAL_FILE_GOOD && gate->page < 0)
        state = JOURNAL_FILE_FAILED;
    if (state == JOURNAL_FILE_GOOD && page.fixed.epoch == 0)
        state = JOURNAL_FILE_DAMAGED;
    if (state != JOURNAL_FILE_GOOD) {
        journal_gate_reopen(gate);
        return page_refuse(gate, state, fault);
    }
    gate->fixed = page.fixed;
    return ERR_OK;
}

/* A writer that opens puts a new file in the page's place; the old one then has no name. */
static bool page_is_current(const struct journal_gate *gate)
{
    struct stat st;

    return gate->page >= 0 && fstat(gate->page, &st) == 0 && st.st_nlink > 0;
}

/* As journal_page_load: the writer stores `appended`, then its complement. */
static bool live_settled(const struct journal_page_live *live)
{
    uint64_t checked = ~live->check;

    return live->appended == checked || live->appended == checked + 1;
}

static bool page_read(const struct journal_gate *gate, struct journal_page_live *live)
{
    struct head_and_live read;

    for (int i = 0; i < LOOKS; i++) {
        if (pread(gate->page, &read, sizeof read, 0) != (ssize_t)sizeof read ||
            memcmp(&read.fixed, &gate->fixed, sizeof read.fixed) != 0)
            return false;
        if (live_settled(&read.live)) {
            *live = read.live;
            return true;
        }
    }
    return false;
}

/* Read first, then ask whether it is still the page: who replaced it later appended later. */
static bool page_look(const struct journal_gate *gate, struct journal_stand *stand)
{
    struct journal_page_live live;

    if (gate->page < 0 || !page_read(gate, &live) || !page_is_current(gate))
        return false;
    *stand = (struct journal_stand){
        .epoch = gate->fixed.epoch, .appended = live.appended, .heartbeat = live.heartbeat};
    return true;
}

enum err journal_gate_look(struct journal_gate *gate, struct journal_stand *stand,
                           struct fault *fault)
{
    enum err err = ERR_OK;

    *stand = (struct journal_stand){0};
    if (page_look(gate, stand))
        return ERR_OK;
    journal_gate_reopen(gate);
    err = page_open(gate, fault);
    if (err == ERR_OK && !page_look(gate, stand))
        err = page_refuse(gate, JOURNAL_FILE_DAMAGED, fault);
    return err;
}

bool journal_gate_synced(struct journal_gate *gate, uint64_t epoch, uint64_t *synced)
{
    struct journal_sync_page page;

    *synced = 0;
    if (gate->dir.fd < 0 || journal_file_load(&gate->dir, JOURNAL_NAME_SYNC, JOURNAL_MAGIC_SYNC,
                                              &page, sizeof page) != JOURNAL_FILE_GOOD)
        return false;
    if (page.failed_epoch == epoch)
        return true;
    if (page.epoch == epoch)
        *synced = page.synced;
    return false;
}
