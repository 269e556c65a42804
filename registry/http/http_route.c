#include "registry/http/http_route.h"

#include <string.h>

/* Matches one segment; `literal` counts the literal bytes of its pattern. */
static bool segment_fits(struct arena *arena, const char *pattern, size_t len, const char *segment,
                         struct http_match *match, size_t *literal)
{
    const char *close = pattern[0] == '{' ? memchr(pattern, '}', len) : NULL;
    size_t name_len = close == NULL ? 0 : (size_t)(close - pattern - 1);
    size_t ending_len = close == NULL ? len : len - name_len - 2;
    size_t segment_len = strlen(segment);

    *literal += ending_len;
    if (close == NULL)
        return segment_len == len && memcmp(segment, pattern, len) == 0;
    if (segment_len <= ending_len ||
        memcmp(segment + segment_len - ending_len, close + 1, ending_len) != 0 ||
        match->value_count == HTTP_ROUTE_VALUES_MAX)
        return false;
    match->values[match->value_count++] = (struct http_param){
        .name = arena_format(arena, "%.*s", (int)name_len, pattern + 1),
        .value = arena_format(arena, "%.*s", (int)(segment_len - ending_len), segment),
    };
    return true;
}

static bool path_fits(struct arena *arena, const char *pattern, const struct http_target *target,
                      struct http_match *match, size_t *literal)
{
    size_t i = 0;

    match->value_count = 0;
    *literal = 0;
    while (*pattern == '/' && pattern[1] != '\0') {
        size_t len = strcspn(++pattern, "/");
        if (i == target->segment_count ||
            !segment_fits(arena, pattern, len, target->segments[i++], match, literal))
            return false;
        pattern += len;
    }
    return i == target->segment_count;
}

static void allow_add(struct arena *arena, const char **allow, const char *method)
{
    if (*allow == NULL)
        *allow = "OPTIONS";
    if (strstr(*allow, method) != NULL)
        return;
    *allow =
        arena_format(arena, "%s, %s%s", *allow, method, strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

static bool not_found(const char *method, const char *allow, struct http_refusal *refusal)
{
    if (allow == NULL)
        return http_refuse(refusal, 404, HTTP_NOTHING_HERE);
    refusal->field = "Allow";
    refusal->value = allow;
    if (strcmp(method, "OPTIONS") == 0)
        return http_refuse(refusal, 204, "%s", "");
    return http_refuse(refusal, 405, "%s is not for this path; it takes %s", method, allow);
}

bool http_route_find(struct arena *arena, const struct http_route *routes, size_t count,
                     const char *method, const struct http_target *target, struct http_match *match,
                     struct http_refusal *refusal)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    const char *allow = NULL;
    size_t best = 0;

    *match = (struct http_match){.route = NULL, .index = count};
    for (size_t i = 0; i < count; i++) {
        struct http_match here = {.route = &routes[i], .index = i};
        size_t literal = 0;
        if (!path_fits(arena, routes[i].pattern, target, &here, &literal))
            continue;
        if (strcmp(routes[i].method, wanted) != 0) {
            allow_add(arena, &allow, routes[i].method);
        } else if (match->route == NULL || literal > best) {
            *match = here;
            best = literal;
        }
    }
    return match->route != NULL || not_found(method, allow, refusal);
}
