#include "registry/freight/period.h"

#include <stdio.h>
#include <string.h>

#include "shared/when.h"

static bool digits(const char *text, size_t count)
{
    return strspn(text, "0123456789") >= count;
}

static int number(const char *text, size_t count)
{
    int value = 0;

    for (size_t i = 0; i < count; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

static bool parse_part(const char *text, struct period *period)
{
    if (text[0] == '\0') {
        period->months = 12;
        return true;
    }
    if (strlen(text) != 3 || text[0] != '-')
        return false;
    if (text[1] == 'Q' && text[2] >= '1' && text[2] <= '4') {
        period->first_month += (text[2] - '1') * INT64_C(3);
        period->months = 3;
        return true;
    }
    if (!digits(text + 1, 2) || number(text + 1, 2) < 1 || number(text + 1, 2) > 12)
        return false;
    period->first_month += number(text + 1, 2) - 1;
    period->months = 1;
    return true;
}

bool period_parse(const char *text, struct period *period)
{
    if (!digits(text, 4) || number(text, 4) < 1900 || number(text, 4) > 2199)
        return false;
    period->first_month = number(text, 4) * INT64_C(12);
    return parse_part(text + 4, period);
}

const char *period_format(struct period p, char out[static PERIOD_TEXT])
{
    unsigned year = (unsigned)(p.first_month / 12) % 10000;
    unsigned month = (unsigned)(p.first_month % 12);

    if (p.months == 12)
        snprintf(out, PERIOD_TEXT, "%04u", year);
    else if (p.months == 3)
        snprintf(out, PERIOD_TEXT, "%04u-Q%u", year, (month / 3) % 4 + 1);
    else
        snprintf(out, PERIOD_TEXT, "%04u-%02u", year, (month + 1) % 100);
    return out;
}

static int32_t month_begin(int64_t month)
{
    return when_day((struct when_date){(int)(month / 12), (int)(month % 12) + 1, 1});
}

static int64_t month_of(int32_t day)
{
    struct when_date date = when_date(day);

    return date.year * INT64_C(12) + date.month - 1;
}

int32_t period_first_day(struct period p)
{
    return month_begin(p.first_month);
}

int32_t period_last_day(struct period p)
{
    return month_begin(p.first_month + p.months) - 1;
}

struct period period_next(struct period p)
{
    return (struct period){p.first_month + p.months, p.months};
}

struct period period_year_before(struct period p)
{
    return (struct period){p.first_month - 12, p.months};
}

struct period period_within(int32_t from, int32_t to)
{
    int64_t first = month_of(from - 1) + 1;
    int64_t behind = month_of(to + 1);

    return (struct period){first, behind > first ? behind - first : 0};
}
