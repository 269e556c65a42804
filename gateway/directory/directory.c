#include "gateway/directory/directory.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/directory/roll.h"
#include "shared/arena.h"
#include "shared/log.h"

#define PART        "directory"
#define PATH        "/v1/gateway/units?limit=1000"
#define REQUEST_MAX (sizeof PATH + sizeof "&cursor=" + ROLL_CURSOR_MAX)

struct directory {
    struct directory_options options;
    struct roll roll; /* in force */
    int64_t due_ms;
    bool failing;
};

/* ---- one page ---- */

static bool cursor_ok(const char *cursor)
{
    return cursor[strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "-._~")] == '\0' &&
           strlen(cursor) <= ROLL_CURSOR_MAX;
}

/* The texts of an array with commas between. False: not such an array, or too much of it. */
static bool list_take(const json_t *array, char text[static ROLL_LIST_MAX + 1])
{
    size_t i = 0, len = 0;
    const json_t *item = NULL;

    text[0] = '\0';
    json_array_foreach(array, i, item)
    {
        const char *word = json_string_value(item);
        size_t more = word == NULL ? 0 : strlen(word);
        if (more == 0 || strpbrk(word, ", -") != NULL || len + more + 2 > ROLL_LIST_MAX + 1)
            return false;
        len +=
            (size_t)snprintf(text + len, ROLL_LIST_MAX + 1 - len, "%s%s", i == 0 ? "" : ",", word);
    }
    return array == NULL || json_is_null(array) || json_is_array(array);
}

static bool name_take(char *into, size_t room, const json_t *text)
{
    const char *name = json_string_value(text);

    if (name != NULL)
        snprintf(into, room, "%s", name);
    return name != NULL && strlen(name) < room;
}

static bool unit_take(struct roll *roll, const json_t *json)
{
    char signals[ROLL_LIST_MAX + 1], revoked[ROLL_LIST_MAX + 1];
    const json_t *category = json_object_get(json, "category");
    const char *access = json_string_value(json_object_get(json, "access"));
    json_int_t interval_s = json_integer_value(json_object_get(json, "interval_s"));
    struct roll_unit unit = {.denied = access != NULL && strcmp(access, "denied") == 0};

    if (!name_take(unit.unit, sizeof unit.unit, json_object_get(json, "unit")) ||
        (!json_is_null(category) && !name_take(unit.category, sizeof unit.category, category)) ||
        interval_s < 0 || interval_s > UINT32_MAX ||
        !list_take(json_object_get(json, "signals"), signals) ||
        !list_take(json_object_get(json, "revoked"), revoked))
        return false;
    unit.interval_s = (uint32_t)interval_s;
    unit.signals = signals[0] == '\0' ? NULL : signals;
    unit.revoked = revoked[0] == '\0' ? NULL : revoked;
    return roll_add(roll, &unit);
}

static bool units_take(struct roll *roll, const json_t *units)
{
    size_t i = 0;
    const json_t *unit = NULL;

    json_array_foreach(units, i, unit)
    {
        if (!unit_take(roll, unit))
            return false;
    }
    return json_is_array(units);
}

/* Members that it does not know are for later gateways. */
static bool page_take(struct roll *roll, const char *cursor, const struct transport_page *answer)
{
    struct roll_page *page = roll_begin_page(roll, cursor);
    json_t *json = json_loadb(answer->bytes, answer->len, 0, NULL);
    const json_t *next = json_object_get(json, "next");
    const char *text = json_is_string(next) ? json_string_value(next) : "";
    bool ok = json_is_object(json) && cursor_ok(text) &&
              (json_is_null(next) || (json_is_string(next) && text[0] != '\0'));

    if (ok) {
        snprintf(page->etag, sizeof page->etag, "%s", answer->etag);
        snprintf(page->next, sizeof page->next, "%s", text);
        ok = units_take(roll, json_object_get(json, "units"));
    }
    json_decref(json);
    return ok;
}

