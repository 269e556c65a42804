#include "gateway/directory/roll.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/directory/directory.h"
#include "shared/arena.h"
#include "shared/roster.h"

#define LINE_MAX  4096
#define WORDS_MAX 6

void roll_free(struct roll *roll)
{
    for (size_t i = 0; i < roll->count; i++) {
        free((char *)roll->units[i].signals);
        free((char *)roll->units[i].revoked);
    }
    free(roll->units);
    free(roll->pages);
    *roll = (struct roll){0};
}

/* ---- units and pages ---- */

static bool fits(const char *text, size_t max)
{
    size_t len = strlen(text);

    return len > 0 && len <= max && strpbrk(text, " \n") == NULL && strcmp(text, "-") != 0;
}

struct roll_page *roll_begin_page(struct roll *roll, const char *cursor)
{
    struct roll_page *page = NULL;

    if (roll->page_count == roll->page_room) {
        roll->page_room = roll->page_room == 0 ? 4 : roll->page_room * 2;
        roll->pages = mem_grow(roll->pages, roll->page_room, sizeof *roll->pages);
    }
    page = &roll->pages[roll->page_count++];
    *page = (struct roll_page){.first = roll->count};
    snprintf(page->cursor, sizeof page->cursor, "%s", cursor);
    return page;
}

static bool parts_fit(const struct roll_unit *unit)
{
    return unit_name_ok(unit->unit, strlen(unit->unit)) &&
           (unit->category[0] == '\0' || fits(unit->category, ROLL_CATEGORY_MAX)) &&
           (unit->signals == NULL || fits(unit->signals, ROLL_LIST_MAX)) &&
           (unit->revoked == NULL || fits(unit->revoked, ROLL_LIST_MAX));
}

static char *copy_of(const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text) + 1;
    char *copy = size == 0 ? NULL : mem_alloc(size, 1);

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

bool roll_add(struct roll *roll, const struct roll_unit *unit)
{
    struct roll_unit *last = roll->count == 0 ? NULL : &roll->units[roll->count - 1];

    if (roll->page_count == 0 || roll->count == DIRECTORY_UNITS_MAX || !parts_fit(unit) ||
        (last != NULL && strcmp(last->unit, unit->unit) >= 0))
        return false;
    if (roll->count == roll->room) {
        roll->room = roll->room == 0 ? 64 : roll->room * 2;
        roll->units = mem_grow(roll->units, roll->room, sizeof *roll->units);
    }
    assert(roll->units != NULL);
    last = &roll->units[roll->count++];
    *last = *unit;
    last->signals = copy_of(unit->signals);
    last->revoked = copy_of(unit->revoked);
    roll->pages[roll->page_count - 1].count++;
    return true;
}

const struct roll_page *roll_page_of(const struct roll *roll, const char *cursor)
{
    for (size_t i = 0; i < roll->page_count; i++)
        if (strcmp(roll->pages[i].cursor, cursor) == 0)
            return &roll->pages[i];
    return NULL;
}

bool roll_add_page(struct roll *roll, const struct roll *from, const struct roll_page *page)
{
    struct roll_page *added = roll_begin_page(roll, page->cursor);
    size_t first = added->first;

    *added = *page;
    added->first = first;
    added->count = 0;
    for (size_t i = page->first; i < page->first + page->count; i++)
        if (!roll_add(roll, &from->units[i]))
            return false;
    return true;
}

static int by_name(const void *name, const void *unit)
{
    return strcmp(name, ((const struct roll_unit *)unit)->unit);
}

const struct roll_unit *roll_find(const struct roll *roll, const char *unit)
{
    return roll->count == 0 ? NULL
                            : bsearch(unit, roll->units, roll->count, sizeof *roll->units, by_name);
}

/* ---- the file ---- */

static const char *or_dash(const char *text)
{
    return text[0] == '\0' ? "-" : text;
}

static bool take_text(char *into, size_t room, const char *word)
{
    bool none = strcmp(word, "-") == 0;

    if (!none && !fits(word, room - 1))
        return false;
    snprintf(into, room, "%s", none ? "" : word);
    return true;
}

static bool load_page(struct roll *roll, char *words)
{
    char *rest = NULL, *etag = strtok_r(words, " ", &rest), *cursor = strtok_r(NULL, " ", &rest),
         *next = strtok_r(NULL, " ", &rest);
    struct roll_page *page = NULL;

    if (next == NULL || strtok_r(NULL, " ", &rest) != NULL)
        return false;
    page = roll_begin_page(roll, "");
    return take_text(page->etag, sizeof page->etag, etag) &&
           take_text(page->cursor, sizeof page->cursor, cursor) &&
           take_text(page->next, sizeof page->next, next);
}

