/*
 * ledger_read: a unit's ledger for some days, from what is stored; one consistent view of it. Days
 * are those of UTC+8. What is found belongs to the arena. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_LEDGER_READ_H
#define EVROLL_REGISTRY_ROLLUP_LEDGER_READ_H

#include "registry/rollup/ledger.h"
#include "registry/store/sql.h"

#define LEDGER_DAYS_MAX 31

#define LEDGER_MARKS_MAX 100000 /* logins and logouts of one question */

struct ledger {
    int64_t kept_from_ms; /* samples before it were removed: no day before it can be told */
    bool too_many_marks;  /* more than LEDGER_MARKS_MAX: nothing else is told */
    int64_t interval_s;   /* as set for the unit; 0: not set */
    struct ledger_day *days;
    size_t count; /* from, from + 1 … */
};

/* from ≤ day < to, at most LEDGER_DAYS_MAX days. */
enum err ledger_read(struct sql *db, struct arena *arena, const char *unit, int32_t from,
                     int32_t to, int64_t late_ms, struct ledger *ledger,
                     struct fault *fault) ERR_CHECKED;

#endif
