/*
 * ledger: what a unit was expected to send in a day and what became of it. A pure function of that
 * day's samples, logins and logouts.
 *
 *     login     on duty ──────────────────────────────── logout
 *       │   i       i       i                  i       i   │
 *       ●───●───────●───────●──────────────────●───────●───●
 *                           └──── a gap: 1 missing ────┘
 *
 * A unit is on duty from a login to the logout that follows. A login that no logout follows ends
 * with the last sample before the next login or the end of the day: what a unit whose power was cut
 * would have sent is not known. A sample outside any duty begins one. So a unit that never logs in
 * is expected only while it reports, between its first and last sample of the day.
 *
 * Between two neighbours on duty (samples, login, logout, midnight where duty goes on over it) that
 * lie d apart, round(d / interval) - 1 samples are missing: jitter below half an interval counts
 * for nothing, a unit that reports more often than it must is not held against it. Each place where
 * something is missing is a gap. The interval is the one set for the unit; else the median step
 * between that day's samples; else nothing is known to be missing.
 *
 *     unique   = on_time + late           late: arrived more than late_ms after it was measured, as
 *     expected = unique + missing         everything that is issued again after an outage
 *     received = unique + duplicate
 *
 * Refused payloads have no time of their own and stand beside, on the day they arrived. No state,
 * any thread.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_LEDGER_H
#define EVROLL_REGISTRY_ROLLUP_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"

#define LEDGER_LATE_MS  300000
#define LEDGER_NOT_KEPT (-1)

/* A sample that is unique. */
struct ledger_row {
    int64_t at_ms, received_ms;
};

struct ledger_mark {
    int64_t at_ms;
    bool login; /* else logout */
};

struct ledger_input {
    int64_t from_ms, to_ms; /* the day */
    const struct ledger_row *rows;
    size_t row_count; /* from ≤ at < to, in order of time */
    const struct ledger_mark *marks;
    size_t mark_count;        /* the same */
    bool on_before, on_after; /* a duty that a later logout ends goes on over this end */
    int64_t interval_ms;      /* 0: not set */
    int64_t late_ms;
    int64_t received; /* rows, repeated ones included */
    int64_t refused;  /* LEDGER_NOT_KEPT: not known any longer */
    bool duty_lost;   /* logins of the time were removed: as if there were none */
};

enum ledger_duty {
    LEDGER_NOTHING, /* neither samples nor logins */
    LEDGER_REPORTS, /* samples only */
    LEDGER_LOGIN,
    LEDGER_LOST, /* its logins were removed: what is expected is the least that can be */
};

enum ledger_source { LEDGER_UNKNOWN, LEDGER_SET, LEDGER_INFERRED };

struct ledger_gap {
    int64_t from_ms, to_ms;
    int64_t missing;
};

struct ledger_day {
    enum ledger_duty duty;
    enum ledger_source source; /* of the interval */
    int64_t interval_ms;       /* 0 when unknown */
    int64_t expected, on_time, late, missing;
    int64_t received, unique, duplicate;
    int64_t refused;         /* LEDGER_NOT_KEPT: not known any longer */
    struct ledger_gap *gaps; /* in order of time; in the arena */
    size_t gap_count;
};

void ledger_of_day(const struct ledger_input *input, struct arena *arena, struct ledger_day *day);

/* Whether the sums above hold, and the gaps' with them. */
bool ledger_holds(const struct ledger_day *day);

#endif
