#include "registry/http/http_target.h"

#include <string.h>

#include "shared/utf8.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool text_ok(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return utf8_ok(text);
}

/* NULL when the encoding is bad or what it spells is not text. */
static const char *decode(struct arena *arena, const char *text, size_t len, bool plus_is_space)
{
    char *out = arena_alloc(arena, len + 1, 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = len - i > 2 ? hex_value(text[i + 1]) : -1;
            int low = len - i > 2 ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return NULL;
        out[n++] = c;
    }
    return text_ok(out) ? out : NULL;
}

static bool segment_add(struct arena *arena, struct http_target *target, const char *text,
                        size_t len, struct http_refusal *refusal)
{
    const char *segment = decode(arena, text, len, false);

    if (segment == NULL)
        return http_refuse(refusal, 400,
                           "the path holds bad percent-encoding, a control character "
                           "or what is not UTF-8");
    if (segment[0] == '\0' || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
        return http_refuse(refusal, 400, "the path holds an empty, \".\" or \"..\" segment");
    if (target->segment_count == HTTP_TARGET_SEGMENTS_MAX)
        return http_refuse(refusal, 414, "the path has more than %u segments",
                           HTTP_TARGET_SEGMENTS_MAX);
    target->segments[target->segment_count++] = segment;
    return true;
}

static bool path_parse(struct arena *arena, struct http_target *target, const char *path,
                       size_t len, struct http_refusal *refusal)
{
    const char *end = path + len;
    const char *at = path + 1;

    if (len == 1)
        return true;
    while (true) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash == NULL ? end : slash;
        if (!segment_add(arena, target, at, (size_t)(stop - at), refusal))
            return false;
        if (slash == NULL)
            return true;
        at = slash + 1;
    }
}

static bool param_add(struct arena *arena, struct http_target *target, const char *text, size_t len,
                      struct http_refusal *refusal)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - text);
    size_t value_at = equals == NULL ? len : name_len + 1;
    struct http_param param = {
        .name = decode(arena, text, name_len, true),
        .value = decode(arena, text + value_at, len - value_at, true),
    };

    if (param.name == NULL || param.value == NULL || param.name[0] == '\0')
        return http_refuse(refusal, 400,
                           "the query holds bad percent-encoding, a control character, "
                           "what is not UTF-8 or a value without a name");
    if (target->param_count == HTTP_TARGET_PARAMS_MAX)
        return http_refuse(refusal, 414, "the query has more than %u parameters",
                           HTTP_TARGET_PARAMS_MAX);
    target->params[target->param_count++] = param;
    return true;
}

static bool query_parse(struct arena *arena, struct http_target *target, const char *query,
                        struct http_refusal *refusal)
{
    while (*query != '\0') {
        size_t len = strcspn(query, "&");
        if (len > 0 && !param_add(arena, target, query, len, refusal))
            return false;
        query += len;
        query += *query == '&';
    }
    return true;
}

bool http_target_parse(struct arena *arena, const char *text, struct http_target *target,
                       struct http_refusal *refusal)
{
    size_t path_len = strcspn(text, "?");

    *target = (struct http_target){.segment_count = 0};
    if (!path_parse(arena, target, text, path_len, refusal))
        return false;
    return text[path_len] == '\0' || query_parse(arena, target, text + path_len + 1, refusal);
}
