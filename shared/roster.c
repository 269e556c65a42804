#include "shared/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shared/arena.h"
#include "shared/log.h"

#define PART       "roster"
#define BYTES_MAX  (256u << 20)
#define SERIAL_MAX 20

/* The whole file, and where its lines of units begin: they are in the order of names. */
struct roster {
    char *file;
    char *bytes;
    const char **lines;
    bool *news;
    size_t count;
    bool known, failing;
    struct timespec changed;
    ino_t inode;
    off_t size;
};

struct roster *roster_create(const char *file)
{
    struct roster *roster = mem_alloc(1, sizeof *roster);

    roster->file = mem_alloc(strlen(file) + 1, 1);
    memcpy(roster->file, file, strlen(file) + 1);
    return roster;
}

void roster_destroy(struct roster *roster)
{
    if (roster == NULL)
        return;
    free(roster->file);
    free(roster->bytes);
    free(roster->lines);
    free(roster->news);
    free(roster);
}

/* ---- reading ---- */

/* UNIT CATEGORY ACCESS INTERVAL SIGNALS REVOKED: six words, the first a name. */
static bool line_ok(const char *line, size_t len)
{
    size_t blanks = 0;

    for (size_t i = 0; i < len; i++)
        blanks += line[i] == ' ';
    return blanks == 5 && unit_name_ok(line, strcspn(line, " "));
}

static int name_compare(const char *line, const char *unit)
{
    size_t len = strcspn(line, " ");
    int order = strncmp(line, unit, len);

    return order != 0 ? order : unit[len] == '\0' ? 0 : -1;
}

