#include "registry/rollup/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/unit.h"
#include "shared/when.h"

/* A whole number up to `end`; *rest is what follows it. */
static bool take_number(const char *text, char **rest, int64_t *number)
{
    errno = 0;
    *number = strtoll(text, rest, 10);
    return *rest != text && errno == 0 && *text != ' ' && *text != '+';
}

const char *query_unit(struct http_call *call)
{
    const char *unit = http_path_value(call, "unit");

    if (unit_name_ok(unit, strlen(unit)))
        return unit;
    http_reply_problem(call, 404, "there is no unit of this name: it is [A-Za-z0-9._-]{1,%d}",
                       UNIT_NAME_MAX);
    return NULL;
}

bool query_whole(const char *text, int64_t *number)
{
    char *rest = NULL;

    return take_number(text, &rest, number) && *rest == '\0' && *number >= 0;
}

bool query_number(struct http_call *call, const char *name, int64_t min, int64_t max,
                  int64_t *number)
{
    const char *text = http_query(call, name);

    if (text == NULL || (query_whole(text, number) && *number >= min && *number <= max))
        return true;
    http_reply_problem(call, 400, "%s: a whole number from %lld to %lld is expected", name,
                       (long long)min, (long long)max);
    return false;
}

bool query_limit(struct http_call *call, size_t max, size_t *limit)
{
    const char *text = http_query(call, "limit");
    char *rest = NULL;
    int64_t number = 0;

    if (text == NULL)
        return true;
    if (!take_number(text, &rest, &number) || *rest != '\0' || number < 1 ||
        number > (int64_t)max) {
        http_reply_problem(call, 400, "limit: a whole number from 1 to %zu is expected", max);
        return false;
    }
    *limit = (size_t)number;
    return true;
}

bool query_instant(struct http_call *call, const char *name, int64_t *instant_ms)
{
    const char *text = http_query(call, name);

    if (text == NULL || when_instant_parse(text, instant_ms))
        return true;
    http_reply_problem(
        call, 400, "%s: an instant like 2025-06-30T08:00:00Z is expected (write + as %%2B)", name);
    return false;
}

bool query_day(struct http_call *call, const char *name, int32_t *day)
{
    const char *text = http_query(call, name);

    if (text == NULL || when_day_parse(text, day))
        return true;
    http_reply_problem(call, 400, "%s: a day like 2025-06-30 is expected", name);
    return false;
}

bool query_cursor(struct http_call *call, int64_t *numbers, size_t count)
{
    const char *text = http_query(call, "cursor");
    bool ok = true;

    if (text == NULL)
        return true;
    for (size_t i = 0; ok && i < count; i++) {
        char *rest = NULL;
        ok = take_number(text, &rest, &numbers[i]) && *rest == (i + 1 < count ? '.' : '\0');
        text = ok && i + 1 < count ? rest + 1 : rest;
    }
    if (!ok)
        http_reply_problem(call, 400, "cursor: what \"next\" said is expected");
    return ok;
}

char *query_cursor_text(struct arena *arena, const int64_t *numbers, size_t count)
{
    char *text = arena_text(arena, "");

    for (size_t i = 0; i < count; i++)
        text = arena_format(arena, "%s%s%lld", text, i == 0 ? "" : ".", (long long)numbers[i]);
    return text;
}
