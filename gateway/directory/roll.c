#include "gateway/directory/roll.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/directory/directory.h"
#include "shared/arena.h"

#define HEADER   "evroll-directory 1\n"
#define LINE_MAX 512

void roll_free(struct roll *roll)
{
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

bool roll_add(struct roll *roll, const char *unit, const char *category)
{
    struct roll_unit *last = roll->count == 0 ? NULL : &roll->units[roll->count - 1];

    if (roll->page_count == 0 || roll->count == DIRECTORY_UNITS_MAX ||
        !unit_name_ok(unit, strlen(unit)) || !fits(category, ROLL_CATEGORY_MAX) ||
        (last != NULL && strcmp(last->unit, unit) >= 0))
        return false;
    if (roll->count == roll->room) {
        roll->room = roll->room == 0 ? 64 : roll->room * 2;
        roll->units = mem_grow(roll->units, roll->room, sizeof *roll->units);
    }
    last = &roll->units[roll->count++];
    snprintf(last->unit, sizeof last->unit, "%s", unit);
    snprintf(last->category, sizeof last->category, "%s", category);
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
        if (!roll_add(roll, from->units[i].unit, from->units[i].category))
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

static bool load_unit(struct roll *roll, char *line)
{
    char *space = strchr(line, ' ');

    if (space == NULL)
        return false;
    *space = '\0';
    return roll_add(roll, line, space + 1);
}

/* True with `*whole` once the last line was read. */
static bool load_line(struct roll *roll, char *line, bool *whole)
{
    size_t len = strlen(line);

    if (*whole || len == 0 || line[len - 1] != '\n')
        return false;
    line[len - 1] = '\0';
    if (strncmp(line, "page ", 5) == 0)
        return load_page(roll, line + 5);
    if (strncmp(line, "end ", 4) != 0)
        return load_unit(roll, line);
    *whole = strtoull(line + 4, NULL, 10) == roll->count;
    return *whole;
}

static bool load_lines(struct roll *roll, FILE *file)
{
    char line[LINE_MAX] = "";
    bool whole = false;

    if (fgets(line, sizeof line, file) == NULL || strcmp(line, HEADER) != 0)
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

static bool save_lines(const struct roll *roll, FILE *file)
{
    bool ok = fputs(HEADER, file) >= 0;

    for (size_t p = 0; ok && p < roll->page_count; p++) {
        const struct roll_page *page = &roll->pages[p];
        ok = fprintf(file, "page %s %s %s\n", or_dash(page->etag), or_dash(page->cursor),
                     or_dash(page->next)) > 0;
        for (size_t i = page->first; ok && i < page->first + page->count; i++)
            ok = fprintf(file, "%s %s\n", roll->units[i].unit, roll->units[i].category) > 0;
    }
    return ok && fprintf(file, "end %zu\n", roll->count) > 0;
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