static const char *or_null(const char *word)
{
    return strcmp(word, "-") == 0 ? NULL : word;
}

static bool load_unit(struct roll *roll, char *line)
{
    struct roll_unit unit = {0};
    char *words[WORDS_MAX] = {NULL}, *rest = NULL;

    for (size_t i = 0; i < WORDS_MAX; i++)
        if ((words[i] = strtok_r(i == 0 ? line : NULL, " ", &rest)) == NULL)
            return false;
    if (strtok_r(NULL, " ", &rest) != NULL || strlen(words[0]) > UNIT_NAME_MAX ||
        !take_text(unit.category, sizeof unit.category, words[1]))
        return false;
    snprintf(unit.unit, sizeof unit.unit, "%s", words[0]);
    unit.denied = strcmp(words[2], "denied") == 0;
    unit.interval_s = (uint32_t)strtoul(words[3], NULL, 10);
    unit.signals = or_null(words[4]);
    unit.revoked = or_null(words[5]);
    return roll_add(roll, &unit);
}

/* True with `*whole` once the last line was read. */
static bool load_line(struct roll *roll, char *line, bool *whole)
{
    size_t len = strlen(line);

    if (*whole || len == 0 || line[len - 1] != '\n')
        return false;
    line[len - 1] = '\0';
    if (strncmp(line, ROSTER_PAGE, sizeof ROSTER_PAGE - 1) == 0)
        return load_page(roll, line + sizeof ROSTER_PAGE - 1);
    if (strncmp(line, ROSTER_END, sizeof ROSTER_END - 1) != 0)
        return load_unit(roll, line);
    *whole = strtoull(line + sizeof ROSTER_END - 1, NULL, 10) == roll->count;
    return *whole;
}

static bool load_lines(struct roll *roll, FILE *file)
{
    char line[LINE_MAX] = "";
    bool whole = false;

    if (fgets(line, sizeof line, file) == NULL || strcmp(line, ROSTER_HEADER) != 0)
        return false;
    while (fgets(line, sizeof line, file) != NULL)
        if (!load_line(roll, line, &whole))
            return false;
    return whole;
}

enum err roll_load(struct roll *roll, const char *file, struct fault *fault)
{
    FILE *stream = fopen(file, "re");
    bool whole = false;

    *roll = (struct roll){0};
    if (stream == NULL)
        return fault_set(fault, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %m", file);
    whole = load_lines(roll, stream);
    (void)fclose(stream);
    if (whole)
        return ERR_OK;
    roll_free(roll);
    return fault_set(fault, ERR_INPUT, "%s: not a whole directory", file);
}

static bool save_unit(const struct roll_unit *unit, FILE *file)
{
    return fprintf(file, "%s %s %s %u %s %s\n", unit->unit, or_dash(unit->category),
                   unit->denied ? "denied" : "allowed", unit->interval_s,
                   unit->signals == NULL ? "-" : unit->signals,
                   unit->revoked == NULL ? "-" : unit->revoked) > 0;
}

static bool save_lines(const struct roll *roll, FILE *file)
{
    bool ok = fputs(ROSTER_HEADER, file) >= 0;

    for (size_t p = 0; ok && p < roll->page_count; p++) {
        const struct roll_page *page = &roll->pages[p];
        ok = fprintf(file, ROSTER_PAGE "%s %s %s\n", or_dash(page->etag), or_dash(page->cursor),
                     or_dash(page->next)) > 0;
        for (size_t i = page->first; ok && i < page->first + page->count; i++)
            ok = save_unit(&roll->units[i], file);
    }
    return ok && fprintf(file, ROSTER_END "%zu\n", roll->count) > 0;
}

enum err roll_save(const struct roll *roll, const char *file, struct fault *fault)
{
    size_t room = strlen(file) + sizeof ".new";
    char *fresh = mem_alloc(room, 1);
    FILE *stream = NULL;
    bool whole = false;

    snprintf(fresh, room, "%s.new", file);
    stream = fopen(fresh, "we");
    if (stream != NULL) {
        whole = save_lines(roll, stream) && fflush(stream) == 0 && fdatasync(fileno(stream)) == 0;
        whole = fclose(stream) == 0 && whole;
    }
    whole = whole && rename(fresh, file) == 0;
    free(fresh);
    return whole ? ERR_OK : fault_set(fault, ERR_IO, "%s: %m", file);
}
