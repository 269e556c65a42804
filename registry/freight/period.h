/*
 * period: the months a freight report or a figure speaks for, as people write them: "2025-06", a
 * quarter "2025-Q2", a year "2025". Reports are for a month or a quarter; a year is asked for only.
 * A month is a number, year * 12 + month - 1. Plain values, any thread.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_PERIOD_H
#define EVROLL_REGISTRY_FREIGHT_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

struct period {
    int64_t first_month;
    int64_t months; /* 1, 3 or 12 */
};

#define PERIOD_TEXT 8

/* False: it is none of the three, or lies outside 1900 to 2199. */
bool period_parse(const char *text, struct period *period);
const char *period_format(struct period period, char out[static PERIOD_TEXT]);

int32_t period_first_day(struct period period);
int32_t period_last_day(struct period period);
/* The period of the same length behind it, and the same a year before. */
struct period period_next(struct period period);
struct period period_year_before(struct period period);

/* The months that lie wholly within these days; months 0 when there is none. */
struct period period_within(int32_t from, int32_t to);

#endif
