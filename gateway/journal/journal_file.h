/*
 * journal_file: the small files of a journal (journal.id, writer.page, sync.page, cursor). Each
 * begins with a struct journal_head and ends its fixed part with a CRC-32C. All are replaced as a
 * whole, by write-new and rename, but sync.page, which changes too often for that.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_FILE_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_FILE_H

#include "gateway/journal/journal_format.h"
#include "gateway/journal/journal_os.h"

/* The directory of a journal, as every part of it has it open. */
struct journal_dir {
    const struct journal_os *os;
    int fd; /* -1: not open */
    uint8_t id[JOURNAL_ID_BYTES];
    char path[256]; /* for sentences; cut when longer */
};

enum journal_file_state {
    JOURNAL_FILE_GOOD,
    JOURNAL_FILE_MISSING,
    JOURNAL_FILE_DAMAGED, /* size, magic or CRC is wrong */
    JOURNAL_FILE_FOREIGN, /* right in itself, but of another journal */
    JOURNAL_FILE_NEWER,   /* written by a later version of this program */
    JOURNAL_FILE_FAILED   /* could not be opened or read: errno */
};

/* ERR_NOT_FOUND when there is no such directory. */
enum err journal_dir_open(struct journal_dir *dir, const char *path, const struct journal_os *os,
                          struct fault *fault) ERR_CHECKED;
/* Reads journal.id. ERR_NOT_FOUND when no writer has made it yet. */
enum err journal_dir_identify(struct journal_dir *dir, struct fault *fault) ERR_CHECKED;
/* Both: for those who come after the writer. Nothing is open when it fails. */
enum err journal_dir_enter(struct journal_dir *dir, const char *path, const struct journal_os *os,
                           struct fault *fault) ERR_CHECKED;
void journal_dir_close(struct journal_dir *dir);

/* Reads the fixed part, `bytes` long, and checks head and CRC. The id is compared with the
 * directory's unless the file is journal.id itself. */
enum journal_file_state journal_file_load(const struct journal_dir *dir, const char *name,
                                          uint32_t magic, void *fixed, size_t bytes);

/* Puts magic, version, id and CRC into a fixed part. */
void journal_file_seal(const struct journal_dir *dir, uint32_t magic, void *fixed, size_t bytes);

/* NAME.new, fdatasync, rename. On failure the old file stands; errno says why. */
enum err journal_file_replace(const struct journal_dir *dir, const char *name, const void *content,
                              size_t bytes) ERR_CHECKED;

/* Writes over the file where it lies, and makes it when it is missing. */
enum err journal_file_overwrite(const struct journal_dir *dir, const char *name,
                                const void *content, size_t bytes) ERR_CHECKED;

/* writer.page as it is now: its fixed part and a live part that belongs together. */
enum journal_file_state journal_page_load(const struct journal_dir *dir, struct journal_page *page);

/* What a state means for a person: "is missing", "is damaged", … */
const char *journal_file_state_text(enum journal_file_state state);

#endif
