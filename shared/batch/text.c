#include "shared/batch/text.h"

#include <stdint.h>
#include <string.h>

#include "shared/utf8.h"

bool text_is_word(const char *text, size_t max)
{
    size_t len = strlen(text);

    return len > 0 && len <= max && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool text_is_ascii(const char *text, size_t max)
{
    size_t len = 0;

    while (text[len] >= 0x20 && text[len] <= 0x7E)
        len++;
    return text[len] == '\0' && len <= max;
}

/* Bytes of the character at `text`, 0 when it is none that a line may hold. */
static size_t character(const char *text)
{
    const char *end = text;
    int32_t point = utf8_next(&end);

    return point < 0x20 || point == 0x7F ? 0 : (size_t)(end - text);
}

bool text_is_line(const char *text)
{
    while (*text != '\0') {
        size_t len = character(text);

        if (len == 0)
            return false;
        text += len;
    }
    return true;
}

char *text_line(struct arena *arena, const char *text, size_t max)
{
    char *line = arena_alloc(arena, max + 1, 1);
    size_t used = 0;

    while (*text != '\0') {
        size_t len = character(text), step = len == 0 ? 1 : len;

        if (used + step > max)
            break;
        if (len == 0)
            line[used] = '?';
        else
            memcpy(line + used, text, len);
        used += step;
        text += step;
    }
    return line;
}
