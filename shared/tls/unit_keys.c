#include "shared/tls/unit_keys.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/arena.h"
#include "shared/log.h"
#include "shared/tls/sm2.h"
#include "shared/unit.h"

#define ALGORITHM_SM2 1
#define FILE_MAX      8192
#define ID_MAX        64

struct entry {
    char unit[UNIT_NAME_MAX + 1]; /* "" where the place is free */
    struct sm2_key *key;          /* NULL when the file holds none */
    uint8_t id[ID_MAX];
    size_t id_len;
    uint64_t used; /* when last, by the store's count */
    /* The file as it was read. */
    struct timespec changed;
    ino_t inode;
    off_t size;
};

struct unit_keys {
    char *dir;
    struct entry *entries;
    size_t most;
    uint64_t uses;
};

struct unit_keys *unit_keys_create(const char *dir, size_t most)
{
    struct unit_keys *keys = mem_alloc(1, sizeof *keys);

    keys->dir = mem_alloc(strlen(dir) + 1, 1);
    memcpy(keys->dir, dir, strlen(dir));
    keys->most = most > 0 ? most : 1;
    keys->entries = mem_alloc(keys->most, sizeof *keys->entries);
    return keys;
}

static void entry_clear(struct entry *entry)
{
    sm2_key_free(entry->key);
    memset(entry, 0, sizeof *entry);
}

void unit_keys_destroy(struct unit_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->most; i++)
        entry_clear(&keys->entries[i]);
    free(keys->entries);
    free(keys->dir);
    free(keys);
}

size_t unit_keys_held(const struct unit_keys *keys)
{
    size_t held = 0;

    for (size_t i = 0; i < keys->most; i++)
        held += keys->entries[i].key != NULL;
    return held;
}

/* The unit's entry, or the one to use for it: a free one, or that of the key used longest ago. */
static struct entry *entry_for(struct unit_keys *keys, const char *unit)
{
    struct entry *oldest = &keys->entries[0];

    for (size_t i = 0; i < keys->most; i++) {
        struct entry *entry = &keys->entries[i];
        if (strcmp(entry->unit, unit) == 0)
            return entry;
        if (entry->used < oldest->used)
            oldest = entry;
    }
    return oldest;
}

static bool same_file(const struct entry *entry, const struct stat *now)
{
    return entry->inode == now->st_ino && entry->size == now->st_size &&
           entry->changed.tv_sec == now->st_mtim.tv_sec &&
           entry->changed.tv_nsec == now->st_mtim.tv_nsec;
}

static bool file_read(const char *path, char text[static FILE_MAX], size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, text, FILE_MAX - 1);

    if (fd >= 0)
        close(fd);
    *len = got > 0 ? (size_t)got : 0;
    text[*len] = '\0';
    return got > 0;
}

static int nibble(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    int value = at == NULL ? -1 : (int)(at - digits);

    return value > 15 ? value - 6 : value;
}

static size_t hex_read(const char *text, size_t len, uint8_t id[static ID_MAX])
{
    size_t n = 0;

    for (; n < ID_MAX && 2 * n + 1 < len; n++) {
        int high = nibble(text[2 * n]);
        int low = nibble(text[2 * n + 1]);
        if (high < 0 || low < 0)
            break;
        id[n] = (uint8_t)(high << 4 | low);
    }
    return 2 * n == len ? n : 0;
}

/* The value of a line "NAME: value" before the key. */
static const char *line_find(const char *text, const char *name, size_t *len)
{
    const char *end = strstr(text, "-----BEGIN");

    while (end != NULL && text < end) {
        size_t line = strcspn(text, "\r\n");
        if (strncmp(text, name, strlen(name)) == 0) {
            text += strlen(name);
            line -= strlen(name);
            while (line > 0 && *text == ' ') {
                text++;
                line--;
            }
            *len = line;
            return text;
        }
        text += line + 1;
    }
    return NULL;
}

static bool id_read(const char *text, struct entry *entry)
{
    size_t len = 0;
    const char *value = line_find(text, "user-id-hex:", &len);

    if (value != NULL) {
        entry->id_len = hex_read(value, len, entry->id);
        return entry->id_len > 0;
    }
    value = line_find(text, "user-id:", &len);
    if (value == NULL) {
        value = SM2_DEFAULT_ID;
        len = strlen(value);
    }
    entry->id_len = len;
    if (len == 0 || len > ID_MAX)
        return false;
    memcpy(entry->id, value, len);
    return true;
}

static void entry_load(struct entry *entry, const char *unit, const char *path,
                       const struct stat *file)
{
    char text[FILE_MAX];
    size_t len = 0;
    struct fault fault = {.text = "it cannot be read"};

    entry_clear(entry);
    snprintf(entry->unit, sizeof entry->unit, "%s", unit);
    entry->inode = file->st_ino;
    entry->size = file->st_size;
    entry->changed = file->st_mtim;
    if (file_read(path, text, &len) && sm2_key_from_pem(text, len, &entry->key, &fault) == ERR_OK) {
        if (id_read(text, entry))
            return;
        sm2_key_free(entry->key);
        entry->key = NULL;
        snprintf(fault.text, sizeof fault.text, "its user id has no or more than %d bytes", ID_MAX);
    }
    log_warn("keys", "%s: %s; signatures of this unit stay unchecked", path, fault.text);
}

/* The unit's key as the file has it now; NULL when there is none. */
static const struct entry *key_get(struct unit_keys *keys, const char *unit)
{
    char path[PATH_MAX];
    struct entry *entry = NULL;
    struct stat file;

    if (!unit_name_ok(unit, strlen(unit)) ||
        snprintf(path, sizeof path, "%s/%s.pem", keys->dir, unit) >= (int)sizeof path)
        return NULL;
    entry = entry_for(keys, unit);
    if (stat(path, &file) != 0) {
        if (strcmp(entry->unit, unit) == 0)
            entry_clear(entry);
        return NULL;
    }
    if (strcmp(entry->unit, unit) != 0 || !same_file(entry, &file))
        entry_load(entry, unit, path, &file);
    entry->used = ++keys->uses;
    return entry->key == NULL ? NULL : entry;
}

/* A shorter number is one with leading zeros. */
static bool number_take(const uint8_t *bytes, size_t len, uint8_t number[static SM2_NUMBER_SIZE])
{
    if (len == 0 || len > SM2_NUMBER_SIZE)
        return false;
    memset(number, 0, SM2_NUMBER_SIZE);
    memcpy(number + SM2_NUMBER_SIZE - len, bytes, len);
    return true;
}

enum signature_state unit_keys_verify(void *keys, const char *unit, int algorithm,
                                      const uint8_t *data, size_t len, const uint8_t *r,
                                      size_t r_len, const uint8_t *s, size_t s_len)
{
    const struct entry *entry = algorithm == ALGORITHM_SM2 ? key_get(keys, unit) : NULL;
    uint8_t number_r[SM2_NUMBER_SIZE];
    uint8_t number_s[SM2_NUMBER_SIZE];

    if (entry == NULL)
        return SIGNATURE_UNKNOWN;
    if (!number_take(r, r_len, number_r) || !number_take(s, s_len, number_s))
        return SIGNATURE_BAD;
    return sm2_verify(entry->key, (struct sm2_id){entry->id, entry->id_len}, data, len, number_r,
                      number_s)
               ? SIGNATURE_GOOD
               : SIGNATURE_BAD;
}