static int lines_compare(const char *a, const char *b)
{
    size_t a_len = strcspn(a, " "), b_len = strcspn(b, " ");
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* False: not such a file, or not whole. */
static bool lines_take(struct roster *fresh, size_t len)
{
    const char *at = fresh->bytes, *last = NULL;
    size_t room = 0;

    if (len < sizeof ROSTER_HEADER - 1 || strlen(at) != len ||
        strncmp(at, ROSTER_HEADER, sizeof ROSTER_HEADER - 1) != 0)
        return false;
    for (at += sizeof ROSTER_HEADER - 1; *at != '\0'; at += strcspn(at, "\n") + 1) {
        size_t line_len = strcspn(at, "\n");
        if (at[line_len] != '\n')
            return false;
        if (strncmp(at, ROSTER_END, sizeof ROSTER_END - 1) == 0)
            return strtoull(at + sizeof ROSTER_END - 1, NULL, 10) == fresh->count &&
                   at[line_len + 1] == '\0';
        if (strncmp(at, ROSTER_PAGE, sizeof ROSTER_PAGE - 1) == 0)
            continue;
        if (!line_ok(at, line_len) || (last != NULL && lines_compare(last, at) >= 0))
            return false;
        if (fresh->count == room) {
            room = room == 0 ? 256 : room * 2;
            fresh->lines = mem_grow(fresh->lines, room, sizeof *fresh->lines);
        }
        fresh->lines[fresh->count++] = last = at;
    }
    return false;
}

static bool bytes_read(struct roster *fresh, FILE *file, off_t size)
{
    size_t got = 0;

    if (size < 0 || size > BYTES_MAX)
        return false;
    fresh->bytes = mem_alloc((size_t)size + 1, 1);
    got = fread(fresh->bytes, 1, (size_t)size, file);
    return got == (size_t)size && lines_take(fresh, got);
}

static void say_once(struct roster *roster, const char *what)
{
    if (!roster->failing)
        log_warn(PART, "%s: %s; the last good one stays in force", roster->file, what);
    roster->failing = true;
}

static bool same_file(const struct roster *roster, const struct stat *st)
{
    return roster->inode == st->st_ino && roster->size == st->st_size &&
           roster->changed.tv_sec == st->st_mtim.tv_sec &&
           roster->changed.tv_nsec == st->st_mtim.tv_nsec;
}

/* INTERVAL and SIGNALS of a line. */
static const char *settings_of(const char *line, size_t *len)
{
    for (int blanks = 0; blanks < 3; blanks++)
        line += strcspn(line, " ") + 1;
    *len = strcspn(line, " ") + 1;
    *len += strcspn(line + *len, " ");
    return line;
}

static bool settings_differ(const char *line, const char *before)
{
    size_t len = 0, before_len = 0;
    const char *settings = settings_of(line, &len), *old = settings_of(before, &before_len);

    return len != before_len || memcmp(settings, old, len) != 0;
}

/* News that were not passed on stay news. */
static void mark_news(const struct roster *before, struct roster *fresh)
{
    static const char nothing[] = "- - - 0 - -";
    size_t at = 0;

    fresh->news = mem_alloc(fresh->count + 1, sizeof *fresh->news);
    for (size_t i = 0; i < fresh->count; i++) {
        const char *line = fresh->lines[i];
        while (at < before->count && lines_compare(before->lines[at], line) < 0)
            at++;
        bool there = at < before->count && lines_compare(before->lines[at], line) == 0;
        fresh->news[i] = settings_differ(line, there ? before->lines[at] : nothing) ||
                         (there && before->news[at]);
    }
}

static void take_force(struct roster *roster, struct roster *fresh)
{
    mark_news(roster, fresh);
    free(roster->bytes);
    free(roster->lines);
    free(roster->news);
    roster->bytes = fresh->bytes;
    roster->lines = fresh->lines;
    roster->news = fresh->news;
    roster->count = fresh->count;
    roster->known = true;
    roster->failing = false;
}

bool roster_refresh(struct roster *roster)
{
    struct roster fresh = {0};
    FILE *file = fopen(roster->file, "re");
    struct stat st;
    bool good = false;

    if (file == NULL) {
        if (errno != ENOENT || roster->known)
            say_once(roster, "cannot be read");
        return false;
    }
    if (fstat(fileno(file), &st) == 0 && !same_file(roster, &st)) {
        good = bytes_read(&fresh, file, st.st_size);
        roster->inode = st.st_ino;
        roster->size = st.st_size;
        roster->changed = st.st_mtim;
        if (good)
            take_force(roster, &fresh);
        else
            say_once(roster, "not a whole directory of units");
    }
    (void)fclose(file);
    if (!good) {
        free(fresh.bytes);
        free(fresh.lines);
    }
    return good;
}

bool roster_known(const struct roster *roster)
{
    return roster->known;
}

/* ---- asking ---- */

size_t roster_count(const struct roster *roster)
{
    return roster->count;
}

/* The next word of a line and its length; "-" is none. */
static const char *word_next(const char **at, size_t *len)
{
    const char *word = *at;

    *len = strcspn(word, " \n");
    *at = word + *len + (word[*len] == ' ');
    if (*len == 1 && word[0] == '-')
        *len = 0;
    return word;
}

void roster_at(const struct roster *roster, size_t i, struct roster_entry *entry)
{
    const char *at = roster->lines[i];
    size_t len = 0;
    const char *word = word_next(&at, &len);

    *entry = (struct roster_entry){.news = roster->news[i]};
    memcpy(entry->unit, word, len);
    (void)word_next(&at, &len); /* its vehicle's category: for whom decodes */
    word = word_next(&at, &len);
    entry->denied = len == strlen("denied") && strncmp(word, "denied", len) == 0;
    entry->interval_s = (uint32_t)strtoul(word_next(&at, &len), NULL, 10);
    entry->signals = word_next(&at, &entry->signals_len);
    entry->revoked = word_next(&at, &entry->revoked_len);
}

void roster_told(struct roster *roster, size_t i)
{
    roster->news[i] = false;
}

size_t roster_config(const struct roster_entry *entry, char text[static ROSTER_CONFIG_MAX])
{
    const char *at = entry->signals, *end = entry->signals + entry->signals_len;
    size_t len = 0;

    if (entry->interval_s == 0 && at == end)
        return 0;
    text[len++] = '{';
    if (entry->interval_s > 0)
        len += (size_t)snprintf(text + len, ROSTER_CONFIG_MAX - len, "\"interval_s\":%u%s",
                                entry->interval_s, at == end ? "" : ",");
    for (bool first = true; at < end && len < ROSTER_CONFIG_MAX - 64; first = false) {
        int n = (int)strcspn(at, ", \n");
        len += (size_t)snprintf(text + len, ROSTER_CONFIG_MAX - len, "%s\"%.*s\"",
                                first ? "\"signals\":[" : ",", n < 48 ? n : 48, at);
        at += n + 1;
    }
    if (entry->signals_len > 0)
        text[len++] = ']';
    text[len++] = '}';
    return len;
}

static int by_name(const void *unit, const void *line)
{
    return -name_compare(*(const char *const *)line, unit);
}

bool roster_find(const struct roster *roster, const char *unit, struct roster_entry *entry)
{
    const char **found = roster->count == 0 ? NULL
                                            : bsearch(unit, roster->lines, roster->count,
                                                      sizeof *roster->lines, by_name);

    if (found == NULL)
        return false;
    roster_at(roster, (size_t)(found - roster->lines), entry);
    return true;
}

static bool serial_listed(const struct roster_entry *entry, const uint8_t *serial, size_t len)
{
    char hex[2 * SERIAL_MAX + 1] = "";
    const char *at = entry->revoked, *end = entry->revoked + entry->revoked_len;

    for (size_t i = 0; i < len && i < SERIAL_MAX; i++)
        snprintf(hex + 2 * i, 3, "%02X", serial[i]);
    while (at < end) {
        size_t n = strcspn(at, ", \n");
        if (n == strlen(hex) && strncmp(at, hex, n) == 0)
            return true;
        at += n + 1;
    }
    return false;
}

bool roster_admits(const struct roster *roster, enum roster_admit admit, const char *unit,
                   const uint8_t *serial, size_t serial_len)
{
    struct roster_entry entry;

    if (!roster_find(roster, unit, &entry))
        return admit == ROSTER_ADMIT_ALL;
    return !entry.denied && !serial_listed(&entry, serial, serial_len);
}
