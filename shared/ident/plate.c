#include "shared/ident/plate.h"

#include <stdbool.h>
#include <string.h>

#include "shared/utf8.h"

#define ORDINARY_LENGTH 7
#define NEV_LENGTH      8

/* Provinces, and 使 and 领 for missions; what may stand last on an ordinary plate. */
static const char provinces[] =
    "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领";
static const char suffixes[] = "挂学警港澳";

static bool among(const char *list, int32_t wanted)
{
    int32_t c;

    while ((c = utf8_next(&list)) > 0)
        if (c == wanted)
            return true;
    return false;
}

static bool is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int32_t c)
{
    return c >= 'A' && c <= 'Z' && c != 'I' && c != 'O';
}

static bool digits(const int32_t *c, int n)
{
    while (n > 0 && is_digit(*c)) {
        c++;
        n--;
    }
    return n == 0;
}

static enum plate_energy energy_of(int32_t letter)
{
    if (letter > 0 && letter < 0x80 && strchr("DABCE", (char)letter) != NULL)
        return PLATE_ENERGY_ELECTRIC;
    if (letter > 0 && letter < 0x80 && strchr("FGHJK", (char)letter) != NULL)
        return PLATE_ENERGY_OTHER;
    return PLATE_ENERGY_NONE;
}

static struct plate read_nev(const int32_t *c)
{
    enum plate_energy first = energy_of(c[2]);
    enum plate_energy last = energy_of(c[7]);

    if (first != PLATE_ENERGY_NONE && (is_letter(c[3]) || is_digit(c[3])) && digits(c + 4, 4))
        return (struct plate){PLATE_NEV_SMALL, first};
    if (last != PLATE_ENERGY_NONE && digits(c + 2, 5))
        return (struct plate){PLATE_NEV_LARGE, last};
    return (struct plate){PLATE_UNKNOWN, PLATE_ENERGY_NONE};
}

static struct plate read_ordinary(const int32_t *c)
{
    bool fits = true;

    for (int i = 2; i < ORDINARY_LENGTH - 1; i++)
        fits = fits && (is_letter(c[i]) || is_digit(c[i]));
    fits = fits && (is_letter(c[6]) || is_digit(c[6]) || among(suffixes, c[6]));
    return (struct plate){fits ? PLATE_ORDINARY : PLATE_UNKNOWN, PLATE_ENERGY_NONE};
}

struct plate plate_read(const char *text)
{
    const struct plate unknown = {PLATE_UNKNOWN, PLATE_ENERGY_NONE};
    int32_t c[NEV_LENGTH];
    int length = 0;

    while (*text != '\0') {
        int32_t point = utf8_next(&text);
        if (point < 0 || length == NEV_LENGTH)
            return unknown;
        c[length++] = point;
    }
    if (length < ORDINARY_LENGTH || !among(provinces, c[0]) || !is_letter(c[1]))
        return unknown;
    return length == NEV_LENGTH ? read_nev(c) : read_ordinary(c);
}
