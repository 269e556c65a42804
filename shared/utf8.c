#include "shared/utf8.h"

int32_t utf8_next(const char **text)
{
    static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)*text;
    int more = *p < 0x80 ? 0 : (*p & 0xE0) == 0xC0 ? 1 : (*p & 0xF0) == 0xE0 ? 2 : 3;
    int32_t c = more == 0 ? *p : *p & (0x3F >> more);

    if (*p == '\0')
        return 0;
    if (more == 3 && (*p & 0xF8) != 0xF0)
        return -1;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return -1;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return -1;
    *text += more + 1;
    return c;
}

bool utf8_ok(const char *text)
{
    int32_t c;

    while ((c = utf8_next(&text)) > 0)
        continue;
    return c == 0;
}

size_t utf8_length(const char *text)
{
    size_t length = 0;

    while (utf8_next(&text) > 0)
        length++;
    return length;
}

void utf8_mend(char *text)
{
    const char *from = text;
    char *to = text;

    while (*from != '\0') {
        const char *begin = from;
        if (utf8_next(&from) < 0)
            from++;
        else
            while (begin < from)
                *to++ = *begin++;
    }
    *to = '\0';
}

/* East Asian Wide and Fullwidth. */
static bool is_wide(int32_t c)
{
    static const struct {
        int32_t from, to;
    } wide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF},
                {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},
                {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x20000, 0x3FFFD}};

    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (c >= wide[i].from && c <= wide[i].to)
            return true;
    return false;
}

size_t utf8_columns(const char *text)
{
    size_t width = 0;
    int32_t c = 0;

    while ((c = utf8_next(&text)) > 0)
        width += is_wide(c) ? 2 : 1;
    return width;
}
