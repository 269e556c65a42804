#include "shared/codec/frame_time.h"

#include <string.h>

#include "shared/when.h"

#define YEAR_FIRST 2000
#define YEARS      200

static int days_in(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

bool frame_time_read(const uint8_t bytes[static FRAME_TIME_SIZE], int64_t *instant_ms)
{
    struct when_date date = {YEAR_FIRST + bytes[0], bytes[1], bytes[2]};
    int64_t seconds = bytes[3] * 3600 + bytes[4] * 60 + bytes[5];

    if (bytes[0] >= YEARS || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_in(date.year, date.month) || bytes[3] > 23 || bytes[4] > 59 ||
        bytes[5] > 59)
        return false;
    *instant_ms = (int64_t)when_day(date) * WHEN_DAY_MS - WHEN_ZONE_MS + seconds * WHEN_SECOND_MS;
    return true;
}

bool frame_time_write(int64_t instant_ms, uint8_t bytes[static FRAME_TIME_SIZE])
{
    int32_t day = when_day_of(instant_ms);
    struct when_date date = when_date(day);
    int64_t second = (instant_ms + WHEN_ZONE_MS - day * WHEN_DAY_MS) / WHEN_SECOND_MS;

    memset(bytes, 0, FRAME_TIME_SIZE);
    if (date.year < YEAR_FIRST || date.year >= YEAR_FIRST + YEARS)
        return false;
    bytes[0] = (uint8_t)(date.year - YEAR_FIRST);
    bytes[1] = (uint8_t)date.month;
    bytes[2] = (uint8_t)date.day;
    bytes[3] = (uint8_t)(second / 3600);
    bytes[4] = (uint8_t)(second / 60 % 60);
    bytes[5] = (uint8_t)(second % 60);
    return true;
}
