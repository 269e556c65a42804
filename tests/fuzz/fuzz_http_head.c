/* Any bytes as the head of a request: what is taken has one meaning only. */
#include <assert.h>
#include <string.h>

#include "registry/http/http_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    for (; *text != '\0'; text++)
        assert(((unsigned char)*text >= 0x20 || *text == '\t') && *text != 0x7f);
}

static void check_target(struct arena *arena, const char *text)
{
    struct http_target target;
    struct http_refusal refusal = {.status = 0};

    if (!http_target_parse(arena, text, &target, &refusal)) {
        assert(refusal.status >= 400);
        return;
    }
    for (size_t i = 0; i < target.segment_count; i++) {
        check_text(target.segments[i]);
        assert(strcmp(target.segments[i], "..") != 0 && target.segments[i][0] != '\0');
    }
    for (size_t i = 0; i < target.param_count; i++)
        check_text(target.params[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create();
    struct http_head head;
    struct http_refusal refusal = {.status = 0};
    size_t end = http_head_end((const char *)data, size);

    if (end > 0 && http_head_parse(arena, (const char *)data, end, &head, &refusal)) {
        for (size_t i = 0; i < head.field_count; i++)
            check_text(head.fields[i].value);
        check_target(arena, head.target);
    } else {
        assert(end == 0 || refusal.status >= 400);
    }
    arena_destroy(arena);
    return 0;
}