static enum err page_ask(struct directory *directory, struct roll *fresh, const char *cursor,
                         bool *changed, struct fault *fault)
{
    const struct roll_page *known = roll_page_of(&directory->roll, cursor);
    struct transport_page answer = {0};
    char path[REQUEST_MAX];
    bool taken = false;
    enum err err = ERR_OK;

    snprintf(path, sizeof path, "%s%s%s", PATH, cursor[0] == '\0' ? "" : "&cursor=", cursor);
    err = transport_get(directory->options.transport, path, known == NULL ? "" : known->etag,
                        &answer, fault);
    if (err != ERR_OK)
        return err;
    if (answer.status == 304 && known != NULL)
        taken = roll_add_page(fresh, &directory->roll, known);
    else if (answer.status == 200)
        taken = *changed = page_take(fresh, cursor, &answer);
    free(answer.bytes);
    return taken ? ERR_OK
                 : fault_set(fault, ERR_PEER,
                             "the registry's directory of units: status %d, or "
                             "not what it should hold",
                             answer.status);
}

/* ---- the whole of it ---- */

/* A registry that gives the same cursor again would be asked for ever: names grow from page to
 * page, so that ends as a fault, but for pages without units. */
static enum err ask_all(struct directory *directory, struct roll *fresh, bool *changed,
                        struct fault *fault)
{
    char cursor[ROLL_CURSOR_MAX + 1] = "";
    enum err err = ERR_OK;

    do {
        const struct roll_page *page = NULL;
        bool this_one = false;
        err = page_ask(directory, fresh, cursor, &this_one, fault);
        if (err != ERR_OK)
            return err;
        *changed |= this_one;
        page = roll_page_of(fresh, cursor);
        if (page == NULL)
            return fault_set(fault, ERR_PEER, "the registry's directory of units: no page");
        if (page->next[0] != '\0' && page->count == 0)
            return fault_set(fault, ERR_PEER, "the registry's directory of units: an empty page");
        snprintf(cursor, sizeof cursor, "%s", page->next);
    } while (cursor[0] != '\0');
    *changed |= fresh->page_count != directory->roll.page_count;
    return ERR_OK;
}

static void take_force(struct directory *directory, struct roll *fresh)
{
    struct fault fault = {0};

    roll_free(&directory->roll);
    directory->roll = *fresh;
    *fresh = (struct roll){0};
    log_info(PART, "%zu units are known", directory->roll.count);
    if (roll_save(&directory->roll, directory->options.file, &fault) != ERR_OK)
        log_warn(PART, "%s; it will not be there after a restart", fault.text);
}

void directory_step(struct directory *directory)
{
    int64_t now_ms = clock_mono_ms(directory->options.clock);
    struct roll fresh = {0};
    struct fault fault = {0};
    bool changed = false;
    enum err err = ERR_OK;

    if (now_ms < directory->due_ms)
        return;
    err = ask_all(directory, &fresh, &changed, &fault);
    if (err == ERR_OK && changed)
        take_force(directory, &fresh);
    if (err != ERR_OK && err != ERR_STOPPED && !directory->failing)
        log_warn(PART, "%s; going on with %zu units known", fault.text, directory->roll.count);
    directory->failing = err != ERR_OK;
    directory->due_ms = clock_mono_ms(directory->options.clock) + directory->options.every_ms;
    roll_free(&fresh);
}

/* ---- outside ---- */

struct directory *directory_open(const struct directory_options *options)
{
    struct directory *directory = mem_alloc(1, sizeof *directory);
    struct fault fault = {0};
    enum err err = ERR_OK;

    directory->options = *options;
    if (options->every_ms == 0)
        directory->options.every_ms = DIRECTORY_EVERY_MS;
    directory->due_ms = INT64_MIN;
    err = roll_load(&directory->roll, options->file, &fault);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        log_warn(PART, "%s; no unit is known until the registry answers", fault.text);
    return directory;
}

void directory_close(struct directory *directory)
{
    if (directory == NULL)
        return;
    roll_free(&directory->roll);
    free(directory);
}

const char *directory_category(const struct directory *directory, const char *unit)
{
    const struct roll_unit *found = roll_find(&directory->roll, unit);

    return found == NULL || found->category[0] == '\0' ? NULL : found->category;
}

size_t directory_units(const struct directory *directory)
{
    return directory->roll.count;
}
