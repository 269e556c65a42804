/*
 * when: instants and days as numbers, and their written forms (RFC 3339).
 *
 * An instant is milliseconds since 1970-01-01T00:00:00Z. A day is the number of days since
 * 1970-01-01 in the proleptic Gregorian calendar; it is a civil date without a zone. Where a civil
 * day must be cut out of instants (a day's kilometres), the zone is China's: UTC+8 the whole year
 * (WHEN_ZONE_MS). Years 1900 to 2199 are taken; anything else is refused as a typing error. No
 * state, any thread.
 */
#ifndef EVROLL_SHARED_WHEN_H
#define EVROLL_SHARED_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEN_SECOND_MS 1000LL
#define WHEN_HOUR_MS   3600000LL
#define WHEN_DAY_MS    86400000LL
#define WHEN_ZONE_MS   (8 * WHEN_HOUR_MS)

/* The day after the last day that anything can have: "no end". */
#define WHEN_DAY_NEVER 84006 /* 2200-01-01 */

#define WHEN_DAY_TEXT     11 /* "YYYY-MM-DD" and its NUL */
#define WHEN_INSTANT_TEXT 25 /* "YYYY-MM-DDTHH:MM:SS.mmmZ" and its NUL */

struct when_date {
    int year, month, day; /* month and day from 1 */
};

int32_t when_day(struct when_date date);
struct when_date when_date(int32_t day);

/* The civil day in China, and the whole hour since 1970 in UTC, in which an instant lies. */
int32_t when_day_of(int64_t instant_ms);
int64_t when_hour_of(int64_t instant_ms);

/* Exactly "YYYY-MM-DD". False when it is not that or there is no such day. */
bool when_day_parse(const char *text, int32_t *day);
/* The formats show years 0000 to 9999; what lies outside is shown as the nearest they can. */
void when_day_format(int32_t day, char out[static WHEN_DAY_TEXT]);

/* RFC 3339 with "Z" or a numeric offset, fraction of up to 9 digits (cut to ms). A second of 60
 * only where UTC can have one, at the end of a day; years count in UTC. */
bool when_instant_parse(const char *text, int64_t *instant_ms);
void when_instant_format(int64_t instant_ms, char out[static WHEN_INSTANT_TEXT]);

#endif
