#include "shared/batch/text.h"

#include <stdint.h>
#include <string.h>

bool text_is_word(const char *text, size_t max)
{
    size_t len = strlen(text);

    return len > 0 && len <= max && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* Lead bytes by length of the sequence, with the smallest code point that needs it. */
static const struct {
    uint8_t mask, lead;
    size_t len;
    uint32_t least;
} leads[] = {
    {0x80, 0x00, 1, 0x20},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
};

static bool allowed(uint32_t point)
{
    return point != 0x7F && (point < 0xD800 || point > 0xDFFF) && point <= 0x10FFFF;
}

/* Bytes of the character at `text`, 0 when it is none that a line may hold. Stops at the NUL: it is
 * no continuation byte. */
static size_t character(const char *text)
{
    uint8_t head = (uint8_t)text[0];
    uint32_t point = 0;
    size_t i = 0;

    while (i < sizeof leads / sizeof leads[0] && (head & leads[i].mask) != leads[i].lead)
        i++;
    if (i == sizeof leads / sizeof leads[0])
        return 0;
    point = head & (uint8_t)~leads[i].mask;
    for (size_t k = 1; k < leads[i].len; k++) {
        if (((uint8_t)text[k] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | ((uint8_t)text[k] & 0x3F);
    }
    return point >= leads[i].least && allowed(point) ? leads[i].len : 0;
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
