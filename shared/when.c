#include "shared/when.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define FIRST_DAY       (-25567)    /* 1900-01-01 */
#define FIRST_SHOWN_DAY (-719528LL) /* 0000-01-01 */
#define LAST_SHOWN_DAY  2932896LL   /* 9999-12-31 */

/* Days from civil and back: Howard Hinnant's published algorithm over 400-year eras. */
int32_t when_day(struct when_date date)
{
    int y = date.month <= 2 ? date.year - 1 : date.year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

struct when_date when_date(int32_t day)
{
    int z = day + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    int month = mp < 10 ? mp + 3 : mp - 9;

    return (struct when_date){
        .year = yoe + era * 400 + (month <= 2 ? 1 : 0),
        .month = month,
        .day = doy - (153 * mp + 2) / 5 + 1,
    };
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int32_t when_day_of(int64_t instant_ms)
{
    return (int32_t)floor_div(instant_ms + WHEN_ZONE_MS, WHEN_DAY_MS);
}

int64_t when_hour_of(int64_t instant_ms)
{
    return floor_div(instant_ms, WHEN_HOUR_MS);
}

/* Reads exactly `digits` digits; -1 when there are not that many. */
static int number_at(const char *text, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool date_parse(const char *text, int32_t *day)
{
    struct when_date date;
    struct when_date back;

    if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-')
        return false;
    date = (struct when_date){number_at(text, 4), number_at(text + 5, 2), number_at(text + 8, 2)};
    if (date.year < 1900 || date.year > 2199 || date.month < 1 || date.month > 12 || date.day < 1)
        return false;
    *day = when_day(date);
    back = when_date(*day);
    return back.month == date.month && back.day == date.day;
}

bool when_day_parse(const char *text, int32_t *day)
{
    return strnlen(text, 11) == 10 && date_parse(text, day);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

void when_day_format(int32_t day, char out[static WHEN_DAY_TEXT])
{
    struct when_date d = when_date((int32_t)clamp(day, FIRST_SHOWN_DAY, LAST_SHOWN_DAY));
    char text[40];

    snprintf(text, sizeof text, "%04d-%02d-%02d", d.year, d.month, d.day);
    memcpy(out, text, WHEN_DAY_TEXT - 1);
    out[WHEN_DAY_TEXT - 1] = '\0';
}

/* ".123456" → 123; moves `text` behind it. Returns -1 for a lone point or more than nine digits. */
static int fraction_ms(const char **text)
{
    int ms = 0;
    int digits = 0;

    if (**text != '.')
        return 0;
    for ((*text)++; isdigit((unsigned char)**text); (*text)++, digits++)
        if (digits < 3)
            ms = ms * 10 + (**text - '0');
    for (int i = digits; i < 3; i++)
        ms *= 10;
    return digits == 0 || digits > 9 ? -1 : ms;
}

static bool offset_parse(const char *text, int64_t *offset_ms)
{
    int hours = 0;
    int minutes = 0;

    *offset_ms = 0;
    if ((*text == 'Z' || *text == 'z') && text[1] == '\0')
        return true;
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || text[3] != ':')
        return false;
    hours = number_at(text + 1, 2);
    minutes = number_at(text + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset_ms = (hours * 60LL + minutes) * 60000 * (*text == '-' ? -1 : 1);
    return true;
}

/* "HH:MM:SS" as seconds of the day; -1 when it is not that. A second of 60 passes here. */
static int time_parse(const char *text)
{
    int hour, minute, second;

    if (strnlen(text, 8) < 8 || text[2] != ':' || text[5] != ':')
        return -1;
    hour = number_at(text, 2);
    minute = number_at(text + 3, 2);
    second = number_at(text + 6, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return -1;
    return (hour * 60 + minute) * 60 + second;
}

bool when_instant_parse(const char *text, int64_t *instant_ms)
{
    int32_t day = 0;
    int64_t offset_ms = 0;
    int64_t whole_ms = 0;
    int second = 0;
    int ms = 0;
    bool leap = false;

    if (!date_parse(text, &day) || (text[10] != 'T' && text[10] != 't' && text[10] != ' '))
        return false;
    second = time_parse(text + 11);
    if (second < 0)
        return false;
    leap = text[17] == '6';
    text += 19;
    ms = fraction_ms(&text);
    if (ms < 0 || !offset_parse(text, &offset_ms))
        return false;
    whole_ms = day * WHEN_DAY_MS + second * WHEN_SECOND_MS - offset_ms;
    /* A leap second ends a day of UTC; it is taken as the first second of the next. */
    if (leap && whole_ms % WHEN_DAY_MS != 0)
        return false;
    *instant_ms = whole_ms + ms;
    return *instant_ms >= FIRST_DAY * WHEN_DAY_MS && *instant_ms < WHEN_DAY_NEVER * WHEN_DAY_MS;
}

void when_instant_format(int64_t instant_ms, char out[static WHEN_INSTANT_TEXT])
{
    int64_t shown =
        clamp(instant_ms, FIRST_SHOWN_DAY * WHEN_DAY_MS, (LAST_SHOWN_DAY + 1) * WHEN_DAY_MS - 1);
    int64_t day = floor_div(shown, WHEN_DAY_MS);
    int rest = (int)(shown - day * WHEN_DAY_MS);
    struct when_date d = when_date((int32_t)day);
    char text[80];

    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", d.year, d.month, d.day,
             rest / 3600000, rest / 60000 % 60, rest / 1000 % 60, rest % 1000);
    memcpy(out, text, WHEN_INSTANT_TEXT - 1);
    out[WHEN_INSTANT_TEXT - 1] = '\0';
}
